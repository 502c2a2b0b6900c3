using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>How far a sink has read each partition, and how far it is in ClickHouse. For the loop's thread.</summary>
internal sealed class SinkProgress
{
    // Of each partition the offset after the last record that was read, and after the last that is in ClickHouse.
    private readonly Dictionary<PartitionId, long> _read = [];
    private readonly Dictionary<PartitionId, long> _done = [];
    private readonly Dictionary<PartitionId, (long Offset, long TimestampMs)> _first = [];

    /// <summary>Of each partition the first record read: what lies before it is no longer in Kafka, where reading began at the beginning.</summary>
    public IReadOnlyDictionary<PartitionId, (long Offset, long TimestampMs)> First => _first;

    public void Read(ConsumedRecord record)
    {
        _first.TryAdd(record.PartitionId, (record.Offset, record.TimestampMs));
        _read[record.PartitionId] = record.Offset + 1;
    }

    public void Done(IEnumerable<ConsumedRecord> lastOfEachPartition)
    {
        foreach (ConsumedRecord record in lastOfEachPartition)
            _done[record.PartitionId] = record.Offset + 1;
    }

    /// <summary>For each partition that is known: records that are not in ClickHouse yet.</summary>
    public IReadOnlyList<SinkLag> LagOf(TopicConsumer consumer)
    {
        var lags = new List<SinkLag>();
        foreach ((PartitionId partition, long high) in consumer.Highs())
        {
            long? done = _done.TryGetValue(partition, out long next) ? next : _first.TryGetValue(partition, out var first) ? first.Offset : null;
            bool allIsDone = !_read.TryGetValue(partition, out long read) || done >= read;
            // The marker at the end of a transaction has an offset, and is no record.
            if (allIsDone && consumer.Ends.TryGetValue(partition, out long end) && end >= high)
                lags.Add(new(partition, 0));
            else if (done is { } from)
                lags.Add(new(partition, Math.Max(0, high - from)));
        }
        return lags;
    }
}

/// <summary>Records of a partition that are not in ClickHouse yet.</summary>
internal readonly record struct SinkLag(PartitionId Partition, long Records);
