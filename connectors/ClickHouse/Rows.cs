using System.Globalization;
using System.Text;
using ClickHouse.Driver;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Where a row's record is in Kafka, and when it got there.</summary>
internal readonly record struct KafkaPlace(int Partition, long Offset, long TimestampMs);

/// <summary>A row of a table, with what every table has of its record.</summary>
/// <remarks>
/// The type of a column here is what stands in a row of RowBinary: of a LowCardinality(String) the String, and of a DateTime64(3, 'UTC') the Int64 of its
/// milliseconds. <see cref="WrittenColumns"/> holds them to the table's. The comments of the columns are in Sql/.
/// </remarks>
internal abstract class HistoryRow(KafkaPlace place)
{
    [ClickHouseColumn(Name = "arrived_at", Type = "Int64")] public long ArrivedAt { get; } = RowValue.Check(place.TimestampMs);
    [ClickHouseColumn(Name = "kafka_partition", Type = "Int32")] public int KafkaPartition => place.Partition;
    [ClickHouseColumn(Name = "kafka_offset", Type = "Int64")] public long KafkaOffset => place.Offset;
}

/// <summary>Keeps out of rows what ClickHouse would take without an error and show as something else.</summary>
internal static class RowValue
{
    /// <summary>What DateTime64 can hold: 1900-01-01 to 2299-12-31.</summary>
    public const long Min = -2_208_988_800_000, Max = 10_413_791_999_999;

    /// <exception cref="UnwritableRowException">ClickHouse would take another time for it, without an error.</exception>
    public static long Check(long ms) => ms is >= Min and <= Max ? ms : throw new UnwritableRowException($"the time {ms} ms is outside 1900 to 2299, which is what ClickHouse can hold");

    /// <inheritdoc cref="Check(long)"/>
    public static long? Check(long? ms) => ms is { } known ? Check(known) : null;

    /// <exception cref="UnwritableRowException">A mean over it would be no number, and no answer in JSON could show it.</exception>
    public static double Check(double number) => double.IsFinite(number) ? number : throw new UnwritableRowException($"a probability or its evidence is {number}, which is not a finite number");
}

/// <summary>A record that is Avro but cannot be a row.</summary>
internal sealed class UnwritableRowException(string message) : Exception(message);

/// <summary>A row of deployment_events.</summary>
internal sealed class DeploymentRow(Deployment d, KafkaPlace place) : HistoryRow(place)
{
    [ClickHouseColumn(Name = "account_id", Type = "String")] public string AccountId => d.AccountId;
    [ClickHouseColumn(Name = "occurred_at", Type = "Int64")] public long OccurredAt { get; } = RowValue.Check(d.OccurredAtMs);
    [ClickHouseColumn(Name = "event_id", Type = "String")] public string EventId => d.EventId;
    [ClickHouseColumn(Name = "deployment_id", Type = "String")] public string DeploymentId => d.DeploymentId;
    [ClickHouseColumn(Name = "pipeline_id", Type = "Int64")] public long PipelineId => d.PipelineId;
    [ClickHouseColumn(Name = "source", Type = "String")] public string Source => d.Source;
    [ClickHouseColumn(Name = "kind", Type = "String")] public string Kind => d.Kind.ToString();
    [ClickHouseColumn(Name = "status", Type = "String")] public string Status => d.Status.ToString();
    [ClickHouseColumn(Name = "summary", Type = "String")] public string Summary => d.Summary;
    [ClickHouseColumn(Name = "started_at", Type = "Nullable(Int64)")] public long? StartedAt { get; } = RowValue.Check(d.StartedAtMs);
    [ClickHouseColumn(Name = "finished_at", Type = "Nullable(Int64)")] public long? FinishedAt { get; } = RowValue.Check(d.FinishedAtMs);
    [ClickHouseColumn(Name = "committed_at", Type = "Nullable(Int64)")] public long? CommittedAt { get; } = RowValue.Check(d.CommittedAtMs);
    [ClickHouseColumn(Name = "environment", Type = "String")] public string Environment => d.Environment ?? "";
    [ClickHouseColumn(Name = "service", Type = "String")] public string Service => d.Service ?? "";
    [ClickHouseColumn(Name = "version", Type = "String")] public string Version => d.Version ?? "";
    [ClickHouseColumn(Name = "commit", Type = "String")] public string Commit => d.Commit ?? "";
    [ClickHouseColumn(Name = "repository", Type = "String")] public string Repository => d.Repository ?? "";
    [ClickHouseColumn(Name = "branch", Type = "String")] public string Branch => d.Branch ?? "";
    [ClickHouseColumn(Name = "author_name", Type = "String")] public string AuthorName => d.Author?.Name ?? "";
    [ClickHouseColumn(Name = "author_email", Type = "String")] public string AuthorEmail => d.Author?.Email ?? "";
    [ClickHouseColumn(Name = "links.href", Type = "Array(String)")] public string[] LinkHrefs => Array.ConvertAll(d.Links, link => link.Href);
    [ClickHouseColumn(Name = "links.text", Type = "Array(String)")] public string[] LinkTexts => Array.ConvertAll(d.Links, link => link.Text ?? "");
    [ClickHouseColumn(Name = "custom_details", Type = "String")] public string CustomDetails => d.CustomDetails ?? "";
    [ClickHouseColumn(Name = "received_at", Type = "Nullable(Int64)")] public long? ReceivedAt { get; } = RowValue.Check(d.ReceivedAtMs);
}

