using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamDeploy.Tests.ClickHouse.Grafana;

/// <summary>A panel's SQL as Grafana and its ClickHouse plugin send it: variables first, then the plugin's macros, by the plugin's documentation and source (pkg/macros/macros.go of 4.x).</summary>
internal sealed partial record GrafanaQuery(DateTimeOffset From, DateTimeOffset To, IReadOnlyDictionary<string, string[]?> Variables)
{
    /// <summary>What a variable has when All is chosen.</summary>
    public const string[]? All = null;

    /// <exception cref="InvalidOperationException">A variable or macro is left that nobody knows.</exception>
    public string Expand(string sql)
    {
        string expanded = ConditionalAll().Replace(sql, match => Values(match.Groups["variable"].Value) is null ? "1=1" : match.Groups["condition"].Value);
        expanded = SingleQuoted().Replace(expanded, match => Quoted(Values(match.Groups[1].Value) ?? throw new InvalidOperationException($"${match.Groups[1].Value} may be All: put it into $__conditionalAll")));
        expanded = DateFilter().Replace(expanded, match => $"{match.Groups[1].Value} >= toDate('{Date(From)}') AND {match.Groups[1].Value} <= toDate('{Date(To)}')");
        expanded = TimeInterval().Replace(expanded, match => $"toStartOfInterval(toDateTime({match.Groups[1].Value}), INTERVAL 3600 second)");
        expanded = expanded.Replace("$__fromTime", $"toDateTime({From.ToUnixTimeSeconds()})", StringComparison.Ordinal).Replace("$__toTime", $"toDateTime({To.ToUnixTimeSeconds()})", StringComparison.Ordinal);
        return expanded.Contains('$', StringComparison.Ordinal) ? throw new InvalidOperationException("neither a macro nor a variable that is defined: " + expanded[expanded.IndexOf('$', StringComparison.Ordinal)..]) : expanded;
    }

    private string[]? Values(string variable) =>
        Variables.TryGetValue(variable, out string[]? values) ? values : throw new InvalidOperationException($"${variable} is not defined on this dashboard");

    private static string Quoted(string[] values) => string.Join(',', values.Select(value => "'" + value.Replace("'", "\\'", StringComparison.Ordinal) + "'"));

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\$__conditionalAll\((?<condition>[^()]*\([^()]*\)[^()]*), \$(?<variable>\w+)\)")]
    private static partial Regex ConditionalAll();

    [GeneratedRegex(@"\$\{(\w+):singlequote\}")]
    private static partial Regex SingleQuoted();

    [GeneratedRegex(@"\$__dateFilter\(([\w.]+)\)")]
    private static partial Regex DateFilter();

    [GeneratedRegex(@"\$__timeInterval\(([\w.]+)\)")]
    private static partial Regex TimeInterval();
}
