using System.Buffers;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>From one of our records to a Kafka record's value. Safe to share between threads.</summary>
public sealed class RecordEncoder<T>(SchemaRegistryClient registry, string topic)
{
    private const int NotPrepared = 0;
    private volatile int id = NotPrepared;

    /// <summary>Registers our schema for the topic; once, before anything is encoded.</summary>
    /// <exception cref="SchemaRejectedException">The topic's older schemas do not allow ours.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">No answer for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">The registry does not let us in.</exception>
    public async Task PrepareAsync(CancellationToken ct)
    {
        if (id == NotPrepared)
            id = await registry.RegisterAsync(Subjects.Of(topic), AvroCodec<T>.Instance.Schema, ct);
    }

    /// <exception cref="AvroException">The record does not fit its schema.</exception>
    public void Write(IBufferWriter<byte> output, T value)
    {
        WireFormat.WriteHeader(output.GetSpan(WireFormat.HeaderLength), Id);
        output.Advance(WireFormat.HeaderLength);
        AvroCodec<T>.Instance.Write(output, value);
    }

    /// <exception cref="AvroException">The record does not fit its schema.</exception>
    public byte[] Encode(T value)
    {
        byte[] bytes = AvroCodec<T>.Instance.Encode(value, WireFormat.HeaderLength);
        WireFormat.WriteHeader(bytes, Id);
        return bytes;
    }

    private int Id => id != NotPrepared ? id : throw new InvalidOperationException($"the encoder of {topic} was not prepared");
}
