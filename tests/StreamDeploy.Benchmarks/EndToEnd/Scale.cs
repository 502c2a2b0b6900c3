using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>One, two and four worker processes of one thread over the same records: what each further one adds, as far as the machine has room for it.</summary>
internal sealed class Scale(Cluster cluster, BenchSettings settings, Action<string> progress)
{
    public const int Partitions = 8;
    private static readonly int[] Workers = [1, 2, 4];

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
                await cluster.EmptyAsync(source.Settings.Topics.Enrichments, cancellationToken);
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
            foreach (var child in children) child.Read(settings.WorkLimit, cancellationToken);
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

    private (long Records, long Ticks) WaitFor(IConsumer<byte[], byte[]> group, SourceTopics source, long records, CancellationToken cancellationToken) =>
        (cluster.WaitForCommit(group, source.Settings.Topics, records, settings.WorkLimit, cancellationToken), Stopwatch.GetTimestamp());
}
