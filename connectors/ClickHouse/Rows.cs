using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Where a row's record is in Kafka, and when it got there.</summary>
internal readonly record struct KafkaPlace(int Partition, long Offset, long TimestampMs);

/// <summary>A row of deployment_events. Property names are the columns', in snake case; the comments of the columns are in Sql/.</summary>
internal sealed class DeploymentRow(Deployment d, KafkaPlace place)
{
    public string AccountId => d.AccountId;
    public EpochMs OccurredAt => d.OccurredAtMs;
    public string EventId => d.EventId;
    public string DeploymentId => d.DeploymentId;
    public long PipelineId => d.PipelineId;
    public string Source => d.Source;
    public DeploymentKind Kind => d.Kind;
    public DeploymentStatus Status => d.Status;
    public string Summary => d.Summary;
    public EpochMs? StartedAt => d.StartedAtMs;
    public EpochMs? FinishedAt => d.FinishedAtMs;
    public EpochMs? CommittedAt => d.CommittedAtMs;
    public string Environment => d.Environment ?? "";
    public string Service => d.Service ?? "";
    public string Version => d.Version ?? "";
    public string Commit => d.Commit ?? "";
    public string Repository => d.Repository ?? "";
    public string Branch => d.Branch ?? "";
    public string AuthorName => d.Author?.Name ?? "";
    public string AuthorEmail => d.Author?.Email ?? "";
    [JsonPropertyName("links.href")] public IEnumerable<string> LinkHrefs => d.Links.Select(link => link.Href);
    [JsonPropertyName("links.text")] public IEnumerable<string> LinkTexts => d.Links.Select(link => link.Text ?? "");
    public string CustomDetails => d.CustomDetails ?? "";
    public EpochMs? ReceivedAt => d.ReceivedAtMs;
    public EpochMs ArrivedAt => place.TimestampMs;
    public int KafkaPartition => place.Partition;
    public long KafkaOffset => place.Offset;
}

/// <summary>A row of alert_events.</summary>
internal sealed class AlertRow(Alert a, KafkaPlace place)
{
    public string AccountId => a.AccountId;
    public EpochMs UpdatedAt => a.UpdatedAtMs;
    public string EventId => a.EventId;
    public string AlertId => a.AlertId;
    public AlertStatus Status => a.Status;
    public string Priority => a.Priority;
    public string Summary => a.Summary;
    public EpochMs OccurredAt => a.OccurredAtMs;
    public EpochMs? ResolvedAt => a.ResolvedAtMs;
    public long? AlertSourceId => a.AlertSourceId;
    public long? EscalationPolicyId => a.EscalationPolicyId;
    public long[] TeamIds => a.TeamIds;
    public string Service => a.Service ?? "";
    public string Environment => a.Environment ?? "";
    public IReadOnlyDictionary<string, string> Labels => a.Labels;
    public string Link => a.Link ?? "";
    public EpochMs ArrivedAt => place.TimestampMs;
    public int KafkaPartition => place.Partition;
    public long KafkaOffset => place.Offset;
}

/// <summary>A row of enrichment_revisions.</summary>
internal sealed class EnrichmentRow(Enrichment e, KafkaPlace place)
{
    public string AccountId => e.AccountId;
    public EpochMs AlertOccurredAt => e.AlertOccurredAtMs;
    public string AlertId => e.AlertId;
    public string AlertSummary => e.AlertSummary;
    public long Revision => e.Revision;
    public bool Settled => e.Settled;
    public Outcome Outcome => e.Outcome;
    public string Reason => e.Reason?.ToString() ?? "";
    public string Headline => e.Headline;
    public ScopeKind Scope => e.Scope;
    public long[] TeamIds => e.TeamIds;
    public EpochMs WindowFrom => e.WindowFromMs;
    public EpochMs WindowTo => e.WindowToMs;
    public int Considered => e.Considered;
    public int OutOfScope => e.OutOfScope;
    public double ProbabilityNone => e.ProbabilityNone;
    public EpochMs ArrivedAt => place.TimestampMs;
    public int KafkaPartition => place.Partition;
    public long KafkaOffset => place.Offset;
}

