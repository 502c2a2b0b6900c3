namespace StreamDeploy.Schemas.Avro;

/// <summary>From the index of a writer's symbol to the member of our enum: by name, unknown ones to the reader's default.</summary>
internal sealed class SymbolMap
{
    private readonly EnumType writer;
    private readonly EnumType reader;
    private readonly int?[] values;

    public SymbolMap(EnumType writer, EnumBinding reader)
    {
        this.writer = writer;
        this.reader = reader.Schema;
        values = [.. writer.Symbols.Select(symbol => Value(reader, symbol) ?? Value(reader, reader.Schema.Default))];
    }

    public int Read(ref AvroCursor cursor)
    {
        int index = cursor.ReadIndex(values.Length, "enum");
        return values[index] ?? throw AvroCursor.Wrong(cursor.IndexAt, $"{reader.FullName} has no symbol {writer.Symbols[index]} and no default");
    }

    private static int? Value(EnumBinding reader, string? symbol)
    {
        int index = symbol is null ? -1 : reader.Schema.Symbols.ToList().IndexOf(symbol);
        return index < 0 ? null : reader.Values[index];
    }
}
