using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>From a Kafka record's value to one of our records, whatever schema it was written with.</summary>
/// <remarks>Safe to share between threads. The reader of each schema id is made once and kept.</remarks>
/// <param name="registry">Where the schemas are.</param>
/// <param name="without">Properties that nobody here asks for: they are not read.</param>
public sealed class RecordDecoder<T>(SchemaRegistryClient registry, params string[] without)
{
    private readonly ConcurrentDictionary<int, AvroReader<T>> readers = new();
    private readonly HashSet<string> without = [.. without];

    /// <exception cref="PoisonException">The value can never be read.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">Its schema is not to be had for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">The registry does not let us in.</exception>
    public async ValueTask<T> DecodeAsync(ReadOnlyMemory<byte> value, CancellationToken ct)
    {
        int id = ReadId(value.Span);
        if (!readers.TryGetValue(id, out AvroReader<T>? reader))
            reader = await LoadAsync(id, ct);
        return Read(reader, value.Span, id);
    }

    /// <summary>As <see cref="DecodeAsync"/> where that need not wait; false where the schema is not loaded yet.</summary>
    /// <exception cref="PoisonException">The value can never be read.</exception>
    public bool TryDecode(ReadOnlySpan<byte> value, [MaybeNullWhen(false)] out T record)
    {
        int id = ReadId(value);
        if (!readers.TryGetValue(id, out AvroReader<T>? reader))
        {
            // What another decoder of this process has asked for is there at once.
            if (!registry.Knows(id))
            {
                record = default;
                return false;
            }
            reader = LoadAsync(id, CancellationToken.None).GetAwaiter().GetResult();
        }
        record = Read(reader, value, id);
        return true;
    }

    private static int ReadId(ReadOnlySpan<byte> value) =>
        WireFormat.TryReadId(value, out int id, out string error) ? id : throw new PoisonException(PoisonReason.NotWireFormat, error);

    private async Task<AvroReader<T>> LoadAsync(int id, CancellationToken ct)
    {
        try
        {
            AvroSchema schema = await registry.GetAsync(id, ct);
            return readers.GetOrAdd(id, _ => AvroCodec<T>.Instance.ReaderFor(schema, without));
        }
        catch (UnknownSchemaException e)
        {
            throw new PoisonException(PoisonReason.UnknownSchema, e.Message, e);
        }
        catch (UnreadableSchemaException e)
        {
            throw new PoisonException(PoisonReason.UnreadableSchema, e.Message, e);
        }
        catch (AvroResolutionException e)
        {
            throw new PoisonException(PoisonReason.IncompatibleSchema, $"written with schema {id}: {e.Message}", e);
        }
    }

    private static T Read(AvroReader<T> reader, ReadOnlySpan<byte> value, int id)
    {
        try
        {
            return reader.Read(value[WireFormat.HeaderLength..]);
        }
        catch (AvroException e)
        {
            throw new PoisonException(PoisonReason.Malformed, $"written with schema {id}: {e.Message}", e);
        }
    }
}
