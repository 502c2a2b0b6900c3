using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas.Json;

internal sealed class JsonBoolean(bool nullable) : JsonType(nullable)
{
    public override string Label => "true or false";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth) =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : null;

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth) => writer.WriteBooleanValue((bool)value);
}

internal sealed class JsonInt(bool nullable) : JsonType(nullable)
{
    public override string Label => "an integer of 32 bits";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) ? number : null;

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth) => writer.WriteNumberValue((int)value);
}

internal sealed class JsonLong(bool nullable) : JsonType(nullable)
{
    public override string Label => "an integer of 64 bits";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) ? number : null;

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth) => writer.WriteNumberValue((long)value);
}

/// <summary>JSON has no word for these three; as Java's Avro, they are written as strings.</summary>
internal sealed class JsonNumber(bool nullable, bool isFloat) : JsonType(nullable)
{
    public override string Label => "a number";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        double? number = element.ValueKind == JsonValueKind.Number ? Finite(element) : Text(element, parent, name) switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        };
        return number is null ? null : isFloat ? (object)(float)number : number;
    }

    private double? Finite(JsonElement element) =>
        element.TryGetDouble(out double number) && double.IsFinite(isFloat ? (float)number : number) ? number : null;

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        double number = isFloat ? (float)value : (double)value;
        if (!double.IsFinite(number))
            writer.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
        else if (isFloat)
            writer.WriteNumberValue((float)value);
        else
            writer.WriteNumberValue(number);
    }
}

internal sealed class JsonText(bool nullable) : JsonType(nullable)
{
    public override string Label => "a string";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth) => Text(element, parent, name);

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth) => writer.WriteStringValue((string)value);
}

/// <summary>As Avro has it: a string of the code points U+0000 to U+00FF, a byte each.</summary>
internal sealed class JsonBytes(bool nullable, int? size) : JsonType(nullable)
{
    public override string Label => size is null ? "a string of U+0000 to U+00FF" : $"a string of {size} characters U+0000 to U+00FF";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        string? text = Text(element, parent, name);
        return text is not null && text.All(c => c <= 0xFF) && (size ?? text.Length) == text.Length ? Encoding.Latin1.GetBytes(text) : null;
    }

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        var bytes = (byte[])value;
        if (bytes.Length != (size ?? bytes.Length))
            throw new RecordJsonException(path, $"{bytes.Length} bytes, the schema has {size}");
        writer.WriteStringValue(Encoding.Latin1.GetString(bytes));
    }
}

internal sealed class JsonSymbol(BoundType type) : JsonType(type.Nullable)
{
    private readonly EnumBinding symbols = type.Enum!;
    private readonly object[] members = [.. type.Enum!.Values.Select(value => Enum.ToObject(type.Core, value))];
    private readonly Dictionary<string, int> indexes = type.Enum!.Schema.Symbols.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);

    public override string Label => $"one of {string.Join(", ", symbols.Schema.Symbols)}";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        string? symbol = Text(element, parent, name);
        if (symbol is null)
            return null;
        return indexes.TryGetValue(symbol, out int index) || (symbols.Schema.Default is { } other && indexes.TryGetValue(other, out index)) ? members[index] : null;
    }

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        if (!symbols.Indexes.TryGetValue((int)value, out int index))
            throw new RecordJsonException(path, $"{value} is no symbol of {symbols.Schema.FullName}");
        writer.WriteStringValue(symbols.Schema.Symbols[index]);
    }
}
