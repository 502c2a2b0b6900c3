using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>A consumer without a group, for tables and restores; it sees committed records only.</summary>
/// <param name="random">The history's.</param>
/// <param name="broker">What it reads.</param>
/// <param name="link">Whose way there.</param>
/// <param name="patient">Whether it may be asked in vain without an end; else what takes longer than a limit of the caller's fails at once.</param>
internal sealed class ModelReader(Random random, ModelBroker broker, ModelLink link, bool patient) : IConsumer<byte[]?, byte[]?>
{
    private readonly List<Place> _positions = [];
    private int _next;

    private sealed class Place(TopicPartition partition, long offset)
    {
        public TopicPartition Partition => partition;
        public long Offset { get; set; } = offset;
        public long ToldEnd { get; set; } = -1;
        public long High { get; set; } = Confluent.Kafka.Offset.Unset.Value;
    }

    public List<TopicPartitionOffset> Committed(IEnumerable<TopicPartition> partitions, TimeSpan timeout)
    {
        Ask();
        return [.. partitions.Select(p => new TopicPartitionOffset(p, broker.Offsets.Stable(p) ?? throw Refused(ErrorCode.UnstableOffsetCommit)))];
    }

    public WatermarkOffsets QueryWatermarkOffsets(TopicPartition topicPartition, TimeSpan timeout)
    {
        Ask();
        // To readers of committed records the end is that of what is stable.
        return new(broker[topicPartition].Low, broker[topicPartition].Stable);
    }

    public List<TopicPartitionOffset> OffsetsForTimes(IEnumerable<TopicPartitionTimestamp> timestampsToSearch, TimeSpan timeout)
    {
        Ask();
        return [.. timestampsToSearch.Select(t => new TopicPartitionOffset(t.TopicPartition, broker[t.TopicPartition].OffsetAt(t.Timestamp.UnixTimestampMs) is { } offset ? offset : Offset.End))];
    }

    public void Assign(TopicPartitionOffset partition) => Assign([partition]);

    public void Assign(IEnumerable<TopicPartitionOffset> partitions)
    {
        _positions.Clear();
        _positions.AddRange(partitions.Select(p => new Place(p.TopicPartition, Math.Max(0, p.Offset.Value))));
    }

    public void Pause(IEnumerable<TopicPartition> partitions) => _positions.RemoveAll(p => partitions.Contains(p.Partition));

    public ConsumeResult<byte[]?, byte[]?>? Consume(TimeSpan timeout)
    {
        if (!broker.Reaches(link))
            return patient ? null : throw new ConsumeException(new() { Topic = "" }, new Error(ErrorCode.Local_TimedOut));
        // What is to come may still be on its way.
        if (patient && random.Next(8) == 0)
            return null;
        for (var tried = 0; tried < _positions.Count; tried++)
        {
            _next = (_next + 1) % _positions.Count;
            if (Next(_positions[_next]) is { } result)
                return result;
        }
        return null;
    }

    public WatermarkOffsets GetWatermarkOffsets(TopicPartition topicPartition) =>
        new(Offset.Unset, _positions.Find(p => p.Partition == topicPartition) is { } position ? position.High : Offset.Unset);

    public void Dispose()
    {
    }

    private static ConsumeResult<byte[]?, byte[]?> End(Place position)
    {
        position.ToldEnd = position.Offset;
        return new() { TopicPartitionOffset = new(position.Partition, position.Offset), IsPartitionEOF = true };
    }

    private ConsumeResult<byte[]?, byte[]?>? Next(Place position)
    {
        var log = broker[position.Partition];
        position.High = log.High;
        position.Offset = Math.Max(position.Offset, log.Low);
        while (position.Offset < log.Stable && !log.IsVisible(position.Offset))
            position.Offset++;
        if (position.Offset >= log.Stable)
            return position.ToldEnd == position.Offset ? null : End(position);
        var record = log[position.Offset++];
        return new()
        {
            TopicPartitionOffset = new(position.Partition, record.Offset),
            Message = new() { Key = record.Key, Value = record.Value, Headers = record.Headers, Timestamp = new(record.TimestampMs, TimestampType.CreateTime) },
        };
    }

    private void Ask()
    {
        if (!broker.Reaches(link) || random.Next(100) < broker.Weather.LostPercent)
            throw Refused(ErrorCode.Local_TimedOut);
        if (broker.IsLoading)
            throw Refused(ErrorCode.GroupLoadInProgress);
    }

    private static KafkaException Refused(ErrorCode code) => new(new Error(code));

    // Nothing of the worker asks for these.
    public Handle Handle => throw new NotSupportedException();
    public string Name => throw new NotSupportedException();
    public string MemberId => throw new NotSupportedException();
    public List<TopicPartition> Assignment => throw new NotSupportedException();
    public List<string> Subscription => throw new NotSupportedException();
    public IConsumerGroupMetadata ConsumerGroupMetadata => throw new NotSupportedException();
    public int AddBrokers(string brokers) => throw new NotSupportedException();
    public void SetSaslCredentials(string username, string password) => throw new NotSupportedException();
    public ConsumeResult<byte[]?, byte[]?> Consume(int millisecondsTimeout) => throw new NotSupportedException();
    public ConsumeResult<byte[]?, byte[]?> Consume(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public void Subscribe(IEnumerable<string> topics) => throw new NotSupportedException();
    public void Subscribe(string topic) => throw new NotSupportedException();
    public void Unsubscribe() => throw new NotSupportedException();
    public void Assign(TopicPartition partition) => throw new NotSupportedException();
    public void Assign(IEnumerable<TopicPartition> partitions) => throw new NotSupportedException();
    public void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions) => throw new NotSupportedException();
    public void IncrementalAssign(IEnumerable<TopicPartition> partitions) => throw new NotSupportedException();
    public void IncrementalUnassign(IEnumerable<TopicPartition> partitions) => throw new NotSupportedException();
    public void Unassign() => throw new NotSupportedException();
    public void StoreOffset(ConsumeResult<byte[]?, byte[]?> result) => throw new NotSupportedException();
    public void StoreOffset(TopicPartitionOffset offset) => throw new NotSupportedException();
    public List<TopicPartitionOffset> Commit() => throw new NotSupportedException();
    public void Commit(IEnumerable<TopicPartitionOffset> offsets) => throw new NotSupportedException();
    public void Commit(ConsumeResult<byte[]?, byte[]?> result) => throw new NotSupportedException();
    public void Seek(TopicPartitionOffset tpo) => throw new NotSupportedException();
    public void Resume(IEnumerable<TopicPartition> partitions) => throw new NotSupportedException();
    public List<TopicPartitionOffset> Committed(TimeSpan timeout) => throw new NotSupportedException();
    public Offset Position(TopicPartition partition) => throw new NotSupportedException();
    public void Close() => throw new NotSupportedException();
}
