using System.Xml.Linq;
using StreamDeploy.Cli.Report;
using StreamDeploy.Tests.ClickHouse;
using StreamDeploy.Tests.ClickHouse.History;

namespace StreamDeploy.Tests.Cli.Report;

/// <summary>The command on <see cref="LoadedWeek"/>, whose figures are worked out by hand.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class ReportTests(LoadedWeek week) : IClassFixture<LoadedWeek>
{
    private const string Parameters = "default_format=JSONEachRow&param_account=acme&param_from=2026-03-02&param_to=2026-03-08&param_environment=production";

    private static readonly string[] Queries = [WeekSql.Deployments, WeekSql.Dora, WeekSql.Alerts, WeekSql.AlertLines, WeekSql.Pipelines, WeekSql.Recoveries, WeekSql.Claims, WeekSql.Rejected];

    [ClickHouseFact]
    public async Task The_page_has_the_figures_of_the_week_and_of_the_week_before()
    {
        var page = await ReadPageAsync("2026-W10");

        Assert.Equal("acme · 2026-W10 · StreamDeploy", page.Title);
        Assert.Equal(
        [
            // Without staging, the campaign and the merge: c-101, s-201, c-102, t-301, c-104, c-106 and s-202; before: c-100 and s-200.
            ("Deployments", "7 (1 a day)", "before: 2 (0.29 a day)"),
            ("Change fail rate", "43 % (3 of 7)", "before: 50 % (1 of 2)"),
            ("Change lead time", "1 h", "before: 1 h 30 min"),
            ("Recovery time", "46 min", "before: 35 min"),
            ("Rework rate", "14 % (1 of 7)", "before: 0 % (0 of 2)"),
        ], page.Figures);
        string[] days = [.. page.Section("Deployments a day").Descendants("rect").Elements("title").Select(title => title.Value)];
        Assert.Equal(
        [
            "Mon 2 Mar: 1 succeeded", "Tue 3 Mar: 1 succeeded", "Tue 3 Mar: 1 rolled back", "Wed 4 Mar: 1 succeeded", "Wed 4 Mar: 1 failed", "Thu 5 Mar: 1 succeeded",
            "Fri 6 Mar: 2 succeeded", "Fri 6 Mar: 1 cancelled", "Sat 7 Mar: 1 succeeded",
        ], days);
    }

    [ClickHouseFact]
    public async Task The_page_says_what_alerts_were_put_down_to_and_what_was_hidden_late_and_slow()
    {
        var page = await ReadPageAsync("2026-W10");

        // HIGH first.
        Assert.Equal(
        [
            ["Tue 14:13", "5 % of payments fail", "HIGH", "resolved", "84 %: deploy c-102"],
            ["Thu 03:00", "Database at 95 % CPU", "HIGH", "resolved", "nothing near"],
            ["Fri 17:10", "Checkout takes 4 s", "HIGH", "resolved", "70 %: deploy c-104"],
            ["Sat 12:00", "Certificate expires", "HIGH", "accepted", "nothing near"],
            ["Wed 10:20", "Search is slow", "LOW", "open", "only what a claim hides"],
            ["Sun 00:15", "Mail is late", "LOW", "open", "40 %: deploy s-202"],
        ], page.Table("Alerts"));
        Assert.Contains("6 alerts, 4 of priority HIGH, 3 resolved, 5 with a settled answer. First answer after 750 ms (median), 1 s (95 %).", page.Text, StringComparison.Ordinal);
        Assert.Equal([["checkout on GitHub", "2", "2", "2", "1.54"], ["search on GitLab", "2", "1", "0", "0.46"]], page.Table("Most suspected pipelines"));
        Assert.Equal([["deploy c-104", "checkout", "Checkout takes 4 s", "1 h"], ["deploy c-102", "checkout", "5 % of payments fail", "33 min"]], page.Table("Slowest recovery"));
        Assert.Equal([["2", "2", "1", "1", "1", "1"], ["1", "1", "0", "0", "0", "0"]], page.Table("What claims hid"));
        Assert.Equal(["deployments LATE worker 2", "alerts NOT_AVRO history 1", "alerts NOT_AVRO worker 1"], page.Table("Late and rejected records").Select(row => string.Join(' ', row[..4])));
        Assert.Equal(2, page.Attributes("href").Count(link => link == "https://ci.example/c-102"));
    }

    [ClickHouseFact]
    public async Task A_rollback_of_the_next_week_counts_where_the_deployment_was_and_only_settled_suspects_are_causes()
    {
        var page = await ReadPageAsync("2026-W10", "initech");

        Assert.Equal(["Thu 5 Mar: 1 rolled back"], page.Section("Deployments a day").Descendants("rect").Elements("title").Select(title => title.Value));
        Assert.Equal(("Change fail rate", "100 % (1 of 1)", "before: –"), page.Figures[1]);
        Assert.Equal(("Recovery time", "–", "before: –"), page.Figures[3]);
        Assert.Empty(page.Section("Slowest recovery").Descendants("table"));
        Assert.Equal(["An empty week"], (await ReadPageAsync("2026-W11", "initech")).Sections);
    }

    [ClickHouseFact]
    public async Task The_terminal_has_the_same_figures_and_says_UTC()
    {
        var (code, output, error) = await RunAsync("--account", "acme", "--week", "2026-W10");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("acme · 2026-W10 2026-03-02 to 2026-03-08, UTC", output, StringComparison.Ordinal);
        foreach (var line in (string[])[@"Change fail rate\s+43 % \(3 of 7\)\s+50 % \(1 of 2\)", @"Fri 6 Mar\s+█+ 2 succeeded, 1 cancelled", @"84 %: deploy c-102", @"deploy c-104\s+checkout\s+Checkout takes 4 s\s+1 h"])
            Assert.Matches(line, output);
    }

    [ClickHouseFact]
    public async Task It_reads_only_its_account_and_days()
    {
        foreach (var sql in Queries)
        {
            foreach (var read in await TableRead.OfAsync(week, sql, Parameters))
                Assert.True(read.IsOfAccountAndDays("acme") || read.IsOfRollbacks("acme", sql), $"{read} in {sql}");
        }
    }

    [ClickHouseFact]
    public async Task Under_join_use_nulls_it_reads_the_same()
    {
        foreach (var sql in Queries)
            Assert.Equal(await week.AskAsync(sql, Parameters), await week.AskAsync(sql, Parameters + "&join_use_nulls=1"));
    }

    [ClickHouseFact]
    public async Task A_week_without_anything_says_so_and_so_does_an_account_that_the_history_does_not_know()
    {
        var empty = await RunAsync("--account", "acme", "--week", "2020-W01");
        Assert.Equal(0, empty.ExitCode);
        Assert.Contains("An empty week", empty.Output, StringComparison.Ordinal);

        var unknown = await RunAsync("--account", "nobody", "--week", "2026-W10");
        Assert.Equal((2, "streamdeploy: --account nobody: the history has nothing of such an account. It has: acme, globex, initech.\n"), (unknown.ExitCode, unknown.Error));
    }

    [ClickHouseFact]
    public async Task A_database_without_a_history_says_how_to_make_one()
    {
        var (code, _, error) = await RunAsync("--account", "acme", "--clickhouse-database", "elsewhere");

        Assert.Equal((2, "streamdeploy: the database \"elsewhere\" holds no history: `streamdeploy sink --init` makes it, --clickhouse-database names another.\n"), (code, error));
    }

    [ClickHouseFact]
    public async Task A_file_that_cannot_be_written_is_named()
    {
        var folder = Path.GetTempPath();
        var (code, _, error) = await RunAsync("--account", "acme", "--week", "2026-W10", "--html", folder);

        Assert.Equal((2, $"streamdeploy: --html: {folder} is a folder, but must be a file.\n"), (code, error));
    }

    [Theory]
    [InlineData("2026-47")]
    [InlineData("2025-W53")]
    public async Task A_week_that_does_not_exist_is_refused(string text)
    {
        var (code, _, error) = await CliProcess.RunAsync(["report", "--account", "acme", "--week", text]);

        Assert.Equal((2, $"streamdeploy: --week is \"{text}\", but must be a week of ISO 8601 such as 2026-W47.\n"), (code, error));
    }

    [Fact]
    public async Task ClickHouse_that_is_not_there_is_one_line_and_exit_code_3()
    {
        var (code, _, error) = await CliProcess.RunAsync(["report", "--account", "acme", "--clickhouse", "http://127.0.0.1:1"]);

        Assert.Equal(3, code);
        Assert.StartsWith("streamdeploy: http://127.0.0.1:1: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private async Task<Page> ReadPageAsync(string of, string account = "acme")
    {
        var file = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.html");
        try
        {
            Assert.Equal((0, "", ""), await RunAsync("--account", account, "--week", of, "--html", file));
            return new Page(await File.ReadAllTextAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        // A flag that a test gives itself goes before.
        string[] database = args.Contains("--clickhouse-database") ? [] : ["--clickhouse-database", week.Database];
        // A user that can only read is enough.
        return CliProcess.RunAsync(["report", "--clickhouse", week.Url, "--clickhouse-user", "reader", .. database, .. args]);
    }
}
