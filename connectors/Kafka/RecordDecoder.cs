using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>From a Kafka record's value to one of our records, whatever schema it was written with.</summary>
/// <remarks>
/// Safe to share between threads. The reader of each schema is made once and kept. The schema is the one that the record header
/// <see cref="WireFormat.SchemaIdHeader"/> names, and where there is no such header the one that the value begins with.
/// </remarks>
/// <param name="registry">Where the schemas are.</param>
/// <param name="without">Properties that nobody here asks for: they are not read.</param>
public sealed class RecordDecoder<T>(SchemaRegistryClient registry, params string[] without)
{
    private const int ReadersMax = 10_000;

    /// <summary>Apart from those by GUID: nearly every record names a number, and finding one by a number alone is faster.</summary>
    private readonly ConcurrentDictionary<int, AvroReader<T>> readers = new();
    private readonly ConcurrentDictionary<Guid, AvroReader<T>> readersByGuid = new();
    private readonly HashSet<string> without = [.. without];

    /// <summary>Decodes the value of a record without headers.</summary>
    /// <inheritdoc cref="DecodeAsync(ReadOnlyMemory{byte}, Headers?, CancellationToken)"/>
    public ValueTask<T> DecodeAsync(ReadOnlyMemory<byte> value, CancellationToken ct) => DecodeAsync(value, null, ct);

    /// <exception cref="PoisonException">The value can never be read.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">Its schema cannot be fetched now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">The registry does not let us in.</exception>
    public async ValueTask<T> DecodeAsync(ReadOnlyMemory<byte> value, Headers? headers, CancellationToken ct)
    {
        int start = IdOf(value.Span, headers, out SchemaId id);
        if (!TryFind(id, out AvroReader<T>? reader))
            reader = Keep(id, await LoadAsync(id, ct));
        return Read(reader, value.Span[start..], id);
    }

    /// <summary>Decodes the value of a record without headers.</summary>
    /// <inheritdoc cref="TryDecode(ReadOnlySpan{byte}, Headers?, out T)"/>
    public bool TryDecode(ReadOnlySpan<byte> value, [MaybeNullWhen(false)] out T record) => TryDecode(value, null, out record);

    /// <summary>As <see cref="DecodeAsync(ReadOnlyMemory{byte}, Headers?, CancellationToken)"/> where that need not wait; false where the schema is not loaded yet.</summary>
    /// <exception cref="PoisonException">The value can never be read.</exception>
    public bool TryDecode(ReadOnlySpan<byte> value, Headers? headers, [MaybeNullWhen(false)] out T record)
    {
        int start = IdOf(value, headers, out SchemaId id);
        if (!TryFind(id, out AvroReader<T>? reader))
        {
            // What another decoder of this process has asked for is there at once.
            if (registry.Find(id) is not { } schema)
            {
                record = default;
                return false;
            }
            reader = Keep(id, ReaderOf(schema, id));
        }
        record = Read(reader, value[start..], id);
        return true;
    }

    /// <returns>Where the body begins.</returns>
    private static int IdOf(ReadOnlySpan<byte> value, Headers? headers, out SchemaId id)
    {
        // As Confluent's deserializers do: the last header of the name counts, and then the value is not looked at.
        if (headers is not null && headers.TryGetLastBytes(WireFormat.SchemaIdHeader, out byte[]? header))
            return WireFormat.TryReadIdHeader(header, out id, out string problem) ? 0 : throw new PoisonException(PoisonReason.NotWireFormat, problem);
        if (!WireFormat.TryReadId(value, out int number, out string error))
            throw new PoisonException(PoisonReason.NotWireFormat, error);
        id = SchemaId.Of(number);
        return WireFormat.HeaderLength;
    }

    private bool TryFind(SchemaId id, [NotNullWhen(true)] out AvroReader<T>? reader) =>
        id.IsGuid ? readersByGuid.TryGetValue(id.Guid, out reader) : readers.TryGetValue(id.Number, out reader);

    private AvroReader<T> Keep(SchemaId id, AvroReader<T> reader) => id.IsGuid ? Keep(readersByGuid, id.Guid, reader) : Keep(readers, id.Number, reader);

    /// <summary>Whoever registers schemas without end must not fill our memory: forgetting all costs making the readers again.</summary>
    private static AvroReader<T> Keep<TKey>(ConcurrentDictionary<TKey, AvroReader<T>> known, TKey key, AvroReader<T> reader)
        where TKey : notnull
    {
        if (known.Count >= ReadersMax)
            known.Clear();
        return known.GetOrAdd(key, reader);
    }

    private async Task<AvroReader<T>> LoadAsync(SchemaId id, CancellationToken ct)
    {
        try
        {
            return ReaderOf(await registry.GetAsync(id, ct), id);
        }
        catch (UnknownSchemaException e)
        {
            throw new PoisonException(PoisonReason.UnknownSchema, e.Message, e);
        }
        catch (UnreadableSchemaException e)
        {
            throw new PoisonException(PoisonReason.UnreadableSchema, e.Message, e);
        }
    }

    private AvroReader<T> ReaderOf(AvroSchema schema, SchemaId id)
    {
        try
        {
            return AvroCodec<T>.Instance.ReaderFor(schema, without);
        }
        catch (AvroResolutionException e)
        {
            throw new PoisonException(PoisonReason.IncompatibleSchema, $"written with schema {id}: {e.Message}", e);
        }
    }

    private static T Read(AvroReader<T> reader, ReadOnlySpan<byte> body, SchemaId id)
    {
        try
        {
            return reader.Read(body);
        }
        catch (AvroException e)
        {
            throw new PoisonException(PoisonReason.Malformed, $"written with schema {id}: {e.Message}", e);
        }
    }
}
