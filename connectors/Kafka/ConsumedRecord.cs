using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record as it came from Kafka, still encoded.</summary>
public sealed class ConsumedRecord
{
    internal ConsumedRecord(ConsumeResult<byte[]?, byte[]?> raw, int assignment)
    {
        Raw = raw;
        Assignment = assignment;
    }

    public string Topic => Raw.Topic;

    internal PartitionId PartitionId => new(Topic, Partition);

    public int Partition => Raw.Partition.Value;

    public long Offset => Raw.Offset.Value;

    public long TimestampMs => Raw.Message.Timestamp.UnixTimestampMs;

    public byte[]? Value => Raw.Message.Value;

    public Headers? Headers => Raw.Message.Headers;

    internal ConsumeResult<byte[]?, byte[]?> Raw { get; }

    /// <summary>Which time of being given the partition it was read in: an offset read before the partition went away must not be committed after.</summary>
    internal int Assignment { get; }
}
