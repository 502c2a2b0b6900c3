using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

[Collection(EmbeddedClickHouseTests.Name)]
public sealed class SchemaSetupTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task A_dry_run_says_what_would_be_done_and_does_nothing()
    {
        ClickHouseSettings settings = NewSettings();
        IReadOnlyList<string> steps = await RunAsync(settings, dryRun: true);
        Assert.Equal(["create database " + settings.Database, "run 001_events.sql (5 statements)", "run 002_current_state.sql (12 statements)", "run 003_views.sql (11 statements)", "run 004_rebuilds.sql (1 statements)"], steps);
        Assert.Equal("0\n", await clickHouse.PostAsync($"SELECT count() FROM system.databases WHERE name = '{settings.Database}'"));
    }

    [ClickHouseFact]
    public async Task It_does_what_the_dry_run_said_and_a_second_run_has_nothing_to_do()
    {
        ClickHouseSettings settings = NewSettings() with { KeepDays = 30 };
        IReadOnlyList<string> said = await RunAsync(settings, dryRun: true);
        Assert.Equal(14, said.Count);
        Assert.Equal(said, await RunAsync(settings));
        Assert.Empty(await RunAsync(settings));
        Assert.Equal("1\n2\n3\n4\n", await clickHouse.PostAsync("SELECT number FROM schema_migrations ORDER BY number", "database=" + settings.Database));
    }

    [ClickHouseFact]
    public async Task A_run_that_broke_off_is_taken_up_again()
    {
        ClickHouseSettings settings = NewSettings();
        await RunAsync(settings);
        await clickHouse.PostAsync("TRUNCATE TABLE schema_migrations", "database=" + settings.Database);
        await clickHouse.PostAsync("DROP VIEW suspects", "database=" + settings.Database);
        Assert.Equal(4, (await RunAsync(settings)).Count);
        await clickHouse.PostAsync("SELECT * FROM suspects", "database=" + settings.Database);
    }

    [ClickHouseFact]
    public async Task Tables_of_another_version_are_not_taken_for_ours()
    {
        ClickHouseSettings settings = NewSettings();
        await RunAsync(settings);
        await clickHouse.PostAsync("INSERT INTO schema_migrations (number, name, checksum) VALUES (2, '002_current_state.sql', 'other')", "database=" + settings.Database);
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(settings));
        Assert.Contains("002_current_state.sql", e.Message, StringComparison.Ordinal);
    }

    [ClickHouseFact]
    public async Task How_long_rows_are_kept_can_be_changed_and_taken_back()
    {
        ClickHouseSettings settings = NewSettings();
        await RunAsync(settings);
        Assert.Equal(9, (await RunAsync(settings with { KeepDays = 30 })).Count);
        Assert.Equal("keep the rows of alert_events for 3 days", (await RunAsync(settings with { KeepDays = 3 }))[1]);
        string[] insert = ["2020-01-01 00:00:00", "2100-01-01 00:00:00"];
        foreach (string at in insert)
            await clickHouse.PostAsync($"INSERT INTO deployment_events (account_id, occurred_at, kafka_offset) VALUES ('a', '{at}', 1)", "database=" + settings.Database);
        await clickHouse.PostAsync("OPTIMIZE TABLE deployment_events FINAL", "database=" + settings.Database);
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT count() FROM deployment_events", "database=" + settings.Database));
        Assert.Equal("keep the rows of deployment_events for good", (await RunAsync(settings))[0]);
        Assert.Empty(await RunAsync(settings));
    }

    [ClickHouseFact]
    public async Task Every_table_view_and_column_has_a_comment()
    {
        ClickHouseSettings settings = NewSettings();
        await RunAsync(settings);
        Assert.Equal("", await clickHouse.PostAsync($"SELECT name FROM system.tables WHERE database = '{settings.Database}' AND comment = ''"));
        Assert.Equal("", await clickHouse.PostAsync($"SELECT table, name FROM system.columns WHERE database = '{settings.Database}' AND comment = '' AND table NOT IN (SELECT name FROM system.tables WHERE engine = 'MaterializedView')"));
        Assert.Equal("30\n", await clickHouse.PostAsync($"SELECT count() FROM system.tables WHERE database = '{settings.Database}'"));
    }

    [ClickHouseFact]
    public async Task A_server_that_refuses_is_told_as_it_is()
    {
        ClickHouseSettings settings = NewSettings() with { User = "eve", Password = "guess" };
        ClickHouseException e = await Assert.ThrowsAsync<ClickHouseException>(() => RunAsync(settings));
        Assert.Equal(516, e.Code);
        Assert.DoesNotContain("guess", settings.ToString() + e.Message, StringComparison.Ordinal);
    }

    [ClickHouseFact]
    public async Task For_a_cluster_every_table_is_replicated_and_every_statement_still_parses()
    {
        ClickHouseSettings settings = NewSettings() with { Cluster = "main" };
        using var http = new ClickHouseHttp(settings);
        var setup = new SchemaSetup(settings, http);
        foreach (string statement in SchemaSetup.Migration.All.SelectMany(migration => migration.Statements).Select(setup.ForCluster))
        {
            Assert.Contains(" ON CLUSTER 'main'", statement, StringComparison.Ordinal);
            Assert.DoesNotMatch("ENGINE = (Replacing|Aggregating)|non_replicated", statement);
            await clickHouse.PostAsync("EXPLAIN AST " + statement);
        }
        Assert.Equal(10, SchemaSetup.Migration.All.SelectMany(migration => migration.Statements)
            .Count(statement => setup.ForCluster(statement).Contains("ENGINE = Replicated", StringComparison.Ordinal)));
    }

    private ClickHouseSettings NewSettings() => new() { Url = clickHouse.Url.ToString(), Database = "h" + Guid.NewGuid().ToString("N") };

    private static async Task<IReadOnlyList<string>> RunAsync(ClickHouseSettings settings, bool dryRun = false)
    {
        using var http = new ClickHouseHttp(settings);
        return await new SchemaSetup(settings, http).RunAsync(dryRun, CancellationToken.None);
    }
}
