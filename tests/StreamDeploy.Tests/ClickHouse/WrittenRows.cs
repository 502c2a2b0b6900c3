using System.Text;
using System.Text.Json;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Reads the body of an insert of RowBinary back, by ClickHouse's documentation of the format and not by the driver that wrote it.</summary>
internal static class WrittenRows
{
    private static readonly Type[] RowTypes = [typeof(DeploymentRow), typeof(AlertRow), typeof(SuspectRow), typeof(EnrichmentRow), typeof(DeadLetterRow)];
    private static readonly string[] Tables = ["deployment_events", "alert_events", "enrichment_suspects", "enrichment_revisions", "dead_letters"];

    /// <summary>What DESCRIBE TABLE says of a table that has what is written.</summary>
    public static string Describe(string table) => string.Join('\n', ColumnsOf(table).Select(column => $"{column.Name}\t{column.Type}"));

    /// <summary>The table, and each row as JSON.</summary>
    /// <exception cref="EndOfStreamException">The body ends within a row.</exception>
    public static (string Table, List<string> Rows) Read(byte[] body)
    {
        int end = Array.IndexOf(body, (byte)'\n');
        string query = Encoding.UTF8.GetString(body, 0, end);
        Assert.EndsWith(" FORMAT RowBinary", query, StringComparison.Ordinal);
        string table = query.Split(' ')[2];
        var types = ColumnsOf(table).ToDictionary(column => column.Name, column => column.Type);
        string[] names = query[(query.IndexOf('(') + 1)..query.IndexOf(')')].Split(", ").Select(name => name.Trim('`')).ToArray();
        using var reader = new BinaryReader(new MemoryStream(body, end + 1, body.Length - end - 1));
        var rows = new List<string>();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
            rows.Add(JsonSerializer.Serialize(names.ToDictionary(name => name, name => Value(reader, types[name]))));
        return (table, rows);
    }

    private static IEnumerable<(string Name, string Type)> ColumnsOf(string table) => WrittenColumns.Of(RowTypes[Array.IndexOf(Tables, table)]);

    private static object? Value(BinaryReader reader, string type) => type switch
    {
        "String" => reader.ReadString(),
        "Int64" => reader.ReadInt64(),
        "Int32" => reader.ReadInt32(),
        "UInt16" => reader.ReadUInt16(),
        "Float64" => reader.ReadDouble(),
        "Bool" => reader.ReadBoolean(),
        "Nullable(Int64)" => reader.ReadByte() == 1 ? null : reader.ReadInt64(),
        "Map(String, String)" => Enumerable.Range(0, reader.Read7BitEncodedInt()).Select(_ => KeyValuePair.Create(reader.ReadString(), reader.ReadString())).ToDictionary(),
        _ when type.StartsWith("Array(", StringComparison.Ordinal) => Enumerable.Range(0, reader.Read7BitEncodedInt()).Select(_ => Value(reader, type[6..^1])).ToArray(),
        _ => throw new InvalidOperationException("no column is of the type " + type),
    };
}
