using System.Reflection;

namespace StreamDeploy.Schemas.Avro;

/// <summary>A schema's node and the .NET type that holds its values.</summary>
/// <param name="Schema">Never a union: ["null", X] is X with <paramref name="NullIndex"/> 0.</param>
/// <param name="Clr">As the property says it, so with the ? of a nullable value.</param>
/// <param name="NullIndex">Where null stands in the union, -1 where the value cannot be null.</param>
internal sealed record BoundType(AvroType Schema, Type Clr, int NullIndex)
{
    public bool Nullable => NullIndex >= 0;

    /// <summary>The type without the ? of a nullable value.</summary>
    public Type Core => System.Nullable.GetUnderlyingType(Clr) ?? Clr;

    /// <summary>The schema as it was, union and all.</summary>
    public required AvroType Whole { get; init; }

    /// <summary>Of an array or a map.</summary>
    public BoundType? Item { get; init; }

    /// <summary>Of a record, in the order of the schema. Set when the record is bound, for it may hold itself.</summary>
    public RecordBinding? Record { get; init; }

    public EnumBinding? Enum { get; init; }
}

/// <summary>A record's fields and the properties that hold them.</summary>
internal sealed class RecordBinding(RecordType schema, Type clr)
{
    public RecordType Schema { get; } = schema;

    public Type Clr { get; } = clr;

    public IReadOnlyList<BoundField> Fields { get; set; } = [];
}

internal sealed record BoundField(AvroField Schema, PropertyInfo Property, BoundType Type)
{
    /// <summary>The property and where it is, for error messages.</summary>
    public string Path { get; } = $"{Property.DeclaringType!.Name}.{Schema.Name}";
}

/// <summary>An enum's symbols and the members of the same names.</summary>
internal sealed class EnumBinding
{
    public EnumBinding(EnumType schema, Type clr)
    {
        Schema = schema;
        Values = [.. schema.Symbols.Select(symbol => Convert.ToInt32(Enum.Parse(clr, symbol), null))];
        Indexes = Values.Select((value, index) => (value, index)).ToDictionary(pair => pair.value, pair => pair.index);
    }

    public EnumType Schema { get; }

    /// <summary>The member of each symbol.</summary>
    public int[] Values { get; }

    /// <summary>The symbol of each member.</summary>
    public Dictionary<int, int> Indexes { get; }
}
