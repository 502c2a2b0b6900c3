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

    internal static readonly Counter<long> RestoredRecords = Meter.CreateCounter<long>("streamdeploy.restore.records", "{record}", "Records read again to rebuild state");
    internal static readonly Histogram<double> RestoreDuration = Meter.CreateHistogram<double>("streamdeploy.restore.duration", "s", "From a partition pair's assignment until its state is rebuilt");
    internal static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>("streamdeploy.commit.duration", "s", "From the first record of a batch sent until it is committed");
    internal static readonly Counter<long> Aborted = Meter.CreateCounter<long>("streamdeploy.aborted", "{batch}", "Batches that could not be written; their records are read again");

    private static readonly KeyValuePair<string, object?> IsSettled = new("settled", true);
    private static readonly KeyValuePair<string, object?> IsNotSettled = new("settled", false);

    internal static KeyValuePair<string, object?> Settled(bool settled) => settled ? IsSettled : IsNotSettled;

    internal static KeyValuePair<string, object?> Topic(string topic) => new("topic", topic);
}