/// <summary>A row of alert_events.</summary>
internal sealed class AlertRow(Alert a, KafkaPlace place) : HistoryRow(place)
{
    [ClickHouseColumn(Name = "account_id", Type = "String")] public string AccountId => a.AccountId;
    [ClickHouseColumn(Name = "updated_at", Type = "Int64")] public long UpdatedAt { get; } = RowValue.Check(a.UpdatedAtMs);
    [ClickHouseColumn(Name = "event_id", Type = "String")] public string EventId => a.EventId;
    [ClickHouseColumn(Name = "alert_id", Type = "String")] public string AlertId => a.AlertId;
    [ClickHouseColumn(Name = "status", Type = "String")] public string Status => a.Status.ToString();
    [ClickHouseColumn(Name = "priority", Type = "String")] public string Priority => a.Priority;
    [ClickHouseColumn(Name = "summary", Type = "String")] public string Summary => a.Summary;
    [ClickHouseColumn(Name = "occurred_at", Type = "Int64")] public long OccurredAt { get; } = RowValue.Check(a.OccurredAtMs);
    [ClickHouseColumn(Name = "resolved_at", Type = "Nullable(Int64)")] public long? ResolvedAt { get; } = RowValue.Check(a.ResolvedAtMs);
    [ClickHouseColumn(Name = "alert_source_id", Type = "Nullable(Int64)")] public long? AlertSourceId => a.AlertSourceId;
    [ClickHouseColumn(Name = "escalation_policy_id", Type = "Nullable(Int64)")] public long? EscalationPolicyId => a.EscalationPolicyId;
    [ClickHouseColumn(Name = "team_ids", Type = "Array(Int64)")] public long[] TeamIds => a.TeamIds;
    [ClickHouseColumn(Name = "service", Type = "String")] public string Service => a.Service ?? "";
    [ClickHouseColumn(Name = "environment", Type = "String")] public string Environment => a.Environment ?? "";
    [ClickHouseColumn(Name = "labels", Type = "Map(String, String)")] public IReadOnlyDictionary<string, string> Labels => a.Labels;
    [ClickHouseColumn(Name = "link", Type = "String")] public string Link => a.Link ?? "";
}

