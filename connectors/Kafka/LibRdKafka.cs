using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>The few functions of librdkafka that the worker calls for each record, without an object for each.</summary>
/// <remarks>
/// Confluent.Kafka copies every record into four objects and takes them from the queue one by one; that costs more than the join. Everything that is not
/// done for each record stays with it. Which file is loaded, and that it is Confluent.Kafka's own: <see cref="LibRdKafkaCheck"/>.
/// </remarks>
internal static unsafe partial class LibRdKafka
{
    private const string Library = NativeLibraries.LibRdKafka;

    public const int FlagCopy = 2;
    public const int FlagPartition = 8;

    /// <summary>librdkafka's handle of a client that Confluent.Kafka made. It lives as long as the client.</summary>
    public static IntPtr HandleOf(IClient client)
    {
        LibRdKafkaCheck.ThrowUnlessUsable();
        var handle = HandleProperty(client.Handle) as SafeHandle
            ?? throw new InvalidOperationException("this version of Confluent.Kafka keeps librdkafka's handle elsewhere: it must be the one this program was built with");
        return handle.DangerousGetHandle();
    }

    private static object? HandleProperty(Handle handle) =>
        typeof(Handle).GetProperty("LibrdkafkaHandle", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)?.GetValue(handle);

    [LibraryImport(Library, EntryPoint = "rd_kafka_version")]
    public static partial int Version();

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_get_consumer")]
    public static partial IntPtr ConsumerQueue(IntPtr client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_destroy")]
    public static partial void DestroyQueue(IntPtr queue);

    /// <summary>The partition's own queue, which begins to be filled when it no longer forwards.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_get_partition", StringMarshalling = StringMarshalling.Utf8)]
    public static partial IntPtr PartitionQueue(IntPtr client, string topic, int partition);

    /// <param name="queue">Which.</param>
    /// <param name="to">Where to; zero for nowhere.</param>
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_forward")]
    public static partial void Forward(IntPtr queue, IntPtr to);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_length")]
    public static partial nuint LengthOf(IntPtr queue);

    /// <summary>Has a function called, on a thread of librdkafka's, whenever something comes into the empty queue.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_cb_event_enable")]
    public static partial void OnFilled(IntPtr queue, delegate* unmanaged[Cdecl]<IntPtr, IntPtr, void> call, IntPtr opaque);

    /// <summary>Takes what is there, up to so many; calls the client's callbacks on this thread.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_consume_batch_queue")]
    public static partial nint ConsumeBatch(IntPtr queue, int timeoutMs, RdKafkaMessage** messages, nuint max);

    [LibraryImport(Library, EntryPoint = "rd_kafka_message_destroy")]
    public static partial void DestroyMessage(RdKafkaMessage* message);

    [LibraryImport(Library, EntryPoint = "rd_kafka_message_timestamp")]
    [SuppressGCTransition]
    public static partial long TimestampOf(RdKafkaMessage* message, int* type);

    [LibraryImport(Library, EntryPoint = "rd_kafka_message_headers")]
    [SuppressGCTransition]
    public static partial int HeadersOf(RdKafkaMessage* message, IntPtr* headers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_header_get_all")]
    public static partial int HeaderAt(IntPtr headers, nuint index, byte** name, byte** value, nuint* length);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial IntPtr OpenTopic(IntPtr client, string name, IntPtr config);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_destroy")]
    public static partial void CloseTopic(IntPtr topic);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_name")]
    public static partial IntPtr NameOf(IntPtr topic);

    [LibraryImport(Library, EntryPoint = "rd_kafka_produce")]
    public static partial int Produce(IntPtr topic, int partition, int flags, byte* value, nuint length, byte* key, nuint keyLength, IntPtr opaque);

    [LibraryImport(Library, EntryPoint = "rd_kafka_last_error")]
    [SuppressGCTransition]
    public static partial int LastError();
}

/// <summary>librdkafka's <c>rd_kafka_message_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RdKafkaMessage
{
    public int Error;
    public IntPtr Topic;
    public int Partition;
    public byte* Value;
    public nuint Length;
    public byte* Key;
    public nuint KeyLength;
    public long Offset;
    public IntPtr Opaque;
}
