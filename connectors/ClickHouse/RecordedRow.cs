using System.Net;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>A row as <see cref="RecordQueries"/> asks for it. The driver sets the properties by the names of the columns.</summary>
internal abstract class RecordedRow
{
    public string AccountId { get; set; } = "";
    public long ArrivedAtMs { get; set; }
    public long KafkaOffset { get; set; }

    /// <exception cref="ClickHouseException">The word is none of the enumeration's: another version, or someone else, has written the row.</exception>
    protected T Parse<T>(string word) where T : struct, Enum => Enum.TryParse(word, out T known) && Enum.IsDefined(known) ? known
        : throw new ClickHouseException($"the row at offset {KafkaOffset} has the {typeof(T).Name} \"{word}\", which this version does not know", null, HttpStatusCode.OK);
}

/// <summary>A row that is a record.</summary>
internal abstract class RecordedRow<T> : RecordedRow
{
    /// <exception cref="ClickHouseException">It holds what no record can.</exception>
    public abstract T ToRecord();
}

internal sealed class RecordedDeployment : RecordedRow<Deployment>
{
    public string EventId { get; set; } = "";
    public string DeploymentId { get; set; } = "";
    public long PipelineId { get; set; }
    public string Kind { get; set; } = "";
    public string Status { get; set; } = "";
    public string Summary { get; set; } = "";
    public long OccurredAtMs { get; set; }
    public long? StartedAtMs { get; set; }
    public long? FinishedAtMs { get; set; }
    public string Environment { get; set; } = "";
    public string Service { get; set; } = "";
    public string Version { get; set; } = "";
    public string Commit { get; set; } = "";
    public string Repository { get; set; } = "";
    public string[] LinkHrefs { get; set; } = [];

    public override Deployment ToRecord() => new()
    {
        AccountId = AccountId,
        EventId = EventId,
        DeploymentId = DeploymentId,
        PipelineId = PipelineId,
        Kind = Parse<DeploymentKind>(Kind),
        Status = Parse<DeploymentStatus>(Status),
        Summary = Summary,
        OccurredAtMs = OccurredAtMs,
        StartedAtMs = StartedAtMs,
        FinishedAtMs = FinishedAtMs,
        Environment = Environment,
        Service = Service,
        Version = Version,
        Commit = Commit,
        Repository = Repository,
        Links = Array.ConvertAll(LinkHrefs, href => new Link { Href = href }),
    };
}

internal sealed class RecordedAlert : RecordedRow<Alert>
{
    public string EventId { get; set; } = "";
    public string AlertId { get; set; } = "";
    public string Summary { get; set; } = "";
    public long OccurredAtMs { get; set; }
    public long UpdatedAtMs { get; set; }
    public long? AlertSourceId { get; set; }
    public long? EscalationPolicyId { get; set; }
    public long[] TeamIds { get; set; } = [];
    public string Service { get; set; } = "";
    public string Environment { get; set; } = "";

    public override Alert ToRecord() => new()
    {
        AccountId = AccountId,
        EventId = EventId,
        AlertId = AlertId,
        Summary = Summary,
        OccurredAtMs = OccurredAtMs,
        UpdatedAtMs = UpdatedAtMs,
        AlertSourceId = AlertSourceId,
        EscalationPolicyId = EscalationPolicyId,
        TeamIds = TeamIds,
        Service = Service,
        Environment = Environment,
    };
}

internal sealed class RecordedAnswer : RecordedRow<Enrichment>
{
    public string AlertId { get; set; } = "";
    public string AlertSummary { get; set; } = "";
    public long AlertOccurredAtMs { get; set; }
    public long Revision { get; set; }
    public bool Settled { get; set; }
    public string Outcome { get; set; } = "";
    public string Reason { get; set; } = "";
    public string Headline { get; set; } = "";
    public string Scope { get; set; } = "";
    public long WindowFromMs { get; set; }
    public long WindowToMs { get; set; }
    public int Considered { get; set; }
    public int OutOfScope { get; set; }
    public double ProbabilityNone { get; set; }
    public string[] DeploymentIds { get; set; } = [];
    public long[] PipelineIds { get; set; } = [];
    public string[] PipelineNames { get; set; } = [];
    public string[] Kinds { get; set; } = [];
    public string[] Statuses { get; set; } = [];
    public string[] Summaries { get; set; } = [];
    public long[] Starts { get; set; } = [];
    public long?[] Ends { get; set; } = [];
    public long[] Lags { get; set; } = [];
    public string[] Relations { get; set; } = [];
    public double[] Probabilities { get; set; } = [];
    public double[] Coincidences { get; set; } = [];
    public string[][] LifelineIds { get; set; } = [];
    public long[][] LifelineTimes { get; set; } = [];

    public override Enrichment ToRecord() => new()
    {
        AccountId = AccountId,
        AlertId = AlertId,
        AlertSummary = AlertSummary,
        AlertOccurredAtMs = AlertOccurredAtMs,
        Revision = Revision,
        Settled = Settled,
        Outcome = Parse<Outcome>(Outcome),
        Reason = Reason.Length == 0 ? null : Parse<NoSuspectReason>(Reason),
        Headline = Headline,
        Scope = Parse<ScopeKind>(Scope),
        WindowFromMs = WindowFromMs,
        WindowToMs = WindowToMs,
        Considered = Considered,
        OutOfScope = OutOfScope,
        ProbabilityNone = ProbabilityNone,
        Suspects = [.. DeploymentIds.Select((_, i) => SuspectAt(i))],
    };

    private Suspect SuspectAt(int i) => new()
    {
        DeploymentId = DeploymentIds[i],
        PipelineId = PipelineIds[i],
        PipelineName = PipelineNames[i].Length == 0 ? null : PipelineNames[i],
        Kind = Parse<DeploymentKind>(Kinds[i]),
        Status = Parse<DeploymentStatus>(Statuses[i]),
        Summary = Summaries[i],
        StartMs = Starts[i],
        EndMs = Ends[i],
        LagMs = Lags[i],
        Relation = Parse<Relation>(Relations[i]),
        Probability = Probabilities[i],
        Coincidence = Coincidences[i],
        Lifeline = [.. LifelineIds[i].Zip(LifelineTimes[i], (id, at) => new LifelineEntry { DeploymentId = id, OccurredAtMs = at })],
    };
}

/// <summary>A partition that has rows.</summary>
internal sealed class RecordedPartition
{
    public int Partition { get; set; }
}
