using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>From where to where the sink carries, and in what portions.</summary>
public sealed record SinkSettings
{
    /// <summary>Its <see cref="KafkaSettings.GroupId"/> is the sink's own group, not the worker's.</summary>
    public required KafkaSettings Kafka { get; init; }

    public required ClickHouseSettings ClickHouse { get; init; }

    /// <summary>Take all partitions without joining a group: for the embedded Kafka, where this sink is alone.</summary>
    public bool AssignAll { get; init; }

    public int BatchRowsMax { get; init; } = 50_000;
    /// <summary>Of memory, as <see cref="RowBatch.Bytes"/> estimates it: some 40,000 usual records, which is what ClickHouse takes well in one insert.</summary>
    public int BatchBytesMax { get; init; } = 96 << 20;
    public TimeSpan BatchAgeMax { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(200);
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>More refused rows than this in one batch are not bad rows but a bad table: the sink stops.</summary>
    public int RefusedRowsMax { get; init; } = 100;

    /// <summary>For what is under way when the sink is stopped; what is not done by then is read again by the next one.</summary>
    public TimeSpan FlushLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null when consistent, else names the setting.</summary>
    public string? Problem() =>
        BatchRowsMax < 1 || BatchBytesMax < 1 ? "sink: BatchRowsMax and BatchBytesMax must be at least 1"
        : BatchAgeMax < TimeSpan.Zero ? "sink: BatchAgeMax must not be negative"
        : RetryFirst <= TimeSpan.Zero || RetryMax < RetryFirst ? "sink: RetryFirst must be positive and at most RetryMax"
        : RefusedRowsMax < 0 ? "sink: RefusedRowsMax must not be negative"
        : FlushLimit < TimeSpan.Zero ? "sink: FlushLimit must not be negative"
        : Kafka.Problem() ?? ClickHouse.Problem();
}
