using System.Text.Json;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Avro 1.11's schema language. Every limit is here because a schema may come from a registry that others write to.</summary>
/// <remarks>https://avro.apache.org/docs/1.11.1/specification/</remarks>
/// <param name="strict">False for a writer's schema: neither its defaults nor its namespaces matter to a reader, and Java's Avro writes any.</param>
internal sealed class SchemaParser(bool strict)
{
    public const int TextCharsMax = 1 << 20;
    public const int JsonDepthMax = 256;
    private const int NameCharsMax = 512;
    private const int NamedTypesMax = 2_000;
    private const int FieldsMax = 20_000;
    private const int SymbolsMax = 20_000;
    private const int BranchesMax = 256;

    private readonly Dictionary<string, NamedType> named = new(StringComparer.Ordinal);
    private int fieldCount;
    private int symbolCount;

    /// <summary>Of several schemas that are parsed one after the other, each may use the types of those before.</summary>
    public AvroType Parse(JsonElement schema)
    {
        AvroType root = Parse(schema, "", "schema");
        foreach (NamedType type in named.Values)
            _ = type.BytesMin;
        return root;
    }

    private AvroType Parse(JsonElement schema, string space, string where) => schema.ValueKind switch
    {
        JsonValueKind.String => Refer(schema.GetString()!, space, where),
        JsonValueKind.Array => Union(schema, space, where),
        JsonValueKind.Object => Define(schema, space, where),
        _ => throw Wrong(where, $"a schema is a name, an object or an array of schemas, not {Kind(schema)}"),
    };

    private AvroType Refer(string name, string space, string where, string? logicalType = null)
    {
        if (PrimitiveKind(name) is { } kind)
            return new PrimitiveType(kind) { LogicalType = logicalType };
        if (name.Length > NameCharsMax)
            throw Wrong(where, $"a name of {name.Length} characters; at most {NameCharsMax} are allowed");
        if (named.TryGetValue(FullName(name, space), out NamedType? found) || named.TryGetValue(name, out found))
            return found;
        throw Wrong(where, $"no type '{name}' is defined before this place");
    }

