namespace StreamDeploy.Schemas.Avro;

/// <summary>What compiled writers call. Where something is missing they name the field as the schema does.</summary>
internal static class WriteSteps
{
    public static void WriteLong(ref AvroOutput output, long value) => output.WriteLong(value);

    public static void WriteBoolean(ref AvroOutput output, bool value) => output.WriteBoolean(value);

    public static void WriteFloat(ref AvroOutput output, float value) => output.WriteFloat(value);

    public static void WriteDouble(ref AvroOutput output, double value) => output.WriteDouble(value);

    public static void WriteString(ref AvroOutput output, string? value, string where) => output.WriteString(value ?? throw Missing(where));

    public static void WriteBytes(ref AvroOutput output, byte[]? value, string where) => output.WriteBytes(value ?? throw Missing(where));

    public static void WriteFixed(ref AvroOutput output, byte[]? value, int size, string where)
    {
        if ((value ?? throw Missing(where)).Length != size)
            throw new AvroException($"{where}: {value.Length} bytes, the schema has {size}");
        output.WriteFixed(value);
    }

    public static void WriteEnum(ref AvroOutput output, int value, EnumBinding symbols, string where)
    {
        if (!symbols.Indexes.TryGetValue(value, out int index))
            throw new AvroException($"{where}: {value} is no symbol of {symbols.Schema.FullName}");
        output.WriteLong(index);
    }

    public static void WriteArray<T>(ref AvroOutput output, T[]? items, WriteSlot<T> slot, string where)
    {
        output.Enter();
        if ((items ?? throw Missing(where)).Length > 0)
        {
            output.WriteLong(items.Length);
            foreach (T item in items)
                slot.Write(ref output, item);
        }
        output.WriteLong(0);
        output.Leave();
    }

    public static void WriteMap<T>(ref AvroOutput output, IReadOnlyDictionary<string, T>? entries, WriteSlot<T> slot, string where)
    {
        output.Enter();
        if ((entries ?? throw Missing(where)).Count > 0)
        {
            output.WriteLong(entries.Count);
            foreach ((string key, T value) in entries)
            {
                output.WriteString(key);
                slot.Write(ref output, value);
            }
        }
        output.WriteLong(0);
        output.Leave();
    }

    public static void EnterRecord(ref AvroOutput output, object? value, string where)
    {
        if (value is null)
            throw Missing(where);
        output.Enter();
    }

    public static void Leave(ref AvroOutput output) => output.Leave();

    private static AvroException Missing(string where) => new($"{where}: null, which the schema does not allow");
}