/// <summary>A row of enrichment_revisions.</summary>
internal sealed class EnrichmentRow(Enrichment e, KafkaPlace place) : HistoryRow(place)
{
    [ClickHouseColumn(Name = "account_id", Type = "String")] public string AccountId => e.AccountId;
    [ClickHouseColumn(Name = "alert_occurred_at", Type = "Int64")] public long AlertOccurredAt { get; } = RowValue.Check(e.AlertOccurredAtMs);
    [ClickHouseColumn(Name = "alert_id", Type = "String")] public string AlertId => e.AlertId;
    [ClickHouseColumn(Name = "alert_summary", Type = "String")] public string AlertSummary => e.AlertSummary;
    [ClickHouseColumn(Name = "revision", Type = "Int64")] public long Revision => e.Revision;
    [ClickHouseColumn(Name = "settled", Type = "Bool")] public bool Settled => e.Settled;
    [ClickHouseColumn(Name = "outcome", Type = "String")] public string Outcome => e.Outcome.ToString();
    [ClickHouseColumn(Name = "reason", Type = "String")] public string Reason => e.Reason?.ToString() ?? "";
    [ClickHouseColumn(Name = "headline", Type = "String")] public string Headline => e.Headline;
    [ClickHouseColumn(Name = "scope", Type = "String")] public string Scope => e.Scope.ToString();
    [ClickHouseColumn(Name = "team_ids", Type = "Array(Int64)")] public long[] TeamIds => e.TeamIds;
    [ClickHouseColumn(Name = "window_from", Type = "Int64")] public long WindowFrom { get; } = RowValue.Check(e.WindowFromMs);
    [ClickHouseColumn(Name = "window_to", Type = "Int64")] public long WindowTo { get; } = RowValue.Check(e.WindowToMs);
    [ClickHouseColumn(Name = "considered", Type = "Int32")] public int Considered => e.Considered;
    [ClickHouseColumn(Name = "out_of_scope", Type = "Int32")] public int OutOfScope => e.OutOfScope;
    [ClickHouseColumn(Name = "probability_none", Type = "Float64")] public double ProbabilityNone { get; } = RowValue.Check(e.ProbabilityNone);
}

/// <summary>A row of enrichment_suspects.</summary>
internal sealed class SuspectRow(Enrichment e, Suspect s, bool elsewhere, int rank, KafkaPlace place) : HistoryRow(place)
{
    [ClickHouseColumn(Name = "account_id", Type = "String")] public string AccountId => e.AccountId;
    [ClickHouseColumn(Name = "alert_occurred_at", Type = "Int64")] public long AlertOccurredAt { get; } = RowValue.Check(e.AlertOccurredAtMs);
    [ClickHouseColumn(Name = "alert_id", Type = "String")] public string AlertId => e.AlertId;
    [ClickHouseColumn(Name = "revision", Type = "Int64")] public long Revision => e.Revision;
    [ClickHouseColumn(Name = "settled", Type = "Bool")] public bool Settled => e.Settled;
    [ClickHouseColumn(Name = "elsewhere", Type = "Bool")] public bool Elsewhere => elsewhere;
    [ClickHouseColumn(Name = "rank", Type = "UInt16")] public int Rank => rank;
    [ClickHouseColumn(Name = "deployment_id", Type = "String")] public string DeploymentId => s.DeploymentId;
    [ClickHouseColumn(Name = "pipeline_id", Type = "Int64")] public long PipelineId => s.PipelineId;
    [ClickHouseColumn(Name = "pipeline_name", Type = "String")] public string PipelineName => s.PipelineName ?? "";
    [ClickHouseColumn(Name = "kind", Type = "String")] public string Kind => s.Kind.ToString();
    [ClickHouseColumn(Name = "status", Type = "String")] public string Status => s.Status.ToString();
    [ClickHouseColumn(Name = "summary", Type = "String")] public string Summary => s.Summary;
    [ClickHouseColumn(Name = "environment", Type = "String")] public string Environment => s.Environment ?? "";
    [ClickHouseColumn(Name = "service", Type = "String")] public string Service => s.Service ?? "";
    [ClickHouseColumn(Name = "version", Type = "String")] public string Version => s.Version ?? "";
    [ClickHouseColumn(Name = "started_at", Type = "Int64")] public long StartedAt { get; } = RowValue.Check(s.StartMs);
    [ClickHouseColumn(Name = "ended_at", Type = "Nullable(Int64)")] public long? EndedAt { get; } = RowValue.Check(s.EndMs);
    [ClickHouseColumn(Name = "lag_ms", Type = "Int64")] public long LagMs => s.LagMs;
    [ClickHouseColumn(Name = "relation", Type = "String")] public string Relation => s.Relation.ToString();
    [ClickHouseColumn(Name = "probability", Type = "Float64")] public double Probability { get; } = RowValue.Check(s.Probability);
    [ClickHouseColumn(Name = "coincidence", Type = "Float64")] public double Coincidence { get; } = RowValue.Check(s.Coincidence);
    [ClickHouseColumn(Name = "evidence.code", Type = "Array(String)")] public string[] EvidenceCodes => Array.ConvertAll(s.Evidence, evidence => evidence.Code.ToString());
    [ClickHouseColumn(Name = "evidence.bits", Type = "Array(Float64)")] public double[] EvidenceBits { get; } = Array.ConvertAll(s.Evidence, evidence => RowValue.Check(evidence.Bits));
    [ClickHouseColumn(Name = "evidence.text", Type = "Array(String)")] public string[] EvidenceTexts => Array.ConvertAll(s.Evidence, evidence => evidence.Text);
    [ClickHouseColumn(Name = "lifeline.deployment_id", Type = "Array(String)")] public string[] LifelineDeploymentIds => Array.ConvertAll(s.Lifeline, entry => entry.DeploymentId);
    [ClickHouseColumn(Name = "lifeline.kind", Type = "Array(String)")] public string[] LifelineKinds => Array.ConvertAll(s.Lifeline, entry => entry.Kind.ToString());
    [ClickHouseColumn(Name = "lifeline.status", Type = "Array(String)")] public string[] LifelineStatuses => Array.ConvertAll(s.Lifeline, entry => entry.Status.ToString());
    [ClickHouseColumn(Name = "lifeline.environment", Type = "Array(String)")] public string[] LifelineEnvironments => Array.ConvertAll(s.Lifeline, entry => entry.Environment ?? "");
    [ClickHouseColumn(Name = "lifeline.occurred_at", Type = "Array(Int64)")] public long[] LifelineOccurredAt { get; } = Array.ConvertAll(s.Lifeline, entry => RowValue.Check(entry.OccurredAtMs));
    [ClickHouseColumn(Name = "link", Type = "String")] public string Link => s.Link ?? "";
}

