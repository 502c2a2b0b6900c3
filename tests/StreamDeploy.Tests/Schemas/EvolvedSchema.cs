using System.Text.Json.Nodes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Schemas that a producer older, newer or merely other than us may write with: ours, changed at random in ways that can still be read.</summary>
public static class EvolvedSchema
{
    private static readonly string[] Unknown =
    [
        "\"null\"", "\"boolean\"", "\"int\"", "\"double\"", "\"bytes\"", """["null","string",{"type":"array","items":"float"}]""",
        """{"type":"map","values":{"type":"array","items":"long"}}""", """{"type":"fixed","name":"Mark","size":3}""",
        """{"type":"record","name":"Tree","fields":[{"name":"left","type":["null","Tree"]},{"name":"kids","type":{"type":"map","values":"Tree"}}]}""",
        """{"type":"enum","name":"Hue","symbols":["DARK","LIGHT"]}""",
    ];

    public static string Of(string schema, Random random)
    {
        var evolved = (JsonObject)JsonNode.Parse(schema)!;
        for (int i = random.Next(8); i >= 0; i--)
        {
            var tried = (JsonObject)evolved.DeepClone();
            // A tree whose child may not be null has no value.
            JsonObject[] records = [.. Records(tried).Where(record => record["name"]!.GetValue<string>() != "Tree" && record["fields"]!.AsArray().Count > 0)];
            ChangeRecord(records[random.Next(records.Length)], random);
            if (IsSchema(tried))
                evolved = tried;
        }
        return evolved.ToJsonString();
    }

    /// <summary>A field that goes may take along a definition that another refers to.</summary>
    private static bool IsSchema(JsonObject schema)
    {
        try
        {
            AvroSchema.ParseWriter(schema.ToJsonString());
            return true;
        }
        catch (AvroSchemaException)
        {
            return false;
        }
    }

    private static IEnumerable<JsonObject> Records(JsonNode? node) => node switch
    {
        JsonArray items => items.SelectMany(Records),
        JsonObject members when members["fields"] is JsonArray => members.Select(member => member.Value).SelectMany(Records).Prepend(members),
        JsonObject members => members.Select(member => member.Value).SelectMany(Records),
        _ => [],
    };

    private static void ChangeRecord(JsonObject record, Random random)
    {
        JsonArray fields = record["fields"]!.AsArray();
        var field = (JsonObject)fields[random.Next(fields.Count)]!;
        switch (random.Next(6))
        {
            case 0 when field.ContainsKey("default"):
                fields.Remove(field);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count), new JsonObject { ["name"] = "unknown" + random.Next(1000), ["type"] = JsonNode.Parse(Unknown[random.Next(Unknown.Length)]) });
                break;
            case 2:
                fields.Remove(field);
                fields.Insert(random.Next(fields.Count + 1), field);
                break;
            case 3:
                record["namespace"] = "elsewhere" + random.Next(10);
                break;
            default:
                field["type"] = ChangeType(field["type"]!.DeepClone(), random);
                break;
        }
    }

    private static JsonNode ChangeType(JsonNode type, Random random)
    {
        if (type is JsonArray union)
            return ChangeUnion(union, random);
        if (type is JsonObject { } definition)
        {
            if (definition["symbols"] is JsonArray symbols)
                return ChangeSymbols(definition, symbols, random);
            if (definition["items"] is { } items)
                definition["items"] = ChangeType(items.DeepClone(), random);
            if (definition["values"] is { } values)
                definition["values"] = ChangeType(values.DeepClone(), random);
            if (definition["logicalType"] is not null)
                return random.Next(2) == 0 ? "long" : "int";
            return definition;
        }
        return (type.GetValue<string>(), random.Next(3)) switch
        {
            ("long", 0) => "int",
            ("double", 0) => "float",
            ("double", 1) => "long",
            ("string", 0) => "bytes",
            ("string", 1) => JsonNode.Parse("""{"type":"string","avro.java.string":"String"}""")!,
            (var name, 2) => new JsonArray(name, name == "boolean" ? "null" : "boolean"),
            (var name, _) => name,
        };
    }

    private static JsonNode ChangeUnion(JsonArray union, Random random)
    {
        switch (random.Next(5))
        {
            case 0: return union[1]!.DeepClone();
            case 1: return new JsonArray(union[1]!.DeepClone(), union[0]!.DeepClone());
            case 2: return "null";
            case 3: return new JsonArray(union[0]!.DeepClone(), "boolean", union[1]!.DeepClone());
            default: return new JsonArray(union[0]!.DeepClone(), ChangeType(union[1]!.DeepClone(), random));
        }
    }

    private static JsonObject ChangeSymbols(JsonObject definition, JsonArray symbols, Random random)
    {
        List<string> names = [.. symbols.Select(symbol => symbol!.GetValue<string>()).OrderBy(_ => random.Next()).Take(random.Next(1, symbols.Count + 1)), "YET_UNKNOWN"];
        definition["symbols"] = new JsonArray([.. names.Select(name => (JsonNode?)name)]);
        definition.Remove("default");
        return definition;
    }
}
