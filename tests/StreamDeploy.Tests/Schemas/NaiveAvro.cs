using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace StreamDeploy.Tests.Schemas;

/// <summary>What was written has no reading: a branch or a symbol that the reader does not know.</summary>
public sealed class UnreadableException(string message) : Exception(message);

/// <summary>Avro once more, from the specification alone and without a thought for speed: what the codec is measured by.</summary>
/// <remarks>A value is a JSON-like tree; a union's value is its branch and what is in it. Named types are told apart by their short names.</remarks>
public sealed class NaiveAvro
{
    private readonly Dictionary<string, JsonObject> named = new(StringComparer.Ordinal);

    public NaiveAvro(string json)
    {
        Root = JsonNode.Parse(json)!;
        Collect(Root);
    }

    public JsonNode Root { get; }

    private sealed record InUnion(int Branch, object? Value);

    private void Collect(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (JsonNode? item in items)
                Collect(item);
        }
        else if (node is JsonObject members)
        {
            if (members["name"] is { } name && members["type"] is JsonValue type && type.GetValue<string>() is "record" or "enum" or "fixed")
                named[Short(name.GetValue<string>())] = members;
            foreach ((string key, JsonNode? member) in members)
            {
                if (key != "default")
                    Collect(member);
            }
        }
    }

    private static string Short(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>The kind of a schema, and the object that defines it where it is a reference.</summary>
    private (string Kind, JsonNode Schema) Follow(JsonNode schema)
    {
        if (schema is JsonArray)
            return ("union", schema);
        if (schema is JsonObject definition)
        {
            string kind = definition["type"]!.GetValue<string>();
            return named.ContainsKey(Short(kind)) ? Follow(definition["type"]!) : (kind, definition);
        }
        string name = schema.GetValue<string>();
        return named.TryGetValue(Short(name), out JsonObject? found) ? Follow(found) : (name, schema);
    }

    public object? Generate(Random random) => Generate(Root, random, 0);

    private object? Generate(JsonNode schema, Random random, int depth)
    {
        // Trees of trees would never end.
        int itemsMax = depth > 8 ? 1 : 4;
        (string kind, schema) = Follow(schema);
        switch (kind)
        {
            case "null": return null;
            case "boolean": return random.Next(2) == 0;
            case "int": return random.Next(2) == 0 ? random.Next(-100, 100) : random.Next(int.MinValue, int.MaxValue);
            case "long": return random.NextInt64(-62_135_596_800_000, 253_402_300_800_000);
            case "float": return (float)Math.Round(random.NextDouble() * 1000, 3);
            case "double": return random.NextDouble() * Math.Pow(10, random.Next(-300, 300));
            case "string": return "t" + random.Next().ToString("x", CultureInfo.InvariantCulture) + (random.Next(3) == 0 ? "ü🚀" : "");
            case "bytes": return Encoding.UTF8.GetBytes("b" + random.Next());
            case "fixed": return Enumerable.Range(0, schema["size"]!.GetValue<int>()).Select(_ => (byte)random.Next(256)).ToArray();
            case "enum": return random.Next(schema["symbols"]!.AsArray().Count);
            case "array": return Enumerable.Range(0, random.Next(itemsMax)).Select(_ => Generate(schema["items"]!, random, depth + 1)).ToList();
            case "map": return Enumerable.Range(0, random.Next(itemsMax)).ToDictionary(i => "k" + i, _ => Generate(schema["values"]!, random, depth + 1));
            case "union":
                int branch = depth > 8 ? 0 : random.Next(schema.AsArray().Count);
                return new InUnion(branch, Generate(schema[branch]!, random, depth + 1));
            default: return schema["fields"]!.AsArray().ToDictionary(field => field!["name"]!.GetValue<string>(), field => Generate(field!["type"]!, random, depth + 1));
        }
    }

    /// <summary>A value as JSON that says which branch of a union it is, for another implementation to write.</summary>
    public JsonNode? ToJson(object? value) => ToJson(Root, value);

    private JsonNode? ToJson(JsonNode schema, object? value)
    {
        (string kind, schema) = Follow(schema);
        return kind switch
        {
            "null" => null,
            "enum" => schema["symbols"]![(int)value!]!.DeepClone(),
            "bytes" or "fixed" => Encoding.Latin1.GetString((byte[])value!),
            "array" => new JsonArray([.. ((List<object?>)value!).Select(item => ToJson(schema["items"]!, item))]),
            "map" => new JsonObject(((Dictionary<string, object?>)value!).Select(e => KeyValuePair.Create(e.Key, ToJson(schema["values"]!, e.Value)))),
            "union" => new JsonObject { ["branch"] = ((InUnion)value!).Branch, ["value"] = ToJson(schema[((InUnion)value).Branch]!, ((InUnion)value).Value) },
            "record" => new JsonObject(schema["fields"]!.AsArray().Select(field => KeyValuePair.Create(
                field!["name"]!.GetValue<string>(), ToJson(field["type"]!, ((Dictionary<string, object?>)value!)[field["name"]!.GetValue<string>()])))),
            _ => JsonValue.Create((dynamic)value!),
        };
    }

    public byte[] Encode(object? value, Random random)
    {
        var output = new MemoryStream();
        Encode(output, Root, value, random);
        return output.ToArray();
    }

    private void Encode(MemoryStream output, JsonNode schema, object? value, Random random)
    {
        (string kind, schema) = Follow(schema);
        switch (kind)
        {
            case "null": break;
            case "boolean": output.WriteByte((bool)value! ? (byte)1 : (byte)0); break;
            case "int" or "enum": WriteLong(output, (int)value!); break;
            case "long": WriteLong(output, (long)value!); break;
            case "float": output.Write(BitConverter.GetBytes((float)value!)); break;
            case "double":
                byte[] bits = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(bits, (double)value!);
                output.Write(bits);
                break;
            case "string": WriteSized(output, Encoding.UTF8.GetBytes((string)value!)); break;
            case "bytes": WriteSized(output, (byte[])value!); break;
            case "fixed": output.Write((byte[])value!); break;
            case "array":
                WriteBlocks(output, (List<object?>)value!, random, (block, item) => Encode(block, schema["items"]!, item, random));
                break;
            case "map":
                WriteBlocks(output, ((Dictionary<string, object?>)value!).ToList(), random, (block, entry) =>
                {
                    WriteSized(block, Encoding.UTF8.GetBytes(entry.Key));
                    Encode(block, schema["values"]!, entry.Value, random);
                });
                break;
            case "union":
                var chosen = (InUnion)value!;
                WriteLong(output, chosen.Branch);
                Encode(output, schema[chosen.Branch]!, chosen.Value, random);
                break;
            default:
                foreach (JsonNode? field in schema["fields"]!.AsArray())
                    Encode(output, field!["type"]!, ((Dictionary<string, object?>)value!)[field["name"]!.GetValue<string>()], random);
                break;
        }
    }

    /// <summary>One block, or one for each item, with and without its length in bytes.</summary>
    private static void WriteBlocks<T>(MemoryStream output, List<T> items, Random random, Action<MemoryStream, T> write)
    {
        int size = random.Next(2) == 0 ? Math.Max(1, items.Count) : 1;
        foreach (T[] chunk in items.Chunk(size))
        {
            var block = new MemoryStream();
            foreach (T item in chunk)
                write(block, item);
            if (random.Next(2) == 0)
            {
                WriteLong(output, chunk.Length);
            }
            else
            {
                WriteLong(output, -chunk.Length);
                WriteLong(output, block.Length);
            }
            output.Write(block.ToArray());
        }
        WriteLong(output, 0);
    }

    private static void WriteSized(MemoryStream output, byte[] bytes)
    {
        WriteLong(output, bytes.Length);
        output.Write(bytes);
    }

    private static void WriteLong(MemoryStream output, long value)
    {
        ulong left = value < 0 ? ((ulong)~value << 1) | 1 : (ulong)value << 1;
        while (left > 0x7F)
        {
            output.WriteByte((byte)(0x80 | (left & 0x7F)));
            left /= 128;
        }
        output.WriteByte((byte)left);
    }

    /// <summary>The value as the reader should see it, as RecordJson writes it.</summary>
    public string Resolve(object? value, NaiveAvro reader) => Resolve(Root, value, reader, reader.Root)!.ToJsonString();

    private JsonNode? Resolve(JsonNode writer, object? value, NaiveAvro other, JsonNode reader)
    {
        (string wrote, writer) = Follow(writer);
        (string reads, reader) = other.Follow(reader);
        if (wrote == "union")
        {
            var chosen = (InUnion)value!;
            return Resolve(writer[chosen.Branch]!, chosen.Value, other, reader);
        }
        if (reads == "union")
        {
            JsonNode branch = reader.AsArray().FirstOrDefault(branch => Matches(writer, other, branch!)) ?? throw new UnreadableException("no branch");
            return Resolve(writer, value, other, branch);
        }
        if (!Matches(writer, other, reader))
            throw new UnreadableException($"{wrote} as {reads}");
        switch (reads)
        {
            case "null": return null;
            case "enum":
                string symbol = writer["symbols"]![(int)value!]!.GetValue<string>();
                if (reader["symbols"]!.AsArray().Any(known => known!.GetValue<string>() == symbol))
                    return symbol;
                return reader["default"]?.GetValue<string>() ?? throw new UnreadableException("symbol");
            case "array": return new JsonArray([.. ((List<object?>)value!).Select(item => Resolve(writer["items"]!, item, other, reader["items"]!))]);
            case "map": return new JsonObject(((Dictionary<string, object?>)value!).Select(e => KeyValuePair.Create(e.Key, Resolve(writer["values"]!, e.Value, other, reader["values"]!))));
            case "record": return ResolveRecord(writer, (Dictionary<string, object?>)value!, other, reader);
            case "string" when value is byte[] bytes: return Encoding.UTF8.GetString(bytes);
            case "double": return JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture));
            default: return JsonValue.Create((dynamic)value!);
        }
    }

    private JsonObject ResolveRecord(JsonNode writer, Dictionary<string, object?> value, NaiveAvro other, JsonNode reader)
    {
        var record = new JsonObject();
        foreach (JsonNode? field in reader["fields"]!.AsArray())
        {
            string name = field!["name"]!.GetValue<string>();
            JsonNode? source = writer["fields"]!.AsArray().FirstOrDefault(candidate => candidate!["name"]!.GetValue<string>() == name);
            record[name] = source is null ? field["default"]?.DeepClone() : Resolve(source["type"]!, value[name], other, field["type"]!);
        }
        return record;
    }

    /// <summary>By kind and name alone: what is inside is found out when it is resolved.</summary>
    private bool Matches(JsonNode writer, NaiveAvro other, JsonNode reader)
    {
        (string wrote, writer) = Follow(writer);
        (string reads, reader) = other.Follow(reader);
        if (wrote == reads)
            return wrote is not ("record" or "enum" or "fixed") || Short(writer["name"]!.GetValue<string>()) == Short(reader["name"]!.GetValue<string>());
        return (wrote, reads) is ("int", "long" or "float" or "double") or ("long", "float" or "double") or ("float", "double")
            or ("string", "bytes") or ("bytes", "string");
    }
}
