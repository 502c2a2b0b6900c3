using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas;

/// <summary>Reads what one writer's schema wrote. Immutable and safe to share between threads; making one compiles code, so keep it.</summary>
public sealed class AvroReader<T>
{
    private readonly ReadValue<T> read;

    internal AvroReader(AvroSchema writer, BoundType reader, IReadOnlySet<string>? without)
    {
        Writer = writer;
        read = ReadPlan.Compile<T>(writer.Root, reader, without);
    }

    public AvroSchema Writer { get; }

    /// <param name="body">One value and nothing after it. It allocates no more than a small multiple of its length.</param>
    /// <exception cref="AvroException">The bytes are not what the schema says; the message names the field and the offset.</exception>
    public T Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var cursor = new AvroCursor(body);
            T value = read(ref cursor);
            cursor.End();
            return value;
        }
        catch (AvroException e)
        {
            throw new AvroException(e.Problem, e.Offset, AvroTrace.PathAt(Writer.Root, body, e.Offset));
        }
    }
}
