using System.Text.Json;
using StreamDeploy.Schemas.Avro;
using StreamDeploy.Schemas.Json;

namespace StreamDeploy.Schemas;

/// <summary>One of our records as JSON, with the field names of its .avsc.</summary>
/// <remarks>
/// Written: times as epoch milliseconds, nulls, every field. Read: times as epoch milliseconds or ISO 8601 with an offset; a missing field takes the schema's
/// default, an unknown symbol the enum's; unknown fields are ignored, a known one that is there twice is an error. Safe to share between threads.
/// </remarks>
public sealed class RecordJson<T>
{
    private static readonly Lazy<RecordJson<T>> Own = new(() => new RecordJson<T>(AvroSchema.For<T>()));

    private readonly JsonRecord record;

    private RecordJson(AvroSchema schema)
    {
        BoundType type = Binder.Bind(schema, typeof(T));
        record = new JsonTypes().Of(type) as JsonRecord ?? throw new AvroSchemaException($"{typeof(T)}: the schema of a record is expected");
    }

    /// <summary>By the .avsc that bears the record's name.</summary>
    public static RecordJson<T> Instance => Own.Value;

    /// <summary>By another schema.</summary>
    /// <exception cref="AvroSchemaException">The record's properties do not fit the schema.</exception>
    public static RecordJson<T> Bind(AvroSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new RecordJson<T>(schema);
    }

    /// <param name="element">The record's object.</param>
    /// <param name="path">What the caller calls it: errors begin with it. May be empty.</param>
    /// <exception cref="RecordJsonException">It is not the record; the message says where, what was read and what is expected.</exception>
    public T Read(JsonElement element, string path) => (T)record.Read(element, path, "", depth: 0)!;

    /// <exception cref="RecordJsonException">The record does not fit its schema.</exception>
    public void Write(Utf8JsonWriter writer, T value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        record.Write(writer, value, record.Name, depth: 0);
    }
}
