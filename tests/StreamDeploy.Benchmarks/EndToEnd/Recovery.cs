using System.Diagnostics;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>kill -9 of one of two workers under a steady load: how long until answers come again in all of its partitions.</summary>
internal sealed class Recovery(string registryUrl, BenchSettings settings, Action<string> progress)
{
    private const int Partitions = 8;
    private const int RecordsPerSecond = 2_000;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan After = TimeSpan.FromSeconds(75);

    // A partition has an answer each 40 ms or so: it does not flow where none comes for this long, and flows again when that was not so for a while.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(5);

    // How often the broker looks for transactions whose time is over: every 10 s by default.
    private const string EndsTransactionsSoon = "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000";

    private static readonly string[] Short =
    [
        "group.consumer.min.session.timeout.ms=3000", "group.consumer.session.timeout.ms=6000",
        "group.consumer.min.heartbeat.interval.ms=200", "group.consumer.heartbeat.interval.ms=1000",
    ];

    private sealed record Case(string Name, bool IsRestart, string Protocol, string[] Broker, string[] Worker);

    private static readonly string[] ShortClassic = ["consumer.session.timeout.ms=6000", "consumer.heartbeat.interval.ms=1000"];

    private static readonly Case[] Cases =
    [
        new("restart, consumer protocol, session of 6 s", true, "consumer", Short, []),
        new("restart, classic protocol, session of 45 s", true, "classic", [], ["consumer.session.timeout.ms=45000"]),
        new("takeover, consumer protocol, session of 6 s", false, "consumer", Short, []),
        new("takeover, consumer protocol, session of 6 s, the broker ends transactions soon", false, "consumer", [.. Short, EndsTransactionsSoon], []),
        new("takeover, classic protocol, session of 6 s, the broker ends transactions soon", false, "classic", [EndsTransactionsSoon], ShortClassic),
    ];

    public async Task<IReadOnlyList<RecoveryReport>> RunAsync(CancellationToken cancellationToken)
    {
        var reports = new List<RecoveryReport>();
        foreach (var one in Cases)
        {
            using var broker = LocalBroker.Open(null, progress, one.Broker);
            using var cluster = new Cluster(broker.BootstrapServers, registryUrl, Partitions);
            var runs = new List<double>();
            for (var run = 1; run <= settings.Runs; run++)
            {
                runs.Add((await MeasureAsync(cluster, one, run, cancellationToken)).TotalSeconds);
                progress($"run {run} of {settings.Runs}, {one.Name}: {runs[^1]:N1} s");
            }
            reports.Add(new(one.Name, Statistics.Median(runs), runs));
        }
        return reports;
    }

    private async Task<TimeSpan> MeasureAsync(Cluster cluster, Case one, int run, CancellationToken cancellationToken)
    {
        var topics = await cluster.CreateTopicsAsync($"recovery-{Array.IndexOf(Cases, one)}-{run}", cancellationToken);
        var order = cluster.Order(topics, "recovery", settings) with
        {
            Group = topics.TopicPrefix + "recovery",
            Protocol = one.Protocol,
            Threads = 1,
            Share = Partitions / 2,
            Properties = one.Worker.Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]),
        };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var load = await EncodedWorkload.OpenAsync(Shape.S2, topics, Partitions, cancellationToken);
        using var first = new Child("worker", order with { GroupInstanceId = "first" });
        using var second = new Child("worker", order with { GroupInstanceId = "second" });
        first.Read(StartLimit, cancellationToken);
        second.Read(StartLimit, cancellationToken);
        var seen = new AnswerTimes(cluster, topics);
        var reading = Task.Factory.StartNew(() => seen.Read(over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var loading = Task.Factory.StartNew(() => Produce(cluster, load, over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Child? restarted = null;
        try
        {
            await Task.Delay(Before, cancellationToken);
            first.Kill();
            var killedAt = Stopwatch.GetTimestamp();
            if (one.IsRestart) restarted = new("worker", order with { GroupInstanceId = "first", WaitsForGroup = false });
            while (true)
            {
                if (loading.IsFaulted) await loading;
                if (reading.IsFaulted) await reading;
                if (seen.FlowAgain(killedAt) is { } length) return length;
                if (Stopwatch.GetElapsedTime(killedAt) > After) throw new BenchException($"{one.Name}: answers do not come in all partitions {After} after the kill");
                await Task.Delay(100, cancellationToken);
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(reading, loading);
            restarted?.Dispose();
        }
    }

    private static void Produce(Cluster cluster, EncodedWorkload load, CancellationToken cancellationToken)
    {
        using var producer = cluster.Producer(lingerMs: 0);
        var sinceStart = Stopwatch.StartNew();
        for (var i = 0L; !cancellationToken.IsCancellationRequested; i++)
        {
            while (sinceStart.Elapsed.TotalSeconds * RecordsPerSecond < i && !cancellationToken.IsCancellationRequested) Thread.Sleep(1);
            var record = load.Next(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            producer.Produce(record.To, record.Message);
        }
    }

    /// <summary>When a reader of committed records saw answers in each partition.</summary>
    private sealed class AnswerTimes(Cluster cluster, KafkaSettings topics)
    {
        private readonly List<long>[] _ticks = [.. Enumerable.Range(0, Partitions).Select(_ => new List<long>())];

        public void Read(CancellationToken cancellationToken)
        {
            using var consumer = cluster.Consumer("none");
            consumer.Assign(cluster.PartitionsOf(topics.Topics.Enrichments).Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
            while (!cancellationToken.IsCancellationRequested)
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { IsPartitionEOF: false } read) continue;
                var ticks = _ticks[read.Partition.Value];
                lock (ticks) ticks.Add(Stopwatch.GetTimestamp());
            }
        }

        /// <summary>From then until the end of the last gap of any partition; null while some partition has not flowed for long enough.</summary>
        public TimeSpan? FlowAgain(long fromTicks)
        {
            var all = _ticks.Select(ticks => FlowAgain(ticks, fromTicks)).ToList();
            return all.Contains(null) ? null : all.Max();
        }

        private static TimeSpan? FlowAgain(List<long> ticks, long fromTicks)
        {
            lock (ticks)
            {
                var after = ticks.Where(t => t > fromTicks).ToList();
                if (after.Count == 0 || Stopwatch.GetElapsedTime(after[^1]) > Gap) return null;
                var end = after.Prepend(fromTicks).Zip(after).Where(pair => Stopwatch.GetElapsedTime(pair.First, pair.Second) > Gap).Select(pair => pair.Second).LastOrDefault(fromTicks);
                return Stopwatch.GetElapsedTime(end) >= Steady ? Stopwatch.GetElapsedTime(fromTicks, end) : null;
            }
        }
    }
}
