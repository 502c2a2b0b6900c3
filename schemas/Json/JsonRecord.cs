using System.Linq.Expressions;
using System.Text.Json;
using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas.Json;

/// <summary>A field of a record: its name in JSON, its property and what stands for it where it is missing.</summary>
internal sealed class JsonField(BoundField field, JsonType type)
{
    public JsonType Type { get; } = type;

    public string Path { get; } = field.Path;

    public JsonEncodedText Name { get; } = JsonEncodedText.Encode(field.Schema.Name);

    public string PlainName { get; } = field.Schema.Name;

    public bool HasDefault { get; } = field.Schema.Default is not null;

    public object? Default { get; } = field.Schema.Default is null ? null : ReadPlan.Default(field);

    public Func<object, object?> Get { get; } = Getter(field);

    private static Func<object, object?> Getter(BoundField field)
    {
        ParameterExpression record = Expression.Parameter(typeof(object), "record");
        Expression value = Expression.Property(Expression.Convert(record, field.Property.DeclaringType!), field.Property);
        return Expression.Lambda<Func<object, object?>>(Expression.Convert(value, typeof(object)), record).Compile();
    }
}

internal sealed class JsonRecord : JsonType
{
    private readonly Func<object?[], object> create;
    private readonly Dictionary<string, int> indexes;

    public JsonRecord(BoundType type) : base(type.Nullable)
    {
        RecordBinding record = type.Record!;
        Name = record.Clr.Name;
        create = Creator(record);
        indexes = record.Fields.Index().ToDictionary(pair => pair.Item.Schema.Name, pair => pair.Index, StringComparer.Ordinal);
    }

    public string Name { get; }

    /// <summary>Set once, before use: a record may hold itself.</summary>
    public IReadOnlyList<JsonField> Fields { get; set; } = [];

    public override string Label => "an object";

    public static string NameOf(JsonProperty property, string path)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new RecordJsonException(path, "a name with half of a surrogate pair");
        }
    }

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        string path = Join(parent, name);
        var values = new object?[Fields.Count];
        var seen = new bool[Fields.Count];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!indexes.TryGetValue(NameOf(property, path), out int i))
                continue;
            JsonField field = Fields[i];
            if (seen[i])
                throw new RecordJsonException(Join(path, field.PlainName), "is there twice");
            seen[i] = true;
            values[i] = field.Type.Read(property.Value, path, field.PlainName, depth + 1);
        }
        for (int i = 0; i < values.Length; i++)
        {
            if (!seen[i])
                values[i] = Fields[i].HasDefault ? Fields[i].Default : throw Missing(path, Fields[i]);
        }
        return create(values);
    }

    private static RecordJsonException Missing(string path, JsonField field) =>
        new(Join(path, field.PlainName), $"is missing; {field.Type.Label} is expected");

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth)
    {
        writer.WriteStartObject();
        foreach (JsonField field in Fields)
        {
            writer.WritePropertyName(field.Name);
            field.Type.Write(writer, field.Get(value), field.Path, depth + 1);
        }
        writer.WriteEndObject();
    }

    private static Func<object?[], object> Creator(RecordBinding record)
    {
        ParameterExpression values = Expression.Parameter(typeof(object[]), "values");
        IEnumerable<MemberAssignment> members = record.Fields.Select((field, i) => Expression.Bind(
            field.Property, Expression.Convert(Expression.ArrayIndex(values, Expression.Constant(i)), field.Type.Clr)));
        return Expression.Lambda<Func<object?[], object>>(Expression.MemberInit(Expression.New(record.Clr), members), values).Compile();
    }
}
