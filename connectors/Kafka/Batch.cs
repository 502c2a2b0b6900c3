using System.Buffers;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record to be written: a range of the batch's bytes, or a message of its own where it has headers.</summary>
internal readonly record struct BatchRecord(string Topic, int Partition, int Start, int KeyLength, int ValueLength, Message<byte[]?, byte[]?>? Message);

/// <summary>An alert's first answer, one that differs from the one before, or the last one.</summary>
internal enum AnswerKind { First, Revised, Settled }

/// <summary>What is written as one unit: answers, dead letters, records sent on, and the offsets up to which records were read for it.</summary>
internal sealed class Batch(RecordEncoder<Enrichment> encoder, TopicNames topics)
{
    private const int KeptBytesMax = 8 << 20;

    private readonly List<BatchRecord> _records = [];
    private readonly List<TopicPartitionOffset> _offsets = [];
    private ArrayBufferWriter<byte> _bytes = new(64 << 10);
    private long _messageBytes;

    public IReadOnlyList<BatchRecord> Records => _records;

    public List<TopicPartitionOffset> Offsets => _offsets;

    /// <summary>The membership when the batch was closed.</summary>
    public IConsumerGroupMetadata? Group { get; set; }

    public long Bytes => _bytes.WrittenCount + _messageBytes;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Kafka timestamps of the alerts whose first answers are in it.</summary>
    public List<long> AlertTimestampsMs { get; } = [];

    public void Answer(Enrichment answer, int partition, AnswerKind kind)
    {
        var start = _bytes.WrittenCount;
        WriteKey(answer.AccountId, answer.AlertId);
        var keyLength = _bytes.WrittenCount - start;
        encoder.Write(_bytes, answer);
        _records.Add(new(topics.Enrichments, partition, start, keyLength, _bytes.WrittenCount - start - keyLength, null));
        WorkerMetrics.Answers.Add(1, WorkerMetrics.Kind(kind));
    }

    public void Dead(RawRecord raw, string reason, string error)
    {
        Add(topics.DeadLetters, Partition.Any, DeadLetters.Letter(raw, reason, error));
        WorkerMetrics.DeadLetters.Add(1, WorkerMetrics.Topic(raw.Topic), new("reason", reason));
    }

    public void Reroute(RawRecord raw, int partition)
    {
        Add(raw.Topic, partition, Rerouting.Forward(raw));
        WorkerMetrics.Rerouted.Add(1, WorkerMetrics.Topic(raw.Topic));
    }

    public void Clear()
    {
        _records.Clear();
        _offsets.Clear();
        AlertTimestampsMs.Clear();
        _messageBytes = 0;
        Group = null;
        // One flood must not be paid for as long as the process lives.
        if (_bytes.Capacity > KeptBytesMax) _bytes = new(64 << 10);
        else _bytes.ResetWrittenCount();
    }

    private void Add(string topic, int partition, Message<byte[]?, byte[]?> message)
    {
        _records.Add(new(topic, partition, 0, 0, 0, message));
        _messageBytes += 200 + (message.Key?.Length ?? 0) + (message.Value?.Length ?? 0);
    }

    private void WriteKey(string accountId, string alertId)
    {
        var span = _bytes.GetSpan(Encoding.UTF8.GetMaxByteCount(accountId.Length) + 1 + Encoding.UTF8.GetMaxByteCount(alertId.Length));
        var length = Encoding.UTF8.GetBytes(accountId, span);
        span[length++] = (byte)'/';
        _bytes.Advance(length + Encoding.UTF8.GetBytes(alertId, span[length..]));
    }
}
