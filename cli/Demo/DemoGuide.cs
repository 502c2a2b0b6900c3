using System.Text.Json;
using Spectre.Console;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Cli.Demo;

/// <summary>What the demo says beside the answers: where everything listens, a question to ClickHouse, and lines to paste.</summary>
internal static class DemoGuide
{
    private static readonly TimeSpan SinkLimit = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The API key of demo-catalog.yaml.</summary>
    private const string DemoKey = "demo-key-of-the-page";

    private const string Question = """
        SELECT alert_id, headline, round(100 * (1 - probability_none)) AS percent_some_change
        FROM enrichments ORDER BY alert_occurred_at
        """;

    /// <summary>Before anything starts: a path that cannot be is the user's mistake, and is told at once.</summary>
    public static void CheckAddressesFile(string path)
    {
        if (Directory.Exists(path)) throw new SettingException($"--addresses: {path} is a folder, but must be a file.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new SettingException($"--addresses: the folder {folder} does not exist.");
    }

    /// <summary>Whole or not at all: who waits for the file must not read half of it.</summary>
    public static async Task WriteAddressesAsync(EmbeddedWorld world, Uri view, string path, CancellationToken cancellationToken)
    {
        var addresses = new Dictionary<string, string>
        {
            ["ingest"] = Address(world.Ingest),
            ["view"] = Address(view),
            ["kafka"] = world.Kafka.BootstrapServers,
            ["registry"] = world.Kafka.Registry.Url.TrimEnd('/'),
        };
        if (world.ClickHouse is { } clickHouse) addresses["clickhouse"] = clickHouse.Url.TrimEnd('/');
        var unfinished = path + ".new";
        await File.WriteAllTextAsync(unfinished, JsonSerializer.Serialize(addresses, Indented) + "\n", cancellationToken).ConfigureAwait(false);
        File.Move(unfinished, path, overwrite: true);
    }

    public static async Task AskClickHouseAsync(IAnsiConsole console, EmbeddedWorld world, CancellationToken cancellationToken)
    {
        if (world.ClickHouse is not { } settings)
        {
            console.MarkupLine($"[yellow]No ClickHouse here: {Markup.Escape(world.WithoutClickHouse ?? "")}[/]");
            return;
        }
        using var clickHouse = new ClickHouseHttp(settings);
        var giveUpAt = DateTimeOffset.UtcNow + SinkLimit;
        var rows = await RowsAsync(clickHouse, cancellationToken).ConfigureAwait(false);
        while (rows.Count < DemoStory.AlertIds.Count && DateTimeOffset.UtcNow < giveUpAt)
        {
            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            rows = await RowsAsync(clickHouse, cancellationToken).ConfigureAwait(false);
        }
        console.MarkupLine("[bold]The same from ClickHouse[/]");
        console.MarkupLine($"[grey]{Markup.Escape(Question)}[/]");
        var table = new Table().Border(TableBorder.Minimal).AddColumns("alert_id", "headline", "percent_some_change");
        foreach (var row in rows) table.AddRow(row.Select(Markup.Escape).ToArray());
        console.Write(table);
        if (rows.Count < DemoStory.AlertIds.Count) throw new IOException($"ClickHouse has {rows.Count} of {DemoStory.AlertIds.Count} answers after {SinkLimit.TotalSeconds:0} s.");
    }

    public static void PrintWhatToTry(IAnsiConsole console, EmbeddedWorld world, Uri view)
    {
        var ingest = Address(world.Ingest);
        var kafka = world.Kafka.BootstrapServers;
        var registry = world.Kafka.Registry.Url.TrimEnd('/');
        Section(console, $"Look at it, live: sign in with the key {DemoKey}", Address(view));
        Section(console, "Report a change, then an alert; its answer appears here",
            $$"""curl -i {{ingest}}/api/deployment-events -d '{"integrationKey":"demo-key-of-anything","summary":"Summer campaign is live","kind":"CAMPAIGN","service":"login"}' -H 'Content-Type: application/json'""",
            $$"""curl -i {{ingest}}/api/alerts -d '{"integrationKey":"demo-key-of-alerts","alertId":"mine","summary":"Login is down","service":"login"}' -H 'Content-Type: application/json'""");
        Section(console, "Read the answers from Kafka: keys and places with any kcat, the values with one that was built with Avro",
            $"kcat -b {kafka} -t enrichments -C -o beginning -e -f '%k  partition %p  offset %o  %S bytes\\n'",
            $"kcat -b {kafka} -t enrichments -C -o beginning -e -s value=avro -r {registry}");
        if (world.ClickHouse is { } clickHouse)
        {
            Section(console, "Ask ClickHouse",
                $"curl '{clickHouse.Url.TrimEnd('/')}/?database={clickHouse.Database}' -d 'SELECT deployment_id, kind, status, summary FROM deployments FORMAT PrettyCompact'",
                $"curl '{clickHouse.Url.TrimEnd('/')}/?database={clickHouse.Database}' -d 'SHOW TABLES'");
        }
        console.MarkupLine("[grey]Ctrl-C ends it. Nothing is kept.[/]");
    }

    private static void Section(IAnsiConsole console, string title, params string[] lines)
    {
        console.MarkupLine($"[bold]{Markup.Escape(title)}[/]");
        // Not wrapped: a line to paste must stay one line.
        foreach (var line in lines) console.Profile.Out.Writer.WriteLine("  " + line);
    }

    private static async Task<List<string[]>> RowsAsync(ClickHouseHttp clickHouse, CancellationToken cancellationToken)
    {
        var text = await clickHouse.QueryAsync(Question + " FORMAT JSONCompactStringsEachRow", cancellationToken).ConfigureAwait(false);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<string[]>(line)!)];
    }

    private static string Address(Uri uri) => uri.ToString().TrimEnd('/');
}
