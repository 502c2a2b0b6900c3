using System.Globalization;
using System.Text.Json;

namespace StreamDeploy.Schemas.Json;

internal sealed class JsonArray<T>(bool nullable, JsonType item) : JsonType(nullable)
{
    public override string Label => "an array";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        if (element.ValueKind != JsonValueKind.Array)
            return null;
        string path = Join(parent, name);
        T[] items = element.GetArrayLength() == 0 ? [] : new T[element.GetArrayLength()];
        int i = 0;
        foreach (JsonElement entry in element.EnumerateArray())
        {
            items[i] = (T)item.Read(entry, path, $"[{i.ToString(CultureInfo.InvariantCulture)}]", depth + 1)!;
            i++;
        }
        return items;
    }

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        writer.WriteStartArray();
        foreach (T entry in (T[])value)
            item.Write(writer, entry, path + "[]", depth + 1);
        writer.WriteEndArray();
    }
}

internal sealed class JsonMap<T>(bool nullable, JsonType item) : JsonType(nullable)
{
    public override string Label => "an object";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        string path = Join(parent, name);
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string key = JsonRecord.NameOf(property, path);
            if (!entries.TryAdd(key, (T)item.Read(property.Value, path, key, depth + 1)!))
                throw new RecordJsonException(Join(path, key), "is there twice");
        }
        return entries;
    }

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        writer.WriteStartObject();
        foreach ((string key, T entry) in (IReadOnlyDictionary<string, T>)value)
        {
            writer.WritePropertyName(key);
            item.Write(writer, entry, path + "[]", depth + 1);
        }
        writer.WriteEndObject();
    }
}
