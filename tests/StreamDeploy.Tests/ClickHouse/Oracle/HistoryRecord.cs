namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>A record of one of the topics that the history is kept of, and its place in Kafka.</summary>
/// <param name="Partition">Of its topic.</param>
/// <param name="Offset">In its partition.</param>
/// <param name="ArrivedMs">The record's timestamp.</param>
/// <param name="Event">A Deployment, an Alert, an Enrichment or a <see cref="Letter"/>: its type says of which topic it is.</param>
public sealed record HistoryRecord(int Partition, long Offset, long ArrivedMs, object Event);

/// <summary>A dead letter: what its headers say of the record that was set aside.</summary>
public sealed record Letter
{
    public required string AccountId { get; init; }
    public required string Reader { get; init; }
    public required string Reason { get; init; }
    public required string Error { get; init; }
    public required string Topic { get; init; }
    public required int RecordPartition { get; init; }
    public required long RecordOffset { get; init; }
    public required long RecordArrivedMs { get; init; }
    public required long Bytes { get; init; }
}

/// <summary>An event with its record's place.</summary>
public readonly record struct Placed<T>(T Event, int Partition, long Offset, long ArrivedMs);
