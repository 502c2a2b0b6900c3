using System.Diagnostics.Metrics;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the workers of this process count.</summary>
public static class WorkerMetrics
{
    public const string MeterName = "StreamDeploy";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> RecordsRead = Meter.CreateCounter<long>("streamdeploy.records.read", "{record}", "Records applied or rejected, by topic");
    internal static readonly Counter<long> Answers = Meter.CreateCounter<long>("streamdeploy.answers", "{answer}", "Enrichments written, by settled");
    internal static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>("streamdeploy.dead_letters", "{record}", "Records written to dead-letters, by topic and reason");
    internal static readonly Counter<long> Rerouted = Meter.CreateCounter<long>("streamdeploy.rerouted", "{record}", "Records found in a partition that is not their account's, by topic");
    internal static readonly Counter<long> Late = Meter.CreateCounter<long>("streamdeploy.late", "{record}", "Records that stream time had left behind, by topic");
    internal static readonly Counter<long> RegistryWaits = Meter.CreateCounter<long>("streamdeploy.registry.waits", "{attempt}", "Attempts to get a schema that failed because the registry could not be reached");
    internal static readonly Counter<long> TableRejected = Meter.CreateCounter<long>("streamdeploy.tables.rejected", "{record}", "Table records that cannot be read, by topic and reason");
    internal static readonly Counter<long> Restores = Meter.CreateCounter<long>("streamdeploy.restores", "{partition}", "Partition pairs whose state was rebuilt");

    internal static KeyValuePair<string, object?> Topic(string topic) => new("topic", topic);
}
