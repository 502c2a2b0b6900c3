namespace StreamDeploy.Schemas;

/// <summary>What sort of change a deployment is. The names are the symbols of Deployment.avsc.</summary>
public enum DeploymentKind { OTHER, PUSH, MERGE, RELEASE, DEPLOYMENT, SYNC, FEATURE_FLAG, CONFIGURATION, CAMPAIGN, LAUNCH, CONTENT, REGULATORY }

/// <summary>How far a deployment is. The order is the rank that decides between events of the same time.</summary>
public enum DeploymentStatus { UNKNOWN, STARTED, CANCELLED, SUCCEEDED, FAILED, ROLLED_BACK }

/// <summary>Who made a change.</summary>
public sealed record Author
{
    public string? Name { get; init; }
    public string? Email { get; init; }
}

/// <summary>Where to read more about a change.</summary>
public sealed record Link
{
    public required string Href { get; init; }
    public string? Text { get; init; }
}

/// <summary>One report of a change; see Deployment.avsc, whose fields these are.</summary>
/// <remarks>Times are milliseconds since the Unix epoch and carry the suffix Ms. Event time is <see cref="OccurredAtMs"/>.</remarks>
public sealed record Deployment
{
    public required string AccountId { get; init; }
    public required string EventId { get; init; }
    public required string DeploymentId { get; init; }
    public required long PipelineId { get; init; }
    public string Source { get; init; } = "";
    public DeploymentKind Kind { get; init; }
    public DeploymentStatus Status { get; init; }
    public string Summary { get; init; } = "";
    public required long OccurredAtMs { get; init; }
    public long? StartedAtMs { get; init; }
    public long? FinishedAtMs { get; init; }
    public long? CommittedAtMs { get; init; }
    public string? Environment { get; init; }
    public string? Service { get; init; }
    public string? Version { get; init; }
    public string? Commit { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public Author? Author { get; init; }
    public Link[] Links { get; init; } = [];
    public string? CustomDetails { get; init; }
    public long? ReceivedAtMs { get; init; }
}
