using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>A table or view, the rows that it has to have, and how its rows are compared with what ClickHouse says.</summary>
public sealed class OracleView(string name, Func<OracleInput, IEnumerable<OracleRow>> rows)
{
    private const int DifferencesMax = 6;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Name => name;

    /// <summary>A raw table may have a row twice until its parts are merged.</summary>
    public bool Final { get; init; }

    /// <summary>Columns of floating point that depend on the order of summation: compared to a relative 1e-9. All others have to be equal.</summary>
    public IReadOnlyList<string> Approximate { get; init; } = [];

    /// <param name="settings">Further settings of ClickHouse: ", name = value".</param>
    public string Sql(string settings) => $"SELECT * FROM {name}{(Final ? " FINAL" : "")} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0{settings}";

    public IEnumerable<OracleRow> Rows(OracleInput input) => rows(input);

    public ViewComparison Compare(IReadOnlyList<OracleRow> expected, string answer)
    {
        var actual = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!);
        List<(string Exact, double?[] Near)> missing = [.. expected.Select(Key).Order(Order)], surplus = [.. actual.Select(Key).Order(Order)];
        foreach ((string Exact, double?[] Near) row in missing.ToList())
        {
            int same = surplus.FindIndex(other => other.Exact == row.Exact && other.Near.Zip(row.Near).All(pair => IsNear(pair.First, pair.Second)));
            if (same < 0)
                continue;
            surplus.RemoveAt(same);
            missing.Remove(row);
        }
        IEnumerable<string> differences = missing.Select(row => $"{name} lacks {Text(row)}").Take(DifferencesMax)
            .Concat(surplus.Select(row => $"{name} has  {Text(row)}").Take(DifferencesMax));
        return new(name, expected.Count, [.. differences]);
    }

    private static readonly Comparer<(string Exact, double?[] Near)> Order = Comparer<(string Exact, double?[] Near)>.Create((a, b) => string.CompareOrdinal(a.Exact, b.Exact));

    private (string, double?[]) Key<T>(IReadOnlyDictionary<string, T> row)
    {
        IEnumerable<string> exact = row.Where(cell => !Approximate.Contains(cell.Key)).OrderBy(cell => cell.Key, StringComparer.Ordinal)
            .Select(cell => $"{cell.Key}={Cell(cell.Value)}");
        return (string.Join(' ', exact), [.. Approximate.Select(column => Number(row[column]))]);
    }

    private string Text((string Exact, double?[] Near) row) =>
        row.Exact + string.Concat(Approximate.Zip(row.Near, (column, number) => $" {column}={number?.ToString("R", CultureInfo.InvariantCulture) ?? "null"}"));

    private static string Cell(object? value) => value switch
    {
        null => "null",
        JsonElement { ValueKind: JsonValueKind.Array } array => $"[{string.Join(',', array.EnumerateArray().Select(item => Cell(item)))}]",
        JsonElement { ValueKind: JsonValueKind.Object } map => $"{{{string.Join(',', map.EnumerateObject().Select(p => $"{p.Name}:{p.Value}"))}}}",
        JsonElement { ValueKind: JsonValueKind.Number } number => number.TryGetInt64(out long whole) ? Cell(whole) : Cell(number.GetDouble()),
        JsonElement { ValueKind: JsonValueKind.String } text => Cell(text.GetString()),
        JsonElement other => other.GetRawText(),
        string text => JsonSerializer.Serialize(text, Json),
        bool flag => flag ? "true" : "false",
        DateOnly day => Cell(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IReadOnlyDictionary<string, string> map => $"{{{string.Join(',', map.Select(p => $"{p.Key}:{p.Value}"))}}}",
        IEnumerable list => $"[{string.Join(',', list.Cast<object?>().Select(Cell))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static double? Number(object? value) => value switch
    {
        null or JsonElement { ValueKind: JsonValueKind.Null } => null,
        JsonElement number => number.GetDouble(),
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
    };

    private static bool IsNear(double? a, double? b) => a is null || b is null ? a is null && b is null : Math.Abs(a.Value - b.Value) <= 1e-9 * Math.Max(1, Math.Abs(b.Value));
}
