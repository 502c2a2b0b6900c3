namespace StreamDeploy.Schemas;

/// <summary>What became of a delivery. The names are the symbols of Delivery.avsc.</summary>
public enum DeliveryOutcome { UNKNOWN, FILTERED, REFUSED }

/// <summary>A delivery that was not taken, or not all of it; see Delivery.avsc.</summary>
public sealed record Delivery
{
    public required string AccountId { get; init; }
    public long? PipelineId { get; init; }
    public long? AlertSourceId { get; init; }
    public required long OccurredAtMs { get; init; }
    public required DeliveryOutcome Outcome { get; init; }
    public required int Status { get; init; }
    public string Code { get; init; } = "";
    public string Message { get; init; } = "";
    public string? Field { get; init; }
    public string? Event { get; init; }
    public string? DeliveryId { get; init; }
    public string? Address { get; init; }
}
