using System.Diagnostics;
using System.Globalization;
using System.Text;
using StreamDeploy.Benchmarks.EndToEnd.Children;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Tests.ClickHouse.Grafana;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The queries of the dashboards on a large history, one after the other as a page asks them, with the engine in a process of its own.</summary>
internal sealed class HistoryQueries(BenchSettings settings, Action<string> progress)
{
    private const int Rounds = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), End = Start + TimeSpan.FromDays(180);
    private static readonly (string Name, int Days)[] Spans = [("7 days", 7), ("30 days", 30)];

    public async Task<IReadOnlyList<QueryReport>> RunAsync(CancellationToken cancellationToken)
    {
        var order = new ChildOrder { BootstrapServers = "", RegistryUrl = "", TopicPrefix = "", Group = "", Protocol = "", Threads = 1, Partitions = 1, Share = 1, Records = settings.Records };
        using var engine = new Child("engine", order);
        var clickHouse = new ClickHouseSettings { Url = $"http://127.0.0.1:{engine.Read(Limit, cancellationToken).Port}/", Database = "bench", RequestTimeout = Limit };
        using var http = new ClickHouseHttp(clickHouse);
        await new SchemaSetup(clickHouse, http).RunAsync(dryRun: false, cancellationToken);
        await LoadAsync(http, cancellationToken);
        var reports = new List<QueryReport>();
        foreach (var (span, days) in Spans)
        {
            var queries = Queries(days);
            var times = queries.ToDictionary(query => query.Name, _ => new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (name, sql) in queries)
                {
                    var started = Stopwatch.GetTimestamp();
                    await http.QueryAsync(sql, cancellationToken);
                    times[name].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }
            var slowest = times.MaxBy(each => Percentile(each.Value, 0.95)).Key;
            var plan = await http.QueryAsync("EXPLAIN indexes = 1 " + queries.Single(query => query.Name == slowest).Sql, cancellationToken);
            reports.Add(new(span, Percentile(times.Values.SelectMany(t => t), 0.5), Percentile(times.Values.SelectMany(t => t), 0.95),
                times.ToDictionary(each => each.Key, each => new QueryTimes(Percentile(each.Value, 0.5), Percentile(each.Value, 0.95))), slowest, plan));
            foreach (var (name, query) in reports[^1].Queries.OrderByDescending(each => each.Value.P95Ms))
                progress(string.Create(CultureInfo.InvariantCulture, $"{span}, {name}: p50 {query.P50Ms:N0}, p95 {query.P95Ms:N0} ms"));
        }
        engine.TellEnd();
        return reports;
    }

    private async Task LoadAsync(ClickHouseHttp http, CancellationToken cancellationToken)
    {
        var parameters = new Dictionary<string, string>
        {
            ["deployments"] = settings.Records.ToString(CultureInfo.InvariantCulture),
            ["alerts"] = (settings.Records / 10).ToString(CultureInfo.InvariantCulture),
            ["seconds"] = ((long)(End - Start).TotalSeconds).ToString(CultureInfo.InvariantCulture),
        };
        using var reader = new StreamReader(typeof(HistoryQueries).Assembly.GetManifestResourceStream("history.sql")!, Encoding.UTF8);
        foreach (var statement in (await reader.ReadToEndAsync(cancellationToken)).Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var started = Stopwatch.GetTimestamp();
            await http.QueryAsync(statement, cancellationToken, parameters);
            progress(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s: {statement[statement.IndexOf("INSERT", StringComparison.Ordinal)..].Split('(')[0].Trim()}"));
        }
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Limit && await http.QueryAsync("SELECT count() FROM system.merges", cancellationToken) != "0\n";)
            await Task.Delay(1000, cancellationToken);
        progress("tables: " + (await http.QueryAsync("SELECT groupArray(concat(table, ' ', toString(rows), ' rows in ', toString(parts), ' parts')) FROM (SELECT table, sum(rows) AS rows, count() AS parts FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table)", cancellationToken)).Trim());
    }

    private static List<(string Name, string Sql)> Queries(int days)
    {
        var queries = new List<(string, string)>();
        foreach (var file in Directory.EnumerateFiles(Dashboard.Folder, "*.json").Order(StringComparer.Ordinal))
        {
            var dashboard = Dashboard.Read(Path.GetFileNameWithoutExtension(file));
            var query = new GrafanaQuery(End - TimeSpan.FromDays(days + 1), End - TimeSpan.FromDays(1),
                dashboard.Variables.ToDictionary(v => v.Name, v => v.Name == "account" ? ["acme"] : v.Name == "environment" ? ["production"] : GrafanaQuery.All));
            queries.AddRange(dashboard.Panels.Select(panel => ($"{dashboard.Title}: {panel.Title}", query.Expand(panel.Sql))));
        }
        return queries;
    }

    private static double Percentile(IEnumerable<double> times, double part)
    {
        double[] sorted = [.. times.Order()];
        return sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
    }
}

/// <param name="Span">How many days the dashboards show.</param>
/// <param name="P50Ms">Of all queries together.</param>
/// <param name="P95Ms">Of all queries together.</param>
/// <param name="Queries">Each panel's.</param>
/// <param name="Slowest">The panel with the greatest p95.</param>
/// <param name="Plan">Of the slowest.</param>
internal sealed record QueryReport(string Span, double P50Ms, double P95Ms, IReadOnlyDictionary<string, QueryTimes> Queries, string Slowest, string Plan);

internal sealed record QueryTimes(double P50Ms, double P95Ms);
