using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>A member of the group as librdkafka makes one: reports, fetches, positions, pauses, ends of partitions, watermarks as of the last fetch.</summary>
/// <param name="slackMs">
/// How much later than a fetch of one partition another one may bring records: what is fetched without a pause is known to be so fresh. Nothing less would do:
/// where one topic goes on for longer than the grace while of the other nothing is heard, its records are late by right.
/// </param>
internal sealed class ModelInput(
    Random random, SimulatedClock clock, ModelBroker broker, ModelLink link, IReadOnlyList<string> pair, long slackMs, Func<string> newMemberId, IPolled polled) : IGroupInput
{
    private const int ChunkMax = 12;

    private readonly SortedDictionary<int, Position[]> _pairs = [];
    private string _memberId = "";
    private int _epoch;

    private sealed class Position(TopicPartition partition, long offset)
    {
        public TopicPartition Partition => partition;
        public long Offset { get; set; } = offset;
        public bool IsPaused { get; set; }
        public bool IsHeld { get; set; }

        /// <summary>Fetched since it was last sought or resumed: only then is its watermark kept fresh.</summary>
        public bool IsFlowing { get; set; }
        public long ToldEnd { get; set; } = -1;
    }

    /// <summary>Kept as long as the client lives, whatever is assigned.</summary>
    private readonly Dictionary<TopicPartition, (long High, long AsOfMs)> _watermarks = [];

    public void Subscribe(IReadOnlyList<string> topics) => Join();

    public void Assign(IReadOnlyList<TopicPartition> partitions) => throw new NotSupportedException("the simulated worker is a member of a group");

    public void Poll(TimeSpan wait)
    {
        clock.Pass(random.Next((int)wait.TotalMilliseconds + 1));
        if (!broker.Reaches(link))
            return;
        // Reports go out now and then: a member that was forgotten works on for a while.
        if (random.Next(4) == 0)
            Report();
        if (random.Next(8) > 0)
            Fetch();
    }

    public void Pause(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var position in partitions.Select(Of))
            position.IsPaused = true;
    }

    public void Resume(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var position in partitions.Select(Of))
            (position.IsPaused, position.IsFlowing, position.ToldEnd) = (false, false, -1);
    }

    public void Hold(TopicPartition partition) => Of(partition).IsHeld = true;

    public int? Release(TopicPartition partition)
    {
        Of(partition).IsHeld = false;
        // The model fetches on and keeps no queue.
        return null;
    }

    public void Seek(TopicPartitionOffset to)
    {
        var position = Of(to.TopicPartition);
        (position.Offset, position.IsFlowing, position.ToldEnd) = (to.Offset.Value, false, -1);
    }

    public long HighWatermark(TopicPartition partition) => _watermarks.TryGetValue(partition, out var mark) ? mark.High : Offset.Unset.Value;

    public IConsumerGroupMetadata Group() => new ModelMembership(_memberId, _epoch);

    public void Close()
    {
        var held = Held();
        if (held.Count > 0)
            polled.OnRevoked(held, lost: false);
        _pairs.Clear();
        if (broker.Reaches(link))
            broker.Group.Leave(_memberId);
    }

    public void Dispose()
    {
    }

    private void Join()
    {
        _memberId = newMemberId();
        broker.Group.Join(_memberId);
    }

    private void Report()
    {
        var word = broker.Group.Report(_memberId, out var moved, out var epoch);
        switch (word)
        {
            case GroupWord.Lost:
                var held = Held();
                if (held.Count > 0)
                    polled.OnRevoked(held, lost: true);
                _pairs.Clear();
                Join();
                break;
            case GroupWord.Revoke:
                polled.OnRevoked(moved, lost: false);
                foreach (var partition in moved)
                    Drop(partition);
                broker.Group.GaveUp(_memberId, moved);
                break;
            case GroupWord.Assign:
                _epoch = epoch;
                foreach (var partition in moved)
                    Take(partition);
                polled.OnAssigned(moved);
                break;
            default:
                // The answer with the new epoch may be a moment behind.
                if (random.Next(4) > 0)
                    _epoch = Math.Max(_epoch, epoch);
                break;
        }
    }

    private void Fetch()
    {
        foreach (var position in _pairs.Values.SelectMany(p => p).OfType<Position>().ToList())
        {
            if (!position.IsPaused && !position.IsHeld && random.Next(3) > 0)
                Fetch(position);
        }
    }

    private void Fetch(Position position)
    {
        var log = broker[position.Partition];
        // What retention has deleted is passed over.
        position.Offset = Math.Max(position.Offset, log.Low);
        position.IsFlowing = true;
        _watermarks[position.Partition] = (log.High, broker.ArrivalMs);
        for (var left = random.Next(1, ChunkMax + 1); left > 0 && position.Offset < log.Stable; position.Offset++)
        {
            if (!log.IsVisible(position.Offset))
                continue;
            RefreshOther(position.Partition, log[position.Offset].ArrivalMs);
            HandOver(position.Partition, log[position.Offset]);
            left--;
        }
        if (position.Offset != log.Stable || position.ToldEnd == log.Stable || random.Next(3) == 0)
            return;
        position.ToldEnd = log.Stable;
        polled.OnEnd(position.Partition.Topic, position.Partition.Partition.Value, log.Stable);
    }

    private void RefreshOther(TopicPartition partition, long arrivalMs)
    {
        var other = _pairs[partition.Partition.Value].FirstOrDefault(p => p is not null && p.Partition != partition);
        if (other is { IsPaused: false, IsFlowing: true } && _watermarks[other.Partition].AsOfMs < arrivalMs - slackMs)
            _watermarks[other.Partition] = (broker[other.Partition].High, broker.ArrivalMs);
    }

    private void HandOver(TopicPartition partition, ModelRecord record) => polled.OnRecord(new()
    {
        Topic = partition.Topic,
        Partition = partition.Partition.Value,
        Offset = record.Offset,
        TimestampMs = record.TimestampMs,
        HasKey = record.Key is not null,
        Key = record.Key,
        HasValue = record.Value is not null,
        Value = record.Value,
        Headers = record.Headers,
    });

    private Position Of(TopicPartition partition) =>
        _pairs.TryGetValue(partition.Partition.Value, out var positions) && positions[SideOf(partition)] is { } position
            ? position
            : throw new KafkaException(new Error(ErrorCode.Local_State, $"{partition} is not assigned"));

    private int SideOf(TopicPartition partition) => partition.Topic == pair[0] ? 0 : 1;

    private void Take(TopicPartition partition)
    {
        if (!_pairs.TryGetValue(partition.Partition.Value, out var positions))
            _pairs.Add(partition.Partition.Value, positions = new Position[2]);
        var committed = broker.Offsets.Committed(partition);
        positions[SideOf(partition)] = new(partition, committed == Offset.Unset ? broker[partition].Low : committed.Value);
    }

    private void Drop(TopicPartition partition)
    {
        if (!_pairs.TryGetValue(partition.Partition.Value, out var positions))
            return;
        positions[SideOf(partition)] = null!;
        if (Array.TrueForAll(positions, p => p is null))
            _pairs.Remove(partition.Partition.Value);
    }

    private List<TopicPartition> Held() => [.. _pairs.Values.SelectMany(p => p).OfType<Position>().Select(p => p.Partition)];
}
