using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using ClickHouse.Driver;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Checks once, before the first insert into a table, that its columns have the types that are written.</summary>
/// <remarks>Binary rows carry no types: in a table that someone has altered they would be read as other values, without an error.</remarks>
internal sealed class WrittenColumns(ClickHouseHttp clickHouse)
{
    private readonly ConcurrentDictionary<string, bool> _checked = new();

    /// <exception cref="ClickHouseException">A column is missing or of another type; or ClickHouse does not answer.</exception>
    public async Task CheckAsync<T>(string table, CancellationToken cancellation)
    {
        if (_checked.ContainsKey(table))
            return;
        string answer = await clickHouse.QueryAsync($"DESCRIBE TABLE {table} FORMAT TSVRaw", cancellation).ConfigureAwait(false);
        Dictionary<string, string> types = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToDictionary(column => column[0], column => OnTheWire(column[1]));
        foreach ((string name, string type) in Of(typeof(T)))
        {
            if (!types.TryGetValue(name, out string? there))
                throw Refused($"the table {table} has no column {name}, which this version writes");
            if (there != type)
                throw Refused($"the column {name} of the table {table} is read as {there}, and this version writes {type}");
        }
        _checked[table] = true;
    }

    /// <summary>Names and types of the columns that a row is written into.</summary>
    public static IEnumerable<(string Name, string Type)> Of(Type row) =>
        row.GetProperties().Select(property => property.GetCustomAttribute<ClickHouseColumnAttribute>()).OfType<ClickHouseColumnAttribute>().Select(column => (column.Name, column.Type));

    /// <summary>A type as a row of RowBinary holds it: a time is the number of its milliseconds, and a dictionary is not there.</summary>
    private static string OnTheWire(string type) =>
        type.Replace("LowCardinality(String)", "String", StringComparison.Ordinal).Replace("DateTime64(3, 'UTC')", "Int64", StringComparison.Ordinal);

    private static ClickHouseException Refused(string why) => new(why, null, HttpStatusCode.Conflict);
}