/// <summary>A row of dead_letters: what the headers of a letter say. Someone else's letter may lack any of them.</summary>
internal sealed class DeadLetterRow(ConsumedRecord letter, KafkaPlace place) : HistoryRow(place)
{
    [ClickHouseColumn(Name = "account_id", Type = "String")] public string AccountId => letter.Raw.Message.Key is { } key ? Encoding.UTF8.GetString(key) : "";
    [ClickHouseColumn(Name = "reader", Type = "String")] public string Reader => Header(DeadLetterProducer.ReaderHeader) is "" ? "worker" : Header(DeadLetterProducer.ReaderHeader);
    [ClickHouseColumn(Name = "reason", Type = "String")] public string Reason => Header(DeadLetters.ReasonHeader);
    [ClickHouseColumn(Name = "error", Type = "String")] public string Error => Header(DeadLetters.ErrorHeader);
    [ClickHouseColumn(Name = "topic", Type = "String")] public string Topic => Header(DeadLetters.TopicHeader);
    [ClickHouseColumn(Name = "record_partition", Type = "Int32")] public int RecordPartition => (int)Number(DeadLetters.PartitionHeader, int.MaxValue);
    [ClickHouseColumn(Name = "record_offset", Type = "Int64")] public long RecordOffset => Number(DeadLetters.OffsetHeader, long.MaxValue);
    [ClickHouseColumn(Name = "record_arrived_at", Type = "Int64")] public long RecordArrivedAt => Number(DeadLetters.TimestampHeader, RowValue.Max);
    [ClickHouseColumn(Name = "bytes", Type = "Int64")] public long Bytes => letter.Value?.Length ?? 0;

    /// <summary>The last one counts, because the record may have had one of that name before it was set aside.</summary>
    private string Header(string name) =>
        letter.Raw.Message.Headers is { } headers && headers.TryGetLastBytes(name, out byte[]? text) && text is not null ? Encoding.UTF8.GetString(text) : "";

    private long Number(string name, long max) =>
        long.TryParse(Header(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= max ? number : 0;
}
