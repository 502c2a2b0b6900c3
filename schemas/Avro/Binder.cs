using System.Reflection;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Finds the property of each field, once, at start-up; whatever does not fit fails there.</summary>
/// <remarks>The property of "alertId" is AlertId; of "occurredAt" with logicalType timestamp-millis it is OccurredAtMs.</remarks>
internal sealed class Binder
{
    private readonly Dictionary<(RecordType, Type), RecordBinding> records = [];

    public static BoundType Bind(AvroSchema schema, Type clr) => new Binder().Bind(schema.Root, clr, clr.Name);

    private BoundType Bind(AvroType schema, Type clr, string where)
    {
        if (schema is not UnionType union)
            return BindCore(schema, schema, clr, nullIndex: -1, where);
        int nullIndex = union.Branches.ToList().FindIndex(branch => branch.Kind == AvroKind.Null);
        if (union.Branches.Count != 2 || nullIndex < 0)
            throw Unfit(where, "of the unions only null with one other type can be bound");
        if (clr.IsValueType && Nullable.GetUnderlyingType(clr) is null)
            throw Unfit(where, $"the schema allows null, {clr.Name} does not");
        return BindCore(schema, union.Branches[1 - nullIndex], clr, nullIndex, where);
    }

    private BoundType BindCore(AvroType whole, AvroType schema, Type clr, int nullIndex, string where)
    {
        var bound = new BoundType(schema, clr, nullIndex) { Whole = whole };
        if (nullIndex < 0 && Nullable.GetUnderlyingType(clr) is not null)
            throw Unfit(where, $"{clr} allows null, the schema does not");
        Type core = bound.Core;
        switch (schema)
        {
            case RecordType record when core.IsClass && core.GetConstructor(Type.EmptyTypes) is not null:
                return bound with { Record = BindRecord(record, core) };
            case EnumType symbols when core.IsEnum && Enum.GetUnderlyingType(core) == typeof(int):
                if (symbols.Symbols.Except(Enum.GetNames(core), StringComparer.Ordinal).FirstOrDefault() is { } symbol)
                    throw Unfit(where, $"{core.Name} has no member {symbol}");
                return bound with { Enum = new EnumBinding(symbols, core) };
            case ArrayType array when core.IsSZArray:
                return bound with { Item = Bind(array.Items, core.GetElementType()!, where + "[]") };
            case MapType map when IsMap(core):
                return bound with { Item = Bind(map.Values, core.GetGenericArguments()[1], where + "[]") };
            case PrimitiveType or FixedType when core == Expected(schema.Kind):
                return bound;
            default:
                throw Unfit(where, $"{schema.Label} cannot be held by {clr}");
        }
    }

    private RecordBinding BindRecord(RecordType schema, Type clr)
    {
        if (records.TryGetValue((schema, clr), out RecordBinding? binding))
            return binding;
        binding = new RecordBinding(schema, clr);
        records.Add((schema, clr), binding);
        binding.Fields = [.. schema.Fields.Select(field => BindField(field, clr))];
        foreach (PropertyInfo property in clr.GetProperties().Where(property => property.CanWrite))
        {
            if (binding.Fields.All(field => field.Property != property))
                throw Unfit($"{clr.Name}.{property.Name}", $"{schema.FullName} has no such field");
        }
        return binding;
    }

    private BoundField BindField(AvroField field, Type clr)
    {
        string name = PropertyName(field);
        PropertyInfo property = clr.GetProperty(name) is { CanRead: true, CanWrite: true } found
            ? found
            : throw Unfit($"{clr.Name}.{name}", $"there is no such property for the field '{field.Name}'");
        return new BoundField(field, property, Bind(field.Type, property.PropertyType, $"{clr.Name}.{name}"));
    }

    private static string PropertyName(AvroField field)
    {
        string name = char.ToUpperInvariant(field.Name[0]) + field.Name[1..];
        AvroType type = field.Type is UnionType union ? union.Branches.First(branch => branch.Kind != AvroKind.Null) : field.Type;
        return IsTime(type) ? name + "Ms" : name;
    }

    public static bool IsTime(AvroType type) => type is { Kind: AvroKind.Long, LogicalType: "timestamp-millis" };

    private static bool IsMap(Type clr) => clr.IsGenericType
        && clr.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
        && clr.GetGenericArguments()[0] == typeof(string);

    private static Type? Expected(AvroKind kind) => kind switch
    {
        AvroKind.Boolean => typeof(bool),
        AvroKind.Int => typeof(int),
        AvroKind.Long => typeof(long),
        AvroKind.Float => typeof(float),
        AvroKind.Double => typeof(double),
        AvroKind.Bytes or AvroKind.Fixed => typeof(byte[]),
        AvroKind.String => typeof(string),
        _ => null,
    };

    private static AvroSchemaException Unfit(string where, string problem) => new($"{where}: the record does not fit its schema: {problem}");
}
