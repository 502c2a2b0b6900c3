using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record as it is handed over: its bytes are gone when the call returns.</summary>
internal readonly ref struct PolledRecord
{
    public required string Topic { get; init; }
    public required int Partition { get; init; }
    public required long Offset { get; init; }
    public required long TimestampMs { get; init; }
    public required bool HasKey { get; init; }
    public required ReadOnlySpan<byte> Key { get; init; }
    public required bool HasValue { get; init; }
    public required ReadOnlySpan<byte> Value { get; init; }
    public Headers? Headers { get; init; }
}

/// <summary>A record set aside, with bytes of its own.</summary>
internal sealed record RawRecord(string Topic, int Partition, long Offset, long TimestampMs, byte[]? Key, byte[]? Value, Headers? Headers)
{
    public static RawRecord Of(ConsumeResult<byte[]?, byte[]?> raw) =>
        new(raw.Topic, raw.Partition.Value, raw.Offset.Value, raw.Message.Timestamp.UnixTimestampMs, raw.Message.Key, raw.Message.Value, raw.Message.Headers);
}

/// <summary>What a poll may bring. Called on the thread that polls, one at a time.</summary>
internal interface IPolled
{
    void OnRecord(in PolledRecord record);

    /// <summary>There is nothing before this offset that has not been handed over.</summary>
    void OnEnd(string topic, int partition, long offset);

    void OnAssigned(IReadOnlyList<TopicPartition> given);

    /// <param name="taken">Ours no more when the call returns.</param>
    /// <param name="lost">Ours no more already: nothing of it can be committed.</param>
    void OnRevoked(IReadOnlyList<TopicPartition> taken, bool lost);

    void OnError(Error error);
}

/// <summary>The worker's half of the two topics as a member of the consumer group. One thread.</summary>
/// <remarks>Two of them: librdkafka's, and the model of a broker that the worker is simulated against.</remarks>
internal interface IGroupInput : IDisposable
{
    void Subscribe(IReadOnlyList<string> topics);

    /// <summary>Takes these without a group.</summary>
    void Assign(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Hands over what there is; waits up to so long for the first.</summary>
    void Poll(TimeSpan wait);

    /// <summary>Fetches nothing of them; what was fetched is forgotten.</summary>
    void Pause(IReadOnlyList<TopicPartition> partitions);

    void Resume(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Hands over no more of it than has been taken from the queue already; what is fetched meanwhile waits, up to a bound.</summary>
    void Hold(TopicPartition partition);

    /// <summary>Goes on handing it over.</summary>
    /// <returns>How many of what is handed over next were fetched before now, and fetching may have stopped since; null where it went on all the time.</returns>
    int? Release(TopicPartition partition);

    void Seek(TopicPartitionOffset to);

    /// <summary>The end of the partition as the broker last told it; negative before it has.</summary>
    long HighWatermark(TopicPartition partition);

    /// <summary>The membership as of now: what a transaction's offsets are fenced by.</summary>
    IConsumerGroupMetadata Group();

    /// <summary>Leaves the group. May take as long as Kafka hangs.</summary>
    void Close();
}

/// <summary>What the worker opens.</summary>
internal interface IWorkerKafka
{
    IGroupInput OpenInput(IPolled polled);

    /// <param name="input">Whose offsets are committed with the batches.</param>
    IBatchWriter OpenWriter(IGroupInput input);

    /// <summary>A consumer without a group, for tables and restores; it sees no aborted record.</summary>
    IConsumer<byte[]?, byte[]?> OpenReader();
}
