using System.Text.Json;
using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas.Json;

/// <summary>How the values of one bound type are read from JSON and written to it.</summary>
/// <remarks>A path comes in two parts, which are joined only where an error or a value inside needs it.</remarks>
internal abstract class JsonType(bool nullable)
{
    private const int DepthMax = AvroCursor.DepthMax;
    private const int EchoCharsMax = 60;

    /// <summary>What is expected, for errors.</summary>
    public abstract string Label { get; }

    public object? Read(JsonElement element, string parent, string name, int depth)
    {
        if (element.ValueKind == JsonValueKind.Null && nullable)
            return null;
        if (depth > DepthMax)
            throw new RecordJsonException(Join(parent, name), $"nests deeper than {DepthMax} levels");
        return ReadValue(element, parent, name, depth) ?? throw Unexpected(element, Join(parent, name));
    }

    public void Write(Utf8JsonWriter writer, object? value, string path, int depth)
    {
        if (depth > DepthMax)
            throw new RecordJsonException(path, $"nests deeper than {DepthMax} levels");
        if (value is not null)
            WriteValue(writer, value, path, depth);
        else if (nullable)
            writer.WriteNullValue();
        else
            throw new RecordJsonException(path, "null, which the schema does not allow");
    }

    /// <summary>The value, or null if it is not what is expected.</summary>
    protected abstract object? ReadValue(JsonElement element, string parent, string name, int depth);

    protected abstract void WriteValue(Utf8JsonWriter writer, object value, string path, int depth);

    protected static string Join(string parent, string name) =>
        parent.Length == 0 || name.Length == 0 || name[0] == '[' ? parent + name : $"{parent}.{name}";

    protected static string? Text(JsonElement element, string parent, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            throw new RecordJsonException(Join(parent, name), "a string with half of a surrogate pair");
        }
    }

    private RecordJsonException Unexpected(JsonElement element, string path)
    {
        string read = element.ValueKind switch
        {
            JsonValueKind.Undefined => "nothing",
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            _ => element.GetRawText() is { Length: > EchoCharsMax } text ? text[..EchoCharsMax] + "…" : element.GetRawText(),
        };
        return new RecordJsonException(path, $"{read} was read; {Label} is expected");
    }
}

/// <summary>Makes the <see cref="JsonType"/> of a bound type. A record that holds itself gets one.</summary>
internal sealed class JsonTypes
{
    private readonly Dictionary<(RecordBinding, bool), JsonRecord> records = [];

    public JsonType Of(BoundType type) => type.Schema.Kind switch
    {
        AvroKind.Record => Record(type),
        AvroKind.Enum => new JsonSymbol(type),
        AvroKind.Array => Generic(typeof(JsonArray<>), type),
        AvroKind.Map => Generic(typeof(JsonMap<>), type),
        AvroKind.Boolean => new JsonBoolean(type.Nullable),
        AvroKind.Int => new JsonInt(type.Nullable),
        AvroKind.Long when Binder.IsTime(type.Schema) => new JsonTime(type.Nullable),
        AvroKind.Long => new JsonLong(type.Nullable),
        AvroKind.Float or AvroKind.Double => new JsonNumber(type.Nullable, type.Schema.Kind == AvroKind.Float),
        AvroKind.Bytes or AvroKind.Fixed => new JsonBytes(type.Nullable, (type.Schema as FixedType)?.Size),
        _ => new JsonText(type.Nullable),
    };

    private JsonType Generic(Type definition, BoundType type) =>
        (JsonType)Activator.CreateInstance(definition.MakeGenericType(type.Item!.Clr), type.Nullable, Of(type.Item))!;

    private JsonRecord Record(BoundType type)
    {
        if (records.TryGetValue((type.Record!, type.Nullable), out JsonRecord? record))
            return record;
        record = new JsonRecord(type);
        records.Add((type.Record!, type.Nullable), record);
        record.Fields = [.. type.Record!.Fields.Select(field => new JsonField(field, Of(field.Type)))];
        return record;
    }
}
