using System.Buffers;
using System.Text;
using System.Text.Json;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Field defaults as the schema writes them in JSON: whether they fit their type, and what they are in Avro's bytes.</summary>
internal static class SchemaDefault
{
    /// <summary>Null if the value fits; else where and why not.</summary>
    /// <remarks>Looks into no other field's default: each was checked where it stands, and records that nest by defaults alone would take 2^depth steps.</remarks>
    public static string? Problem(AvroType type, JsonElement value, string where)
    {
        switch (type)
        {
            case RecordType record:
                return RecordProblem(record, value, where);
            case EnumType symbols:
                return value.ValueKind != JsonValueKind.String ? Unfit(type, value, where)
                    : symbols.Symbols.Contains(value.GetString()!, StringComparer.Ordinal) ? null : $"{where} is no symbol of {symbols.FullName}: {Cut(value)}";
            case FixedType bytes:
                return !IsBytes(value) ? Unfit(type, value, where)
                    : value.GetString()!.Length == bytes.Size ? null : $"{where} has {value.GetString()!.Length} bytes, {bytes.FullName} has {bytes.Size}";
            case ArrayType array:
                if (value.ValueKind != JsonValueKind.Array)
                    return Unfit(type, value, where);
                return value.EnumerateArray().Select((item, i) => Problem(array.Items, item, $"{where}[{i}]")).FirstOrDefault(problem => problem is not null);
            case MapType map:
                if (value.ValueKind != JsonValueKind.Object)
                    return Unfit(type, value, where);
                return value.EnumerateObject().Select(p => Problem(map.Values, p.Value, $"{where}.{p.Name}")).FirstOrDefault(problem => problem is not null);
            case UnionType union:
                return Problem(union.Branches[0], value, where) is { } first ? first + " (the default of a union is one of its first branch)" : null;
            default:
                return FitsPrimitive(type.Kind, value) ? null : Unfit(type, value, where);
        }
    }

    private static string? RecordProblem(RecordType record, JsonElement value, string where)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return Unfit(record, value, where);
        foreach (AvroField field in record.Fields)
        {
            if (!value.TryGetProperty(field.Name, out JsonElement member))
            {
                if (field.Default is null)
                    return $"{where} lacks '{field.Name}', which has no default of its own";
            }
            else if (Problem(field.Type, member, $"{where}.{field.Name}") is { } problem)
            {
                return problem;
            }
        }
        return null;
    }

    private static bool FitsPrimitive(AvroKind kind, JsonElement value) => kind switch
    {
        AvroKind.Null => value.ValueKind == JsonValueKind.Null,
        AvroKind.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        AvroKind.Int => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
        AvroKind.Long => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        AvroKind.Float or AvroKind.Double => value.ValueKind == JsonValueKind.Number,
        AvroKind.Bytes => IsBytes(value),
        _ => value.ValueKind == JsonValueKind.String,
    };

    /// <summary>Bytes are written as a string of the code points U+0000 to U+00FF.</summary>
    private static bool IsBytes(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString()!.All(c => c <= 0xFF);

    private static string Unfit(AvroType type, JsonElement value, string where) => $"{where} does not fit {type.Label}: {Cut(value)}";

    private static string Cut(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }

    /// <summary>The bytes of a default that was checked.</summary>
    public static byte[] Encode(AvroType type, JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var output = new AvroOutput(buffer);
        Encode(ref output, type, value);
        output.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Encode(ref AvroOutput output, AvroType type, JsonElement value)
    {
        switch (type)
        {
            case RecordType record:
                foreach (AvroField field in record.Fields)
                    Encode(ref output, field.Type, value.TryGetProperty(field.Name, out JsonElement member) ? member : field.Default!.Value);
                break;
            case EnumType symbols:
                output.WriteLong(symbols.Symbols.ToList().IndexOf(value.GetString()!));
                break;
            case FixedType:
                output.WriteFixed(Encoding.Latin1.GetBytes(value.GetString()!));
                break;
            case ArrayType array:
                if (value.GetArrayLength() > 0)
                    output.WriteLong(value.GetArrayLength());
                foreach (JsonElement item in value.EnumerateArray())
                    Encode(ref output, array.Items, item);
                output.WriteLong(0);
                break;
            case MapType map:
                if (value.EnumerateObject().Any())
                    output.WriteLong(value.EnumerateObject().Count());
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    output.WriteString(property.Name);
                    Encode(ref output, map.Values, property.Value);
                }
                output.WriteLong(0);
                break;
            case UnionType union:
                output.WriteLong(0);
                Encode(ref output, union.Branches[0], value);
                break;
            default:
                EncodePrimitive(ref output, type.Kind, value);
                break;
        }
    }

    private static void EncodePrimitive(ref AvroOutput output, AvroKind kind, JsonElement value)
    {
        switch (kind)
        {
            case AvroKind.Boolean: output.WriteBoolean(value.GetBoolean()); break;
            case AvroKind.Int or AvroKind.Long: output.WriteLong(value.GetInt64()); break;
            case AvroKind.Float: output.WriteFloat(value.GetSingle()); break;
            case AvroKind.Double: output.WriteDouble(value.GetDouble()); break;
            case AvroKind.Bytes: output.WriteBytes(Encoding.Latin1.GetBytes(value.GetString()!)); break;
            case AvroKind.String: output.WriteString(value.GetString()!); break;
        }
    }
}
