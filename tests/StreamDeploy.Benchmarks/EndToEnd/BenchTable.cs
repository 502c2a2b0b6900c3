using System.Globalization;
using Spectre.Console;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The report for a person.</summary>
internal static class BenchTable
{
    public static void Print(BenchReport report, TextWriter output, bool isFile)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isFile ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isFile ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        // A file has no width of its own.
        if (isFile) console.Profile.Width = 160;
        var c = report.Conditions;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{c.Records:N0} records, {c.Threads} threads, {c.Protocol} group protocol, {c.Cores} cores, {c.Runtime}; medians of {c.Runs}"));
        if (report.Shapes is { } shapes) console.Write(Costs(shapes));
        if (report.LatencyMs is { } latency)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"alert produced to enrichment read, ms: p50 {latency.P50:N1}, p99 {latency.P99:N1}, p99.9 {latency.P999:N1}, max {latency.Max:N1} ({latency.Alerts:N0} alerts)"));
        if (report.RestoreRecordsPerSecond is { } restore)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"restore: {restore:N0} records/s (of {report.Restores![^1].Records:N0} in the windows)"));
        foreach (var scale in report.Scale ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scale.Workers} workers of one thread: {scale.RecordsPerSecond:N0} records/s"));
        foreach (var ingest in report.Ingest ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"events from {Children.MeasuredIngest.Accounts} connections, {ingest.Case}: {ingest.PerSecond:N0} events/s, p50 {ingest.P50Ms:N1} ms, p99 {ingest.P99Ms:N1} ms"));
        foreach (var sink in report.Sink ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sink.Topic} into ClickHouse: {sink.RowsPerSecond:N0} rows/s, {sink.OfBare:N2} of a bare insert of the same rows ({sink.BareRowsPerSecond:N0} rows/s)"));
        foreach (var page in report.View?.Pages ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"page of 100,000 deployments {page.Source}: first {page.FirstMs:N0} ms, then p50 {page.P50Ms:N0}, p95 {page.P95Ms:N0} ms; {page.Bytes:N0} bytes, {page.PeakRssMb:N0} MB"));
        if (report.View is { Live: var live })
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"200 browsers, 2,000 events/s: {Statistics.Median(live.Select(r => r.UpdatesPerSecond)):N1} updates/s each, newest row p50 {Statistics.Median(live.Select(r => r.P50Ms)):N0}, p99 {Statistics.Median(live.Select(r => r.P99Ms)):N0} ms old, {Statistics.Median(live.Select(r => r.Cores)):N2} cores, {Statistics.Median(live.Select(r => r.PeakRssMb)):N0} MB"));
        foreach (var queries in report.Queries ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dashboards' queries over {queries.Span}: p50 {queries.P50Ms:N0}, p95 {queries.P95Ms:N0} ms; the slowest is {queries.Slowest} with {queries.Queries[queries.Slowest].P95Ms:N0} ms:\n{queries.Plan}"));
        foreach (var recovery in report.Recovery ?? [])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kill -9 until answers come again, {recovery.Case}: {recovery.Seconds:N1} s (of {string.Join(", ", recovery.Runs.Select(s => s.ToString("N1", CultureInfo.InvariantCulture)))})"));
    }

    private static Table Costs(Dictionary<string, ShapeReport> shapes)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("shape", "what");
        foreach (var title in new[] { "records/s", "of passthrough", "CPU s a million", "of passthrough", "peak MB", "bytes allocated a record", "answers" })
            table.AddColumn(new TableColumn(title).RightAligned());
        foreach (var (name, shape) in shapes)
        {
            var worker = Cost.Median(shape.Runs.Worker);
            table.AddRow(Row(name, "worker", worker, shape.Passthrough, shape.Answers.ToString("N0", CultureInfo.InvariantCulture)));
            table.AddRow(Row("", "passthrough", shape.Passthrough, shape.Passthrough, ""));
            table.AddRow(Row("", "consume", shape.Consume, shape.Passthrough, ""));
        }
        return table;
    }

    private static string[] Row(string shape, string what, Cost cost, Cost floor, string answers) =>
    [
        shape, what, Text("N0", cost.RecordsPerSecond), Text("N2", cost.RecordsPerSecond / floor.RecordsPerSecond), Text("N2", cost.CpuSecondsPerMillion),
        Text("N2", cost.CpuSecondsPerMillion / floor.CpuSecondsPerMillion), Text("N0", cost.PeakRssMb), Text("N0", cost.AllocatedBytesPerRecord), answers,
    ];

    private static string Text(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
