using System.Collections.Frozen;

namespace StreamDeploy.Schemas;

/// <summary>How far an alert is. The names are the symbols of Alert.avsc.</summary>
public enum AlertStatus { UNKNOWN, OPEN, ACCEPTED, RESOLVED }

/// <summary>One event of an alert; see Alert.avsc, whose fields these are.</summary>
/// <remarks>Event time is <see cref="UpdatedAtMs"/>; <see cref="OccurredAtMs"/> is when the alert was raised.</remarks>
public sealed record Alert
{
    public required string AccountId { get; init; }
    public required string EventId { get; init; }
    public required string AlertId { get; init; }
    public AlertStatus Status { get; init; }
    public string Priority { get; init; } = "";
    public string Summary { get; init; } = "";
    public required long OccurredAtMs { get; init; }
    public required long UpdatedAtMs { get; init; }
    public long? ResolvedAtMs { get; init; }
    public long? AlertSourceId { get; init; }
    public long? EscalationPolicyId { get; init; }
    public long[] TeamIds { get; init; } = [];
    public string? Service { get; init; }
    public string? Environment { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;
    public string? Link { get; init; }
}
