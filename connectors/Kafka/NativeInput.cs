using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Reads through librdkafka's batches: a record is looked at where the fetch put it, and copied once, to where it waits.</summary>
internal sealed unsafe class NativeInput : IGroupInput
{
    /// <summary>So many come with one poll, and so many may come for a partition after it is paused.</summary>
    public const int PollMax = 500;

    private const int PartitionEnd = -191; // RD_KAFKA_RESP_ERR__PARTITION_EOF

    private readonly IPolled _polled;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IntPtr _queue;
    private readonly RdKafkaMessage*[] _messages = new RdKafkaMessage*[PollMax];
    private readonly Dictionary<IntPtr, string> _topics = [];
    private Exception? _failure;

    public NativeInput(KafkaClients clients, bool member, IPolled polled)
    {
        _polled = polled;
        // An exception must not go through librdkafka's frames: it is thrown when the poll returns.
        _consumer = clients.OpenConsumer(
            b => b.SetPartitionsAssignedHandler((_, given) => Guard(() => _polled.OnAssigned(given)))
                .SetPartitionsRevokedHandler((_, taken) => Guard(() => _polled.OnRevoked([.. taken.Select(t => t.TopicPartition)], lost: false)))
                .SetPartitionsLostHandler((_, taken) => Guard(() => _polled.OnRevoked([.. taken.Select(t => t.TopicPartition)], lost: true))),
            member,
            onError: e =>
            {
                if (e.IsFatal)
                    _polled.OnError(e);
            });
        _queue = LibRdKafka.ConsumerQueue(LibRdKafka.HandleOf(_consumer));
    }

    public void Subscribe(IReadOnlyList<string> topics) => _consumer.Subscribe(topics);

    public void Assign(IReadOnlyList<TopicPartition> partitions) => _consumer.Assign(partitions);

    public void Poll(TimeSpan wait)
    {
        fixed (RdKafkaMessage** messages = _messages)
        {
            var count = (int)LibRdKafka.ConsumeBatch(_queue, (int)wait.TotalMilliseconds, messages, PollMax);
            for (var i = 0; i < count; i++)
            {
                try
                {
                    if (_failure is null)
                        HandOver(messages[i]);
                }
                finally
                {
                    LibRdKafka.DestroyMessage(messages[i]);
                }
            }
        }
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("a change of assignment failed", failure);
        }
    }

    public void Pause(IReadOnlyList<TopicPartition> partitions) => _consumer.Pause(partitions);

    public void Resume(IReadOnlyList<TopicPartition> partitions) => _consumer.Resume(partitions);

    public void Seek(TopicPartitionOffset to) => _consumer.Seek(to);

    public long HighWatermark(TopicPartition partition) => _consumer.GetWatermarkOffsets(partition).High.Value;

    public IConsumerGroupMetadata Group() => _consumer.ConsumerGroupMetadata;

    /// <summary>For the writer that commits offsets without a transaction.</summary>
    public IConsumer<byte[]?, byte[]?> Consumer => _consumer;

    public void Close() => _consumer.Close();

    public void Dispose()
    {
        LibRdKafka.DestroyQueue(_queue);
        _consumer.Dispose();
    }

    private void HandOver(RdKafkaMessage* message)
    {
        if (message->Error == PartitionEnd)
        {
            _polled.OnEnd(NameOf(message->Topic), message->Partition, message->Offset);
            return;
        }
        if (message->Error != 0)
        {
            var reason = message->Value is null ? "" : System.Text.Encoding.UTF8.GetString(message->Value, (int)message->Length);
            _polled.OnError(new Error((ErrorCode)message->Error, reason));
            return;
        }
        int type;
        _polled.OnRecord(new()
        {
            Topic = NameOf(message->Topic),
            Partition = message->Partition,
            Offset = message->Offset,
            TimestampMs = LibRdKafka.TimestampOf(message, &type),
            HasKey = message->Key is not null,
            Key = new(message->Key, (int)message->KeyLength),
            HasValue = message->Value is not null,
            Value = new(message->Value, (int)message->Length),
            Headers = HeadersOf(message),
        });
    }

    private string NameOf(IntPtr topic)
    {
        ref var name = ref CollectionsMarshal.GetValueRefOrAddDefault(_topics, topic, out _);
        return name ??= Marshal.PtrToStringUTF8(LibRdKafka.NameOf(topic))!;
    }

    private static Headers? HeadersOf(RdKafkaMessage* message)
    {
        IntPtr list;
        if (LibRdKafka.HeadersOf(message, &list) != 0)
            return null;
        var headers = new Headers();
        byte* name;
        byte* value;
        nuint length;
        for (nuint i = 0; LibRdKafka.HeaderAt(list, i, &name, &value, &length) == 0; i++)
            headers.Add(Marshal.PtrToStringUTF8((IntPtr)name)!, value is null ? null : new ReadOnlySpan<byte>(value, (int)length).ToArray());
        return headers;
    }

    private void Guard(Action handle)
    {
        try
        {
            handle();
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
    }
}
