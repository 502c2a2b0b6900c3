using System.Buffers;
using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas;

/// <summary>One of our records in Avro's bytes. Looks at the type once, when it is made; after that compiled code runs.</summary>
/// <remarks>Safe to share between threads. Fields are bound to properties by name: see <see cref="Binder"/>.</remarks>
public sealed class AvroCodec<T>
{
    private const int ScratchBytesMax = 1 << 20;

    /// <summary>Lazy, so that another schema can be bound to a type without one, and an error is its own and no TypeInitializationException.</summary>
    private static readonly Lazy<AvroCodec<T>> Own = new(() => new AvroCodec<T>(AvroSchema.For<T>()));

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? scratch;

    private readonly BoundType type;
    private readonly WriteValue<T> write;

    private AvroCodec(AvroSchema schema)
    {
        Schema = schema;
        type = Binder.Bind(schema, typeof(T));
        write = WritePlan.Compile<T>(type);
    }

    /// <summary>The codec of the .avsc that bears the record's name.</summary>
    public static AvroCodec<T> Instance => Own.Value;

    public AvroSchema Schema { get; }

    /// <summary>A codec by another schema than the one that bears the record's name.</summary>
    /// <exception cref="AvroSchemaException">The record's properties do not fit the schema.</exception>
    public static AvroCodec<T> Bind(AvroSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new AvroCodec<T>(schema);
    }

    /// <exception cref="AvroException">The value does not fit its schema: null where it must not be, or an enum's number without a name.</exception>
    public void Write(IBufferWriter<byte> output, T value)
    {
        ArgumentNullException.ThrowIfNull(output);
        var bytes = new AvroOutput(output);
        write(ref bytes, value);
        bytes.Flush();
    }

    /// <summary>The value's bytes.</summary>
    /// <param name="value">The record.</param>
    /// <param name="headerLength">So many bytes are left free before the body, for the caller's header.</param>
    /// <inheritdoc cref="Write"/>
    public byte[] Encode(T value, int headerLength = 0)
    {
        ArrayBufferWriter<byte> buffer = scratch is { Capacity: <= ScratchBytesMax } kept ? kept : scratch = new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        buffer.GetSpan(headerLength)[..headerLength].Clear();
        buffer.Advance(headerLength);
        Write(buffer, value);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A reader of what was written with another schema, by Avro's rules of resolution. Keep it: making one compiles code.</summary>
    /// <param name="writer">The other schema.</param>
    /// <param name="without">Properties of the record that are not wanted: they are passed over and stay as they are in a new one.</param>
    /// <exception cref="AvroResolutionException">Nothing the writer writes can be read; the message says where and why.</exception>
    public AvroReader<T> ReaderFor(AvroSchema writer, IReadOnlySet<string>? without = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new AvroReader<T>(writer, type, without);
    }
}
