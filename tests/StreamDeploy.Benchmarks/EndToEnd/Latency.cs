using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>From just before an alert is produced until a reader of what is committed sees its enrichment, under a steady load.</summary>
internal sealed class Latency(Cluster cluster, BenchSettings settings)
{
    private const int RecordsPerSecond = 2_000;
    private const int SecondsLeftOut = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly long _records = RecordsPerSecond * (long)settings.LatencySeconds;

    // By the alert's place among the alerts. The reader looks at the first only after the broker has had the alert.
    private readonly long[] _producedAtTicks = new long[Workload.Alerts(RecordsPerSecond * (long)settings.LatencySeconds)];
    private readonly ConcurrentDictionary<long, long> _seenAtTicks = new();

    public async Task<LatencyReport> RunAsync(CancellationToken cancellationToken)
    {
        var topics = await cluster.CreateTopicsAsync("latency", cancellationToken);
        using var load = await EncodedWorkload.OpenAsync(Shape.S2, topics, cluster.Partitions, cancellationToken);
        using var child = new Child("worker", cluster.Order(topics, "latency", settings));
        // With nothing to restore this says that it owns the partitions.
        child.Read(StartLimit, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Task.Factory.StartNew(() => ReadAnswers(topics, over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await Task.Factory.StartNew(() => Produce(load, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            over.CancelAfter(AnswerLimit);
            await reading;
        }
        finally
        {
            over.Cancel();
        }
        child.TellEnd();
        child.Join();
        return Report();
    }

    private void Produce(EncodedWorkload load, CancellationToken cancellationToken)
    {
        using var producer = cluster.Producer(lingerMs: 0);
        var sinceStart = Stopwatch.StartNew();
        for (var i = 0L; i < _records; i++)
        {
            while (sinceStart.Elapsed.TotalSeconds * RecordsPerSecond < i)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Thread.Sleep(1);
            }
            var record = load.Next(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            if (record.Alert is not null) Volatile.Write(ref _producedAtTicks[Workload.Alerts(i)], Stopwatch.GetTimestamp());
            producer.Produce(record.To, record.Message);
        }
        if (producer.Flush(AnswerLimit) > 0) throw new BenchException($"the load was not acknowledged within {AnswerLimit}");
    }

    private void ReadAnswers(KafkaSettings topics, CancellationToken cancellationToken)
    {
        using var consumer = cluster.Consumer("none");
        consumer.Assign(cluster.PartitionsOf(topics.Topics.Enrichments).Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
        try
        {
            while (_seenAtTicks.Count < _producedAtTicks.Length)
            {
                var read = consumer.Consume(cancellationToken);
                if (!read.IsPartitionEOF) _seenAtTicks.TryAdd(AlertOf(read.Message.Key), Stopwatch.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
            throw new BenchException($"{_producedAtTicks.Length - _seenAtTicks.Count} of {_producedAtTicks.Length} alerts had no answer within {AnswerLimit}");
        }
    }

    /// <summary>From the key, accountId/alertId: decoding the answer is not part of seeing it.</summary>
    private static long AlertOf(byte[] key)
    {
        var text = Encoding.UTF8.GetString(key);
        return Workload.Alerts(Workload.IndexOf(text.AsSpan(text.LastIndexOf('/') + 1)));
    }

    private LatencyReport Report()
    {
        var from = (int)Workload.Alerts(RecordsPerSecond * SecondsLeftOut);
        double[] sorted =
        [
            .. Enumerable.Range(from, _producedAtTicks.Length - from).Select(i => Stopwatch.GetElapsedTime(_producedAtTicks[i], _seenAtTicks[i]).TotalMilliseconds).Order(),
        ];
        return new()
        {
            P50 = Statistics.Percentile(sorted, 0.5),
            P99 = Statistics.Percentile(sorted, 0.99),
            P999 = Statistics.Percentile(sorted, 0.999),
            Max = sorted[^1],
            Alerts = sorted.Length,
        };
    }
}
