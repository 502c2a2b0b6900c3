using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Reads through librdkafka's batches: a record is looked at where the fetch put it, and copied once, to where it waits.</summary>
/// <remarks>
/// Each partition has a queue of its own. From one queue for all, what is not wanted yet could only be kept by pausing its partition, and then librdkafka
/// forgets what it has fetched, and fetches it again only when the fetch that is under way for the others has returned.
/// </remarks>
internal sealed unsafe class NativeInput : IGroupInput
{
    /// <summary>So many come with one poll, and so many may come for a partition after it is paused.</summary>
    public const int PollMax = 1000;

    private const int PartitionEnd = -191; // RD_KAFKA_RESP_ERR__PARTITION_EOF

    private readonly IPolled _polled;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IntPtr _queue;
    private readonly RdKafkaMessage*[] _messages = new RdKafkaMessage*[PollMax];
    private readonly Dictionary<IntPtr, string> _topics = [];
    private readonly Dictionary<TopicPartition, PartitionQueue> _partitions = [];
    private readonly List<PartitionQueue> _polling = [];
    private readonly ManualResetEventSlim _filled = new();
    private readonly GCHandle _filledHandle;
    private Exception? _failure;

    public NativeInput(KafkaClients clients, bool member, IPolled polled)
    {
        _polled = polled;
        // An exception must not go through librdkafka's frames: it is thrown when the poll returns.
        _consumer = clients.OpenConsumer(
            b => b.SetPartitionsAssignedHandler((_, given) => Guard(() => _polled.OnAssigned(given)))
                .SetPartitionsRevokedHandler((_, taken) => Guard(() => Revoke([.. taken.Select(t => t.TopicPartition)], lost: false)))
                .SetPartitionsLostHandler((_, taken) => Guard(() => Revoke([.. taken.Select(t => t.TopicPartition)], lost: true))),
            member,
            onError: e =>
            {
                if (e.IsFatal)
                    _polled.OnError(e);
            });
        _queue = LibRdKafka.ConsumerQueue(LibRdKafka.HandleOf(_consumer));
        _filledHandle = GCHandle.Alloc(_filled);
        LibRdKafka.OnFilled(_queue, &Filled, GCHandle.ToIntPtr(_filledHandle));
    }

    private sealed class PartitionQueue(IntPtr handle)
    {
        public IntPtr Handle => handle;
        public bool IsHeld { get; set; }
    }

    public void Subscribe(IReadOnlyList<string> topics) => _consumer.Subscribe(topics);

    public void Assign(IReadOnlyList<TopicPartition> partitions) => _consumer.Assign(partitions);

    public void Poll(TimeSpan wait)
    {
        _filled.Reset();
        if (PollAll() == 0 && _filled.Wait(wait))
            PollAll();
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("a change of assignment failed", failure);
        }
    }

    public void Pause(IReadOnlyList<TopicPartition> partitions) => _consumer.Pause(partitions);

    public void Resume(IReadOnlyList<TopicPartition> partitions) => _consumer.Resume(partitions);

    public void Seek(TopicPartitionOffset to)
    {
        _consumer.Seek(to);
        // Now that fetching has begun; before, it would have set the forwarding anew.
        Open(to.TopicPartition);
    }

    public void Hold(TopicPartition partition)
    {
        if (_partitions.TryGetValue(partition, out var queue))
            queue.IsHeld = true;
    }

    public int? Release(TopicPartition partition)
    {
        if (!_partitions.TryGetValue(partition, out var queue))
            return null;
        queue.IsHeld = false;
        var waiting = (int)LibRdKafka.LengthOf(queue.Handle);
        return waiting > 0 ? waiting : null;
    }

    public long HighWatermark(TopicPartition partition) => _consumer.GetWatermarkOffsets(partition).High.Value;

    public IConsumerGroupMetadata Group() => _consumer.ConsumerGroupMetadata;

    /// <summary>For the writer that commits offsets without a transaction.</summary>
    public IConsumer<byte[]?, byte[]?> Consumer => _consumer;

    public void Close() => _consumer.Close();

    public void Dispose()
    {
        foreach (var partition in _partitions.Keys.ToList())
            Close(partition);
        LibRdKafka.OnFilled(_queue, null, IntPtr.Zero);
        LibRdKafka.DestroyQueue(_queue);
        _consumer.Dispose();
        // No queue of ours tells it any more.
        _filledHandle.Free();
        _filled.Dispose();
    }

    private int PollAll()
    {
        var polled = Poll(_queue);
        // A change of assignment closes queues, and opens none.
        _polling.AddRange(_partitions.Values);
        foreach (var partition in _polling)
        {
            if (!partition.IsHeld && LibRdKafka.LengthOf(partition.Handle) > 0)
                polled += Poll(partition.Handle);
        }
        _polling.Clear();
        return polled;
    }

    private int Poll(IntPtr queue)
    {
        fixed (RdKafkaMessage** messages = _messages)
        {
            var count = (int)LibRdKafka.ConsumeBatch(queue, 0, messages, PollMax);
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
            return count;
        }
    }

    private void Open(TopicPartition partition)
    {
        if (_partitions.ContainsKey(partition))
            return;
        var queue = LibRdKafka.PartitionQueue(LibRdKafka.HandleOf(_consumer), partition.Topic, partition.Partition.Value);
        if (queue == IntPtr.Zero)
            throw new KafkaException(new Error(ErrorCode.Local_UnknownPartition, $"{partition} has no queue"));
        _partitions.Add(partition, new(queue));
        LibRdKafka.Forward(queue, IntPtr.Zero);
        LibRdKafka.OnFilled(queue, &Filled, GCHandle.ToIntPtr(_filledHandle));
    }

    private void Close(TopicPartition partition)
    {
        if (!_partitions.Remove(partition, out var queue))
            return;
        LibRdKafka.OnFilled(queue.Handle, null, IntPtr.Zero);
        LibRdKafka.DestroyQueue(queue.Handle);
    }

    private void Revoke(IReadOnlyList<TopicPartition> taken, bool lost)
    {
        _polled.OnRevoked(taken, lost);
        foreach (var partition in taken)
            Close(partition);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Filled(IntPtr client, IntPtr opaque) => ((ManualResetEventSlim)GCHandle.FromIntPtr(opaque).Target!).Set();

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
