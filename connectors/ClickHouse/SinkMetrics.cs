using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>What the sinks of this process count.</summary>
public static class SinkMetrics
{
    private static readonly Meter Meter = new(WorkerMetrics.MeterName);

    internal static readonly Counter<long> Records = Meter.CreateCounter<long>("streamdeploy.sink.records", "{record}", "Records in ClickHouse and committed, by topic");
    internal static readonly Counter<long> Batches = Meter.CreateCounter<long>("streamdeploy.sink.batches", "{batch}", "Batches inserted, by topic");
    internal static readonly Counter<long> Retries = Meter.CreateCounter<long>("streamdeploy.sink.retries", "{attempt}", "Attempts that failed and are made again, by topic and error: ClickHouse's code, or network or kafka");
    internal static readonly Counter<long> Rejected = Meter.CreateCounter<long>("streamdeploy.sink.rejected", "{record}", "Records that can be no row and went to dead-letters, by topic and reason");
    internal static readonly UpDownCounter<long> Paused = Meter.CreateUpDownCounter<long>("streamdeploy.sink.paused", "{topic}", "1 for a topic that is not fetched because ClickHouse is behind, by topic");

    internal static readonly Histogram<double> InsertDuration = Meter.CreateHistogram<double>("streamdeploy.sink.insert.duration", "s", "From an insert sent until ClickHouse has acknowledged it, by table");

    private static readonly ConcurrentDictionary<SinkLoop, bool> Loops = new();

    static SinkMetrics() => Meter.CreateObservableGauge("streamdeploy.sink.lag.records", () => Loops.Keys.SelectMany(loop => loop.Lag)
        .Select(lag => new Measurement<long>(lag.Records, new("topic", lag.Partition.Topic), new("partition", lag.Partition.Partition))), "{record}", "Records that the broker holds and that are not in ClickHouse, by topic and partition");

    internal static void Add(SinkLoop loop) => Loops[loop] = true;

    internal static void Remove(SinkLoop loop) => Loops.TryRemove(loop, out _);

    internal static KeyValuePair<string, object?> Topic(string topic) => new("topic", topic);
}
