using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the workers of this process count.</summary>
public static class WorkerMetrics
{
    public const string MeterName = "StreamDeploy";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> RecordsRead = Meter.CreateCounter<long>("streamdeploy.records.read", "{record}", "Records applied or rejected, by topic");
    internal static readonly Counter<long> Answers = Meter.CreateCounter<long>("streamdeploy.answers", "{answer}", "Enrichments written, by kind: first, revised, settled");
    internal static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>("streamdeploy.dead_letters", "{record}", "Records written to dead-letters, by topic and reason");
    internal static readonly Counter<long> Rerouted = Meter.CreateCounter<long>("streamdeploy.rerouted", "{record}", "Records found in a partition that is not their account's, by topic");
    internal static readonly Counter<long> Late = Meter.CreateCounter<long>("streamdeploy.late", "{record}", "Records that stream time had left behind, by topic");
    internal static readonly Counter<long> RegistryWaits = Meter.CreateCounter<long>("streamdeploy.registry.waits", "{attempt}", "Attempts to get a schema that failed because the registry could not be reached");
    internal static readonly Counter<long> TableRejected = Meter.CreateCounter<long>("streamdeploy.tables.rejected", "{record}", "Table records that cannot be read, by topic and reason");
    internal static readonly Counter<long> Restores = Meter.CreateCounter<long>("streamdeploy.restores", "{partition}", "Partition pairs whose state was rebuilt");

    internal static readonly Counter<long> RestoredRecords = Meter.CreateCounter<long>("streamdeploy.restore.records", "{record}", "Records read again to rebuild state");
    internal static readonly Histogram<double> RestoreDuration = Meter.CreateHistogram<double>("streamdeploy.restore.duration", "s", "From when it is asked where a partition pair must begin until its state is rebuilt");
    internal static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>("streamdeploy.commit.duration", "s", "From the first record of a batch sent until it is committed");
    internal static readonly Counter<long> Aborted = Meter.CreateCounter<long>("streamdeploy.aborted", "{batch}", "Batches that could not be written; their records are read again");

    /// <summary>With the clock of the machine that wrote the alert and that of this one: where they differ, so does this.</summary>
    internal static readonly Histogram<double> Latency = Meter.CreateHistogram<double>("streamdeploy.latency", "s", "From an alert's Kafka timestamp until its first answer is committed");

    private static readonly KeyValuePair<string, object?>[] Kinds = [new("kind", "first"), new("kind", "revised"), new("kind", "settled")];
    private static readonly ConcurrentDictionary<WorkerThread, bool> Threads = new();

    static WorkerMetrics()
    {
        PerSide("streamdeploy.lag.records", "{record}", "Records that the broker holds and that are not applied, by topic and partition", s => s.DeploymentsLag, s => s.AlertsLag);
        PerPair("streamdeploy.lag.event_time", "s", "How far stream time is behind the clock, by partition", s => s.StreamTimeMs > long.MinValue, s => (Clock() - s.StreamTimeMs) / 1000.0);
        PerPair("streamdeploy.stream_time", "s", "Greatest event time seen, since 1970, by partition", s => s.StreamTimeMs > long.MinValue, s => s.StreamTimeMs / 1000.0);
        PerPair("streamdeploy.state.accounts", "{account}", "Accounts in memory, by partition", _ => true, s => s.State.Accounts);
        PerPair("streamdeploy.state.deployments", "{deployment}", "Deployments in memory, by partition", _ => true, s => s.State.Deployments);
        PerPair("streamdeploy.state.deployment_events", "{event}", "Deployment events in memory, by partition", _ => true, s => s.State.DeploymentEvents);
        PerPair("streamdeploy.state.open_alerts", "{alert}", "Alerts that are not settled, by partition", _ => true, s => s.State.OpenAlerts);
        PerPair("streamdeploy.buffer.records", "{record}", "Records fetched and not yet applied, by partition", _ => true, s => s.BufferedRecords);
        PerPair("streamdeploy.buffer.bytes", "By", "What the buffered records take, by partition", _ => true, s => s.BufferedBytes);
        PerPair("streamdeploy.restore.remaining", "{record}", "Offsets to be read before the partition's state is rebuilt", _ => true, s => s.RestoreRemaining);
    }

    internal static KeyValuePair<string, object?> Kind(AnswerKind kind) => Kinds[(int)kind];

    internal static void Add(WorkerThread thread) => Threads[thread] = true;

    internal static void Remove(WorkerThread thread) => Threads.TryRemove(thread, out _);

    private static long Clock() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static void PerPair(string name, string unit, string description, Func<PairStatus, bool> isKnown, Func<PairStatus, double> value) =>
        Meter.CreateObservableGauge(name, () => Threads.Keys.SelectMany(t => t.Status.Pairs).Where(isKnown)
            .Select(s => new Measurement<double>(value(s), new KeyValuePair<string, object?>("partition", s.Partition))), unit, description);

    private static void PerSide(string name, string unit, string description, Func<PairStatus, long> deployments, Func<PairStatus, long> alerts) =>
        Meter.CreateObservableGauge(name, () => Threads.Keys.SelectMany(t => t.Status.Pairs.SelectMany(s => new[]
        {
            new Measurement<double>(deployments(s), new("topic", t.Topics.Deployments), new("partition", s.Partition)),
            new Measurement<double>(alerts(s), new("topic", t.Topics.Alerts), new("partition", s.Partition)),
        })), unit, description);

    internal static KeyValuePair<string, object?> Topic(string topic) => new("topic", topic);
}