    private UnionType Union(JsonElement schema, string space, string where)
    {
        if (schema.GetArrayLength() is 0 or > BranchesMax)
            throw Wrong(where, $"a union of {schema.GetArrayLength()} branches; 1 to {BranchesMax} are allowed");
        var branches = new List<AvroType>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement branch in schema.EnumerateArray())
        {
            AvroType type = Parse(branch, space, $"{where}[{branches.Count}]");
            if (type.Kind == AvroKind.Union)
                throw Wrong(where, "a union directly inside a union");
            if (!seen.Add(type is NamedType name ? name.FullName : type.Label))
                throw Wrong(where, $"the union has {type.Label} twice");
            branches.Add(type);
        }
        return new UnionType(branches);
    }

    private AvroType Define(JsonElement schema, string space, string where)
    {
        if (!schema.TryGetProperty("type", out JsonElement type))
            throw Wrong(where, "'type' is missing");
        if (type.ValueKind != JsonValueKind.String)
            return Parse(type, space, where + ".type");
        string? logicalType = schema.TryGetProperty("logicalType", out JsonElement logical) && logical.ValueKind == JsonValueKind.String
            ? logical.GetString()
            : null;
        return type.GetString() switch
        {
            "record" or "error" => Record(schema, space, where),
            "enum" => Enum(schema, space, where),
            "fixed" => Fixed(schema, space, where, logicalType),
            "array" => new ArrayType(Parse(Required(schema, "items", where), space, where + ".items")) { LogicalType = logicalType },
            "map" => new MapType(Parse(Required(schema, "values", where), space, where + ".values")) { LogicalType = logicalType },
            var name => Refer(name!, space, where, logicalType),
        };
    }

    private RecordType Record(JsonElement schema, string space, string where)
    {
        (string fullName, string inner, string[] aliases) = Name(schema, space, where);
        var record = new RecordType(fullName, aliases);
        Add(record, where);
        JsonElement list = Required(schema, "fields", fullName);
        if (list.ValueKind != JsonValueKind.Array)
            throw Wrong(fullName, $"'fields' must be an array, not {Kind(list)}");
        var fields = new List<AvroField>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement element in list.EnumerateArray())
        {
            AvroField field = Field(element, inner, $"{fullName}.fields[{fields.Count}]", fullName);
            if (!seen.Add(field.Name))
                throw Wrong(fullName, $"the field '{field.Name}' is there twice");
            if (++fieldCount > FieldsMax)
                throw Wrong(fullName, $"the schema has more than {FieldsMax} fields");
            fields.Add(field);
        }
        record.Fields = fields;
        return record;
    }

    private AvroField Field(JsonElement element, string space, string where, string record)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong(where, $"a field is an object, not {Kind(element)}");
        string name = CheckName(Text(Required(element, "name", where), where + ".name"), where + ".name");
        where = $"{record}.{name}";
        AvroType type = Parse(Required(element, "type", where), space, where);
        string[] aliases = [.. Texts(element, "aliases", where).Select(alias => CheckName(alias, where + ".aliases"))];
        if (!element.TryGetProperty("default", out JsonElement value))
            return new AvroField(name, type, aliases, null);
        if (strict && SchemaDefault.Problem(type, value, where) is { } problem)
            throw new AvroSchemaException($"the default of {problem}");
        return new AvroField(name, type, aliases, value);
    }

    private EnumType Enum(JsonElement schema, string space, string where)
    {
        (string fullName, _, string[] aliases) = Name(schema, space, where);
        Required(schema, "symbols", fullName);
        string[] symbols = [.. Texts(schema, "symbols", fullName).Select(symbol => CheckName(symbol, fullName + ".symbols"))];
        if ((symbolCount += symbols.Length) > SymbolsMax)
            throw Wrong(fullName, $"the schema has more than {SymbolsMax} enum symbols");
        if (symbols.Distinct(StringComparer.Ordinal).Count() != symbols.Length)
            throw Wrong(fullName, "a symbol is there twice");
        string? standard = null;
        if (schema.TryGetProperty("default", out JsonElement value))
        {
            standard = Text(value, fullName + ".default");
            if (!symbols.Contains(standard, StringComparer.Ordinal))
                throw Wrong(fullName, $"the default '{standard}' is none of the symbols");
        }
        var type = new EnumType(fullName, aliases, symbols, standard);
        Add(type, where);
        return type;
    }

    private FixedType Fixed(JsonElement schema, string space, string where, string? logicalType)
    {
        (string fullName, _, string[] aliases) = Name(schema, space, where);
        JsonElement size = Required(schema, "size", fullName);
        if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt32(out int bytes) || bytes < 0)
            throw Wrong(fullName, "'size' must be an integer, 0 or greater");
        var type = new FixedType(fullName, aliases, bytes) { LogicalType = logicalType };
        Add(type, where);
        return type;
    }

    private void Add(NamedType type, string where)
    {
        if (named.Count == NamedTypesMax)
            throw Wrong(where, $"the schema has more than {NamedTypesMax} named types");
        if (!named.TryAdd(type.FullName, type))
            throw Wrong(where, $"'{type.FullName}' is defined twice");
    }

    /// <summary>A name with a dot is a full name and its namespace the enclosing one of what it holds; else 'namespace' counts, else the enclosing one.</summary>
    private (string FullName, string Inner, string[] Aliases) Name(JsonElement schema, string space, string where)
    {
        string name = Text(Required(schema, "name", where), where + ".name");
        if (name.Contains('.', StringComparison.Ordinal))
            space = name[..name.LastIndexOf('.')];
        else if (schema.TryGetProperty("namespace", out JsonElement explicitSpace) && explicitSpace.ValueKind != JsonValueKind.Null)
            space = Text(explicitSpace, where + ".namespace");
        string fullName = CheckFullName(FullName(name, space), where + ".name");
        if (PrimitiveKind(fullName) is not null)
            throw Wrong(where, $"'{fullName}' is a primitive type and cannot be defined");
        string[] aliases = [.. Texts(schema, "aliases", where).Select(alias => CheckFullName(FullName(alias, space), where + ".aliases"))];
        return (fullName, space, aliases);
    }

    private static string FullName(string name, string space) =>
        name.Contains('.', StringComparison.Ordinal) || space.Length == 0 ? name.TrimStart('.') : $"{space}.{name}";

    private string CheckFullName(string name, string where)
    {
        if (name.Length > NameCharsMax)
            throw Wrong(where, $"a name of {name.Length} characters; at most {NameCharsMax} are allowed");
        string[] parts = name.Split('.');
        foreach (string part in strict ? parts : parts[^1..])
            CheckName(part, where);
        return name;
    }

    private static string CheckName(string name, string where)
    {
        if (name.Length > NameCharsMax)
            throw Wrong(where, $"a name of {name.Length} characters; at most {NameCharsMax} are allowed");
        bool right = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (char c in name)
            right &= char.IsAsciiLetterOrDigit(c) || c == '_';
        return right ? name : throw Wrong(where, $"'{name}' is no name: letters, digits and _ are allowed, not beginning with a digit");
    }

    private static IEnumerable<string> Texts(JsonElement schema, string property, string where)
    {
        if (!schema.TryGetProperty(property, out JsonElement list))
            yield break;
        if (list.ValueKind != JsonValueKind.Array)
            throw Wrong(where, $"'{property}' must be an array of strings, not {Kind(list)}");
        foreach (JsonElement element in list.EnumerateArray())
            yield return Text(element, $"{where}.{property}");
    }

    private static JsonElement Required(JsonElement schema, string property, string where) =>
        schema.TryGetProperty(property, out JsonElement value) ? value : throw Wrong(where, $"'{property}' is missing");

    private static string Text(JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(where, $"a string is expected, not {Kind(element)}");

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();

    private static AvroKind? PrimitiveKind(string name) => name switch
    {
        "null" => AvroKind.Null,
        "boolean" => AvroKind.Boolean,
        "int" => AvroKind.Int,
        "long" => AvroKind.Long,
        "float" => AvroKind.Float,
        "double" => AvroKind.Double,
        "bytes" => AvroKind.Bytes,
        "string" => AvroKind.String,
        _ => null,
    };

    private static AvroSchemaException Wrong(string where, string problem) => new($"{where}: {problem}");
}
