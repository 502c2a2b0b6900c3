using System.Text.Json;

namespace StreamDeploy.Schemas.Avro;

internal enum AvroKind { Null, Boolean, Int, Long, Float, Double, Bytes, String, Record, Enum, Array, Map, Union, Fixed }

/// <summary>A node of a parsed schema. Named types are nodes that are referred to more than once, so that a schema may be a cyclic graph.</summary>
internal abstract class AvroType(AvroKind kind)
{
    public AvroKind Kind { get; } = kind;

    /// <summary>As the schema says it; what it means is the reader's business, and an unknown one means nothing.</summary>
    public string? LogicalType { get; init; }

    /// <summary>The fewest bytes a value can take: what bounds the items that a block may claim.</summary>
    /// <remarks>0 only where every value takes no byte. A record that holds itself without a way out takes infinitely many.</remarks>
    public abstract int BytesMin { get; }

    /// <summary>How error messages call it.</summary>
    public virtual string Label => Kind.ToString().ToLowerInvariant();
}

internal sealed class PrimitiveType(AvroKind kind) : AvroType(kind)
{
    public override int BytesMin => Kind switch { AvroKind.Null => 0, AvroKind.Float => 4, AvroKind.Double => 8, _ => 1 };
}

internal abstract class NamedType(AvroKind kind, string fullName, IReadOnlyList<string> aliases) : AvroType(kind)
{
    public string FullName { get; } = fullName;

    public string Name { get; } = fullName[(fullName.LastIndexOf('.') + 1)..];

    /// <summary>Full names.</summary>
    public IReadOnlyList<string> Aliases { get; } = aliases;

    public override string Label => $"{base.Label} {FullName}";
}

internal sealed class RecordType(string fullName, IReadOnlyList<string> aliases) : NamedType(AvroKind.Record, fullName, aliases)
{
    private const int NotComputed = -1;

    /// <summary>The parser asks for it before anyone shares the schema, so that it is written once.</summary>
    private int bytesMin = NotComputed;

    /// <summary>Set once, after the fields are parsed, for they may refer to this record.</summary>
    public IReadOnlyList<AvroField> Fields { get; set; } = [];

    public override int BytesMin
    {
        get
        {
            if (bytesMin == NotComputed)
            {
                bytesMin = int.MaxValue;
                long sum = 0;
                foreach (AvroField member in Fields)
                    sum = Math.Min(int.MaxValue, sum + member.Type.BytesMin);
                bytesMin = (int)sum;
            }
            return bytesMin;
        }
    }
}

internal sealed record AvroField(string Name, AvroType Type, IReadOnlyList<string> Aliases, JsonElement? Default);

internal sealed class EnumType(string fullName, IReadOnlyList<string> aliases, IReadOnlyList<string> symbols, string? defaultSymbol)
    : NamedType(AvroKind.Enum, fullName, aliases)
{
    public IReadOnlyList<string> Symbols { get; } = symbols;

    public string? Default { get; } = defaultSymbol;

    public override int BytesMin => 1;
}

internal sealed class FixedType(string fullName, IReadOnlyList<string> aliases, int size) : NamedType(AvroKind.Fixed, fullName, aliases)
{
    public int Size { get; } = size;

    public override int BytesMin => Size;
}

internal sealed class ArrayType(AvroType items) : AvroType(AvroKind.Array)
{
    public AvroType Items { get; } = items;

    public override int BytesMin => 1;
}

internal sealed class MapType(AvroType values) : AvroType(AvroKind.Map)
{
    public AvroType Values { get; } = values;

    public override int BytesMin => 1;
}

internal sealed class UnionType(IReadOnlyList<AvroType> branches) : AvroType(AvroKind.Union)
{
    public IReadOnlyList<AvroType> Branches { get; } = branches;

    public override int BytesMin => 1;
}
