using System.Diagnostics.Metrics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>What the sinks of this process count.</summary>
public static class SinkMetrics
{
    private static readonly Meter Meter = new(WorkerMetrics.MeterName);

    internal static readonly Counter<long> Records = Meter.CreateCounter<long>("streamdeploy.sink.records", "{record}", "Records in ClickHouse and committed, by topic");
    internal static readonly Counter<long> Batches = Meter.CreateCounter<long>("streamdeploy.sink.batches", "{batch}", "Batches inserted, by topic");
    internal static readonly Counter<long> Retries = Meter.CreateCounter<long>("streamdeploy.sink.retries", "{attempt}", "Attempts that failed and are made again, by topic");
    internal static readonly Counter<long> Rejected = Meter.CreateCounter<long>("streamdeploy.sink.rejected", "{record}", "Records that can be no row and went to dead-letters, by topic and reason");
    internal static readonly UpDownCounter<long> Paused = Meter.CreateUpDownCounter<long>("streamdeploy.sink.paused", "{topic}", "1 for a topic that is not fetched because ClickHouse is behind, by topic");

    internal static KeyValuePair<string, object?> Topic(string topic) => new("topic", topic);
}
