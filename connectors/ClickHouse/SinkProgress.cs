using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>How far a sink has read each partition, and how far it is in ClickHouse. For the loop's thread.</summary>
internal sealed class SinkProgress
{
    private readonly Dictionary<PartitionId, (long Next, long TimestampMs)> _read = [];
    private readonly Dictionary<PartitionId, (long Next, long TimestampMs)> _done = [];
    private readonly Dictionary<PartitionId, (long Offset, long TimestampMs)> _first = [];

    /// <summary>Of each partition the first record read: what lies before it is no longer in Kafka, where reading began at the beginning.</summary>
    public IReadOnlyDictionary<PartitionId, (long Offset, long TimestampMs)> First => _first;

    public void Read(ConsumedRecord record)
    {
        _first.TryAdd(record.PartitionId, (record.Offset, record.TimestampMs));
        _read[record.PartitionId] = (record.Offset + 1, record.TimestampMs);
    }

    public void Done(IEnumerable<ConsumedRecord> lastOfEachPartition)
    {
        foreach (ConsumedRecord record in lastOfEachPartition)
            _done[record.PartitionId] = (record.Offset + 1, record.TimestampMs);
    }

    /// <summary>For each partition that is known: records that are not in ClickHouse yet.</summary>
    public IReadOnlyList<SinkLag> LagOf(TopicConsumer consumer)
    {
        var lags = new List<SinkLag>();
        foreach ((PartitionId partition, long high) in consumer.Highs())
        {
            bool allIsDone = !_read.TryGetValue(partition, out var read) || (_done.TryGetValue(partition, out var last) && last.Next >= read.Next);
            // The marker at the end of a transaction has an offset, and is no record.
            if (allIsDone && consumer.Ends.TryGetValue(partition, out long end) && end >= high)
                lags.Add(new(partition.Topic, partition.Partition, 0));
            else if (_done.TryGetValue(partition, out var done))
                lags.Add(new(partition.Topic, partition.Partition, Math.Max(0, high - done.Next)));
            else if (_first.TryGetValue(partition, out var first))
                lags.Add(new(partition.Topic, partition.Partition, Math.Max(0, high - first.Offset)));
        }
        return lags;
    }
}

/// <summary>Records of a partition that are not in ClickHouse yet.</summary>
internal readonly record struct SinkLag(string Topic, int Partition, long Records);
