namespace StreamDeploy.Schemas;

/// <summary>Whether an answer names suspects.</summary>
public enum Outcome { NO_SUSPECT, SUSPECTS }

/// <summary>Why an answer names no suspect.</summary>
public enum NoSuspectReason { NOTHING_NEAR, OUT_OF_SCOPE }

/// <summary>Whose deployments were candidates.</summary>
public enum ScopeKind { ACCOUNT, TEAM }

/// <summary>Where a deployment lies as seen from the alert.</summary>
public enum Relation { BEFORE, DURING, AFTER }

/// <summary>What a factor of the ranking is about.</summary>
public enum EvidenceCode { TIME, AFTER_ALERT, NOT_LIVE, SERVICE, ENVIRONMENT, STATUS }

/// <summary>One factor of a suspect's likelihood ratio, in bits, with a sentence for a person.</summary>
public sealed record Evidence
{
    public required EvidenceCode Code { get; init; }
    /// <summary>log2 of the factor.</summary>
    public required double Bits { get; init; }
    public required string Text { get; init; }
}

/// <summary>Another deployment of the change that a suspect stands for.</summary>
public sealed record LifelineEntry
{
    public required string DeploymentId { get; init; }
    public DeploymentKind Kind { get; init; }
    public DeploymentStatus Status { get; init; }
    public string? Environment { get; init; }
    public required long OccurredAtMs { get; init; }
}

/// <summary>A change that may have caused the alert, ranked and explained.</summary>
public sealed record Suspect
{
    public required string DeploymentId { get; init; }
    public required long PipelineId { get; init; }
    public string? PipelineName { get; init; }
    public DeploymentKind Kind { get; init; }
    public DeploymentStatus Status { get; init; }
    public string Summary { get; init; } = "";
    public string? Environment { get; init; }
    public string? Service { get; init; }
    public string? Version { get; init; }
    public required long StartMs { get; init; }
    /// <summary>Null while the deployment is running.</summary>
    public long? EndMs { get; init; }
    public required long LagMs { get; init; }
    public required Relation Relation { get; init; }
    public required double Probability { get; init; }
    public required double Coincidence { get; init; }
    public Evidence[] Evidence { get; init; } = [];
    public LifelineEntry[] Lifeline { get; init; } = [];
    public string? Link { get; init; }
}

/// <summary>The answer for one alert; see Enrichment.avsc, whose fields these are.</summary>
public sealed record Enrichment
{
    public required string AccountId { get; init; }
    public required string AlertId { get; init; }
    public string AlertSummary { get; init; } = "";
    public required long AlertOccurredAtMs { get; init; }
    public required long Revision { get; init; }
    public required bool Settled { get; init; }
    public required Outcome Outcome { get; init; }
    public NoSuspectReason? Reason { get; init; }
    public required string Headline { get; init; }
    public required ScopeKind Scope { get; init; }
    public long[] TeamIds { get; init; } = [];
    public required long WindowFromMs { get; init; }
    public required long WindowToMs { get; init; }
    public required int Considered { get; init; }
    public required int OutOfScope { get; init; }
    public required double ProbabilityNone { get; init; }
    public Suspect[] Suspects { get; init; } = [];
    public Suspect[] Elsewhere { get; init; } = [];
}
