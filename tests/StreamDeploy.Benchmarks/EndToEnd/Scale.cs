using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>One, two and four worker processes of one thread over the same records: what each further one adds, as far as the machine has room for it.</summary>
internal sealed class Scale(Cluster cluster, BenchSettings settings, Action<string> progress)
{
    public const int Partitions = 8;
    private static readonly int[] Workers = [1, 2, 4];
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _limit = TimeSpan.FromSeconds(120 + settings.Records / 1_500.0);

    public async Task<IReadOnlyList<ScaleReport>> RunAsync(CancellationToken cancellationToken)
    {
        using var own = cluster;
        progress($"scale: {settings.Records} records in {Partitions} partitions are written");
        var source = await SourceTopics.FillAsync(cluster, Shape.S2, settings.Records, cancellationToken);
        var runs = Workers.ToDictionary(workers => workers, _ => new List<double>());
        for (var run = 1; run <= settings.Runs; run++)
        {
            foreach (var workers in Workers)
            {
                runs[workers].Add(Run(source, workers, run, cancellationToken));
                progress($"run {run} of {settings.Runs}, {workers} workers: {runs[workers][^1]:N0} records/s");
                var enrichments = source.Settings.Topics.Enrichments;
                await cluster.DeleteAsync(enrichments, cancellationToken);
                await cluster.CreateAsync(enrichments, cancellationToken);
            }
        }
        return [.. runs.Select(r => new ScaleReport(r.Key, Statistics.Median(r.Value)))];
    }

    /// <summary>From when a tenth of the records is committed until all are, as a watcher of the group sees it; then the answers are looked at.</summary>
    private double Run(SourceTopics source, int workers, int run, CancellationToken cancellationToken)
    {
        var order = cluster.Order(source.Settings, $"scale-{workers}-{run}", settings) with { Threads = 1, Share = Partitions / workers };
        using var group = cluster.Consumer(order.Group);
        var children = new List<Child>();
        try
        {
            for (var i = 0; i < workers; i++) children.Add(new("worker", order));
            foreach (var child in children) child.Read(_limit, cancellationToken);
            var (fromRecords, fromTicks) = WaitFor(group, source, settings.Records / 10, cancellationToken);
            var (untilRecords, untilTicks) = WaitFor(group, source, settings.Records, cancellationToken);
            foreach (var child in children) child.TellEnd();
            foreach (var child in children) child.Join();
            new OutputCheck(cluster, source).Run(cancellationToken);
            return (untilRecords - fromRecords) / Stopwatch.GetElapsedTime(fromTicks, untilTicks).TotalSeconds;
        }
        finally
        {
            foreach (var child in children) child.Dispose();
        }
    }

    private (long Records, long Ticks) WaitFor(IConsumer<byte[], byte[]> group, SourceTopics source, long records, CancellationToken cancellationToken)
    {
        TopicPartition[] partitions = [.. cluster.PartitionsOf(source.Settings.Topics.Deployments), .. cluster.PartitionsOf(source.Settings.Topics.Alerts)];
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var committed = group.Committed(partitions, RequestLimit).Sum(c => Math.Max(0, c.Offset.Value));
            if (committed >= records) return (committed, Stopwatch.GetTimestamp());
            if (waited.Elapsed > _limit) throw new BenchException($"the workers committed {committed} of {records} records within {_limit}");
            cancellationToken.ThrowIfCancellationRequested();
            Thread.Sleep(2);
        }
    }
}
