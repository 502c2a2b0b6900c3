namespace StreamDeploy.Schemas.Avro;

/// <summary>Avro's rules for reading what one schema wrote as another says, without any value.</summary>
/// <remarks>https://avro.apache.org/docs/1.11.1/specification/#schema-resolution</remarks>
/// <param name="everyValue">True: every value the writer can write must be readable, as a registry asks; false: some value.</param>
internal sealed class Resolution(bool everyValue)
{
    /// <summary>No value nests so deep: see <see cref="AvroCursor.DepthMax"/>. A recursive schema is met again much earlier.</summary>
    private const int DepthMax = 4 * AvroCursor.DepthMax;

    private readonly Dictionary<(AvroType, AvroType), string?> known = [];
    private readonly Stack<(AvroType, AvroType)> order = new();
    private int depth;

    /// <summary>Null if it resolves; else where and why not.</summary>
    public string? Problem(AvroType writer, AvroType reader, string where)
    {
        if (known.TryGetValue((writer, reader), out string? problem))
            return problem;
        // A pair that is met again inside itself is taken to resolve; what was concluded from that goes again if it does not.
        known[(writer, reader)] = null;
        int mark = order.Count;
        order.Push((writer, reader));
        depth++;
        problem = depth > DepthMax ? $"{where}: the schemas nest deeper than {DepthMax} levels" : FindProblem(writer, reader, where);
        depth--;
        if (problem is not null)
        {
            while (order.Count > mark)
                known.Remove(order.Pop());
            known[(writer, reader)] = problem;
        }
        return problem;
    }

    private string? FindProblem(AvroType writer, AvroType reader, string where)
    {
        if (writer is UnionType written)
            return WriterUnion(written, reader, where);
        if (reader is UnionType read)
            return Branch(writer, read) is null ? $"{where}: {writer.Label} was written, which is no branch of the reader's union" : null;
        return (writer, reader) switch
        {
            (RecordType w, RecordType r) => Named(w, r, where) ?? Record(w, r, where),
            (EnumType w, EnumType r) => Named(w, r, where) ?? Symbols(w, r, where),
            (FixedType w, FixedType r) => Named(w, r, where) ?? (w.Size == r.Size ? null : $"{where}: a fixed of {w.Size} bytes was written, {r.Size} are expected"),
            (ArrayType w, ArrayType r) => Problem(w.Items, r.Items, where + "[]"),
            (MapType w, MapType r) => Problem(w.Values, r.Values, where + "[]"),
            _ => Promotes(writer.Kind, reader.Kind) ? null : $"{where}: {writer.Label} was written, {reader.Label} is expected",
        };
    }

    private string? WriterUnion(UnionType writer, AvroType reader, string where)
    {
        string? first = null;
        foreach (AvroType branch in writer.Branches)
        {
            string? problem = Problem(branch, reader, where);
            if (problem is null != everyValue)
                return problem;
            first ??= problem;
        }
        return first;
    }

    /// <summary>The branch a reader's union takes: the first of the same type, else the first that the value can be promoted to.</summary>
    public AvroType? Branch(AvroType writer, UnionType reader) =>
        reader.Branches.FirstOrDefault(branch => branch.Kind == writer.Kind && Problem(writer, branch, "") is null)
        ?? reader.Branches.FirstOrDefault(branch => Problem(writer, branch, "") is null);

    private string? Record(RecordType writer, RecordType reader, string where)
    {
        AvroField?[] sources = Sources(writer, reader);
        for (int i = 0; i < sources.Length; i++)
        {
            AvroField field = reader.Fields[i];
            string path = $"{where}.{field.Name}";
            if (sources[i] is { } source)
            {
                if (Problem(source.Type, field.Type, path) is { } problem)
                    return problem;
            }
            else if (field.Default is null)
            {
                return $"{path}: was not written and has no default";
            }
        }
        return null;
    }

    /// <summary>For each of the reader's fields the writer's that feeds it: the one of its name, else of one of its aliases; each feeds one.</summary>
    public static AvroField?[] Sources(RecordType writer, RecordType reader)
    {
        var left = new Dictionary<string, AvroField>(StringComparer.Ordinal);
        foreach (AvroField field in writer.Fields)
            left[field.Name] = field;
        var sources = new AvroField?[reader.Fields.Count];
        for (int i = 0; i < sources.Length; i++)
        {
            if (left.Remove(reader.Fields[i].Name, out AvroField? source))
                sources[i] = source;
        }
        for (int i = 0; i < sources.Length; i++)
        {
            foreach (string alias in reader.Fields[i].Aliases)
            {
                if (sources[i] is null && left.Remove(alias, out AvroField? source))
                    sources[i] = source;
            }
        }
        return sources;
    }

    private string? Symbols(EnumType writer, EnumType reader, string where)
    {
        if (!everyValue || reader.Default is not null)
            return null;
        string? unknown = writer.Symbols.Except(reader.Symbols, StringComparer.Ordinal).FirstOrDefault();
        return unknown is null ? null : $"{where}: the symbol {unknown} may have been written, which {reader.FullName} lacks, and it has no default";
    }

    private static string? Named(NamedType writer, NamedType reader, string where) =>
        writer.Name == reader.Name || reader.Aliases.Contains(writer.FullName, StringComparer.Ordinal)
            ? null
            : $"{where}: {writer.Label} was written, {reader.Label} is expected";

    private static bool Promotes(AvroKind writer, AvroKind reader) => writer == reader
        ? writer is not (AvroKind.Record or AvroKind.Enum or AvroKind.Fixed or AvroKind.Array or AvroKind.Map)
        : (writer, reader) is (AvroKind.Int, AvroKind.Long or AvroKind.Float or AvroKind.Double)
            or (AvroKind.Long, AvroKind.Float or AvroKind.Double)
            or (AvroKind.Float, AvroKind.Double)
            or (AvroKind.String, AvroKind.Bytes)
            or (AvroKind.Bytes, AvroKind.String);
}
