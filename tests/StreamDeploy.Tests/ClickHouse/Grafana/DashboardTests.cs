using System.Text.Json;
using System.Text.RegularExpressions;
using StreamDeploy.Tests.ClickHouse.History;
using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Tests.ClickHouse.Grafana;

/// <summary>The dashboards in docker/grafana: what Grafana would refuse or show wrong, and every query on <see cref="LoadedWeek"/>.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class DashboardTests(LoadedWeek week) : IClassFixture<LoadedWeek>
{
    private static readonly (DateTimeOffset From, DateTimeOffset To) Week = (new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 8, 23, 59, 59, TimeSpan.Zero));

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Dashboard.Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_four_and_each_has_a_uid_and_a_title_of_its_own()
    {
        Dashboard[] all = [.. Names.AsEnumerable<object[]>().Select(row => Dashboard.Read((string)row[0]))];
        Assert.Equal(4, all.Length);
        Assert.Equal(4, all.Select(d => d.Uid).Distinct().Count());
        Assert.Equal(4, all.Select(d => d.Title).Distinct().Count());
        // Grafana's limit.
        Assert.All(all, d => Assert.InRange(d.Uid.Length, 1, 40));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_have_ids_of_their_own_lie_within_the_grid_and_do_not_overlap(string name)
    {
        IReadOnlyList<DashboardPanel> panels = Dashboard.Read(name).Panels;
        Assert.Equal(panels.Count, panels.Select(p => p.Id).Distinct().Count());
        Assert.All(panels, p => Assert.True(p.X >= 0 && p.Y >= 0 && p.Width > 0 && p.Height > 0 && p.X + p.Width <= 24, $"{p.Title}: outside of the 24 columns"));
        Assert.All(panels, p => Assert.DoesNotContain(panels, other => other.Id != p.Id && p.Overlaps(other)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_panel_says_what_it_shows_and_in_which_unit(string name) => Assert.All(Dashboard.Read(name).Panels, p =>
    {
        Assert.NotEmpty(p.Title);
        Assert.True(p.Description.Length > 20, p.Title);
        Assert.True(p.Type == "table" || p.Unit is "s" or "short" or "percentunit", $"{p.Title}: unit {p.Unit}");
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_query_goes_to_the_data_source_that_is_provisioned(string name)
    {
        var provisioned = (YamlMappingNode)((YamlSequenceNode)Provisioned("datasources", "clickhouse.yaml")["datasources"])[0];
        string expected = $"{provisioned["type"]}/{provisioned["uid"]}";
        Dashboard dashboard = Dashboard.Read(name);
        Assert.All(dashboard.Panels, p => Assert.Equal((expected, expected), (p.DataSource, p.TargetDataSource)));
        Assert.All(dashboard.Variables, v => Assert.Equal(expected, v.DataSource));
    }

    [Fact]
    public void Grafana_looks_for_the_dashboards_where_the_compose_file_puts_them()
    {
        string path = ((YamlSequenceNode)Provisioned("dashboards", "streamdeploy.yaml")["providers"])[0]["options"]["path"].ToString();
        Assert.Contains($"./grafana/dashboards:{path}:ro", File.ReadAllText(Repository.Path("docker", "compose.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_compose_file_sets_what_the_data_source_takes_from_the_environment()
    {
        string compose = File.ReadAllText(Repository.Path("docker", "compose.yaml"));
        string grafana = compose[compose.IndexOf("\n  grafana:", StringComparison.Ordinal)..];
        MatchCollection names = Regex.Matches(File.ReadAllText(Repository.Path("docker", "grafana", "provisioning", "datasources", "clickhouse.yaml")), @"\$(\w+)");
        Assert.Equal(3, names.Count);
        Assert.All(names, name => Assert.Contains($"      {name.Groups[1].Value}: ", grafana, StringComparison.Ordinal));
    }

    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task Every_variable_has_values(string name)
    {
        Dashboard dashboard = Dashboard.Read(name);
        foreach (DashboardVariable variable in dashboard.Variables)
            Assert.NotEqual("", await week.AskAsync(Choose(dashboard, all: true).Expand(variable.Query)));
    }

    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task Every_query_gives_rows_and_the_columns_that_its_panel_names(string name)
    {
        Dashboard dashboard = Dashboard.Read(name);
        foreach (DashboardPanel panel in dashboard.Panels)
        {
            foreach (bool all in (bool[])[true, false])
                Check(panel, await week.AskAsync(Choose(dashboard, all).Expand(panel.Sql), "default_format=JSONCompact"));
        }
    }

    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task A_panel_reads_only_its_account_and_days(string name)
    {
        Dashboard dashboard = Dashboard.Read(name);
        foreach (DashboardPanel panel in dashboard.Panels)
        {
            foreach (TableRead read in await TableRead.OfAsync(week, Choose(dashboard, all: true).Expand(panel.Sql)))
                Assert.True(read.IsOfAccountAndDays("acme") || read.IsOfRollbacks("acme", panel.Sql), $"{panel.Title} reads {read}");
        }
    }

    [ClickHouseFact]
    public async Task The_DORA_figures_of_the_week_are_those_worked_out_by_hand()
    {
        Dashboard dora = Dashboard.Read("dora");
        var query = Choose(dora, all: true) with { Variables = new Dictionary<string, string[]?> { ["account"] = ["acme"], ["service"] = GrafanaQuery.All, ["environment"] = ["production"] } };
        var figures = new List<string>();
        foreach (DashboardPanel panel in dora.Panels.Where(p => p.Type == "stat"))
            figures.Add((await week.AskAsync(query.Expand(panel.Sql))).TrimEnd());
        // 7 in 7 days; c-102, t-301 and c-104 of 7 failed; 1500, 3 × 3600, 2 × 7200 s; 33 and 60 min; c-106 of 7 is rework.
        Assert.Equal(["1", "0.42857142857142855", "3600", "2790", "0.14285714285714285"], figures);
    }

    private static void Check(DashboardPanel panel, string answer)
    {
        using var json = JsonDocument.Parse(answer);
        Assert.True(json.RootElement.GetProperty("rows").GetInt32() > 0, $"{panel.Title} is empty");
        var columns = json.RootElement.GetProperty("meta").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("type").GetString()!);
        Assert.All(panel.Fields, field => Assert.Contains(field, columns.Keys));
        // What the plugin cannot show in a cell.
        Assert.DoesNotContain(columns.Values, type => type.StartsWith("Array", StringComparison.Ordinal) || type.StartsWith("Map", StringComparison.Ordinal));
        if (panel.QueryType == "timeseries") Assert.StartsWith("DateTime", columns["time"], StringComparison.Ordinal);
        if (panel.Type == "stat") Assert.Single(columns);
    }

    private static GrafanaQuery Choose(Dashboard dashboard, bool all) => new(Week.From, Week.To, dashboard.Variables.ToDictionary(v => v.Name, v => v.Name switch
    {
        "account" => ["acme"],
        _ when all => GrafanaQuery.All,
        "service" => ["checkout", "it's another"],
        "environment" => (string[]?)["production"],
        _ => throw new InvalidOperationException(v.Name),
    }));

    private static YamlNode Provisioned(params string[] file)
    {
        using var reader = new StreamReader(Repository.Path(["docker", "grafana", "provisioning", .. file]));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return yaml.Documents[0].RootNode;
    }
}