/// <summary>A row of enrichment_suspects.</summary>
internal sealed class SuspectRow(Enrichment e, Suspect s, bool elsewhere, int rank, KafkaPlace place)
{
    public string AccountId => e.AccountId;
    public EpochMs AlertOccurredAt => e.AlertOccurredAtMs;
    public string AlertId => e.AlertId;
    public long Revision => e.Revision;
    public bool Settled => e.Settled;
    public bool Elsewhere => elsewhere;
    public int Rank => rank;
    public string DeploymentId => s.DeploymentId;
    public long PipelineId => s.PipelineId;
    public string PipelineName => s.PipelineName ?? "";
    public DeploymentKind Kind => s.Kind;
    public DeploymentStatus Status => s.Status;
    public string Summary => s.Summary;
    public string Environment => s.Environment ?? "";
    public string Service => s.Service ?? "";
    public string Version => s.Version ?? "";
    public EpochMs StartedAt => s.StartMs;
    public EpochMs? EndedAt => s.EndMs;
    public long LagMs => s.LagMs;
    public Relation Relation => s.Relation;
    public double Probability => s.Probability;
    public double Coincidence => s.Coincidence;
    [JsonPropertyName("evidence.code")] public IEnumerable<EvidenceCode> EvidenceCodes => s.Evidence.Select(evidence => evidence.Code);
    [JsonPropertyName("evidence.bits")] public IEnumerable<double> EvidenceBits => s.Evidence.Select(evidence => evidence.Bits);
    [JsonPropertyName("evidence.text")] public IEnumerable<string> EvidenceTexts => s.Evidence.Select(evidence => evidence.Text);
    [JsonPropertyName("lifeline.deployment_id")] public IEnumerable<string> LifelineDeploymentIds => s.Lifeline.Select(entry => entry.DeploymentId);
    [JsonPropertyName("lifeline.kind")] public IEnumerable<DeploymentKind> LifelineKinds => s.Lifeline.Select(entry => entry.Kind);
    [JsonPropertyName("lifeline.status")] public IEnumerable<DeploymentStatus> LifelineStatuses => s.Lifeline.Select(entry => entry.Status);
    [JsonPropertyName("lifeline.environment")] public IEnumerable<string> LifelineEnvironments => s.Lifeline.Select(entry => entry.Environment ?? "");
    [JsonPropertyName("lifeline.occurred_at")] public IEnumerable<EpochMs> LifelineOccurredAt => s.Lifeline.Select(entry => new EpochMs(entry.OccurredAtMs));
    public string Link => s.Link ?? "";
    public EpochMs ArrivedAt => place.TimestampMs;
    public int KafkaPartition => place.Partition;
    public long KafkaOffset => place.Offset;
}

/// <summary>A row of dead_letters: what the headers of a letter say. Someone else's letter may lack any of them.</summary>
internal sealed class DeadLetterRow(ConsumedRecord letter, KafkaPlace place)
{
    public string AccountId => letter.Raw.Message.Key is { } key ? Encoding.UTF8.GetString(key) : "";
    public EpochMs ArrivedAt => place.TimestampMs;
    public string Reader => Header(DeadLetterProducer.ReaderHeader) is "" ? "worker" : Header(DeadLetterProducer.ReaderHeader);
    public string Reason => Header(DeadLetters.ReasonHeader);
    public string Error => Header(DeadLetters.ErrorHeader);
    public string Topic => Header(DeadLetters.TopicHeader);
    public int RecordPartition => (int)Number(DeadLetters.PartitionHeader, int.MaxValue);
    public long RecordOffset => Number(DeadLetters.OffsetHeader, long.MaxValue);
    public EpochMs RecordArrivedAt => Number(DeadLetters.TimestampHeader, EpochMsConverter.Max);
    public long Bytes => letter.Value?.Length ?? 0;
    public int KafkaPartition => place.Partition;
    public long KafkaOffset => place.Offset;

    /// <summary>The last one counts, because the record may have had one of that name before it was set aside.</summary>
    private string Header(string name) =>
        letter.Raw.Message.Headers is { } headers && headers.TryGetLastBytes(name, out byte[]? text) && text is not null ? Encoding.UTF8.GetString(text) : "";

    private long Number(string name, long max) =>
        long.TryParse(Header(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= max ? number : 0;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(DeploymentRow))]
[JsonSerializable(typeof(AlertRow))]
[JsonSerializable(typeof(EnrichmentRow))]
[JsonSerializable(typeof(SuspectRow))]
[JsonSerializable(typeof(DeadLetterRow))]
internal sealed partial class RowJson : JsonSerializerContext;
