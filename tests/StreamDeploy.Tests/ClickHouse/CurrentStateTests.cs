using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>The views that put the current state together, by the rules of the join; every row is inserted twice.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class CurrentStateTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>, IAsyncLifetime
{
    private readonly string _database = "h" + Guid.NewGuid().ToString("N");
    private int _offset;

    public async Task InitializeAsync()
    {
        if (!ClickHouseFactAttribute.IsThere)
            return;
        var settings = new ClickHouseSettings { Url = clickHouse.Url.ToString(), Database = _database };
        using var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ClickHouseFact]
    public async Task A_deployment_starts_with_its_first_event_and_ends_with_its_last_but_a_rollback_does_not_stretch_it()
    {
        await DeploymentAsync("12:00", "STARTED");
        await DeploymentAsync("12:10", "SUCCEEDED", ("started_at", "11:58"), ("finished_at", "12:09"));
        Assert.Equal("SUCCEEDED\t11:58\t12:09\n", await AskDeploymentAsync());
        await DeploymentAsync("15:00", "ROLLED_BACK", ("finished_at", "15:00"));
        Assert.Equal("ROLLED_BACK\t11:58\t12:09\n", await AskDeploymentAsync());
    }

    [ClickHouseFact]
    public async Task A_running_deployment_has_no_end_and_one_that_is_only_rolled_back_is_a_point()
    {
        await DeploymentAsync("12:00", "STARTED");
        Assert.Equal("STARTED\t12:00\t\\N\n", await AskDeploymentAsync());
        await DeploymentAsync("12:00", "ROLLED_BACK", ("deployment_id", "d2"));
        await DeploymentAsync("12:30", "ROLLED_BACK", ("deployment_id", "d2"));
        Assert.Equal("ROLLED_BACK\t12:00\t12:00\n", await AskDeploymentAsync("d2"));
    }

    [ClickHouseFact]
    public async Task What_an_event_says_of_a_time_after_itself_is_cut_to_it()
    {
        await DeploymentAsync("12:00", "SUCCEEDED", ("started_at", "13:00"), ("finished_at", "14:00"));
        Assert.Equal("SUCCEEDED\t12:00\t12:00\n", await AskDeploymentAsync());
    }

    [ClickHouseFact]
    public async Task Of_events_at_the_same_time_the_further_status_counts_and_fields_come_from_the_latest_that_has_them()
    {
        await DeploymentAsync("12:00", "SUCCEEDED", ("environment", "production"), ("version", "1"), ("event_id", "z"));
        await DeploymentAsync("12:00", "FAILED", ("version", "2"), ("event_id", "a"));
        Assert.Equal("FAILED\tproduction\t2\n", await AskAsync("SELECT status, environment, version FROM deployments"));
    }

    [ClickHouseFact]
    public async Task Deployments_of_other_pipelines_and_accounts_are_others()
    {
        await DeploymentAsync("12:00", "STARTED");
        await DeploymentAsync("12:00", "STARTED", ("account_id", "b"));
        await InsertAsync("deployment_events", ("account_id", "a"), ("occurred_at", Time("12:00")), ("event_id", "x"), ("deployment_id", "d1"), ("pipeline_id", "2"));
        Assert.Equal("3\n", await AskAsync("SELECT count() FROM deployments"));
    }

    [ClickHouseFact]
    public async Task An_alert_is_as_its_latest_event_says_and_another_raising_is_another_alert()
    {
        await AlertAsync("12:00", "OPEN", ("service", "checkout"), ("event_id", "1"));
        await AlertAsync("12:30", "RESOLVED", ("resolved_at", Time("12:29")), ("event_id", "2"));
        await AlertAsync("12:10", "ACCEPTED", ("service", ""), ("event_id", "3"));
        await InsertAsync("alert_events", ("account_id", "a"), ("alert_id", "x"), ("event_id", "4"), ("occurred_at", Time("13:00")), ("updated_at", Time("13:00")), ("status", "OPEN"));
        Assert.Equal("RESOLVED\tcheckout\t12:29\nOPEN\t\t\\N\n",
            await AskAsync("SELECT status, service, formatDateTime(resolved_at, '%H:%i') FROM alerts ORDER BY occurred_at"));
    }

    [ClickHouseFact]
    public async Task The_latest_answer_is_of_the_greatest_revision_and_the_settled_one_wins()
    {
        await AnswerAsync(revision: 3, settled: true, "d3");
        await AnswerAsync(revision: 3, settled: false, "d2");
        await AnswerAsync(revision: 2, settled: false, "d1");
        Assert.Equal("3\ttrue\td3\n", await AskAsync("SELECT revision, settled, headline FROM enrichments"));
        Assert.Equal("1\td3\n2\td3-2\n", await AskAsync("SELECT rank, deployment_id FROM suspects ORDER BY rank"));
    }

    private Task DeploymentAsync(string at, string status, params (string Column, string Value)[] more)
    {
        (string, string)[] row = [("account_id", "a"), ("occurred_at", Time(at)), ("event_id", at + status), ("deployment_id", "d1"), ("pipeline_id", "1"), ("status", status)];
        var given = more.Select(m => m.Column.EndsWith("_at", StringComparison.Ordinal) ? (m.Column, Time(m.Value)) : m);
        return InsertAsync("deployment_events", [.. row.Where(r => !more.Any(m => m.Column == r.Item1)), .. given]);
    }

    private Task AlertAsync(string at, string status, params (string, string)[] more) =>
        InsertAsync("alert_events", [("account_id", "a"), ("alert_id", "x"), ("occurred_at", Time("12:00")), ("updated_at", Time(at)), ("status", status), .. more]);

    private async Task AnswerAsync(int revision, bool settled, string headline)
    {
        (string, string)[] both = [("account_id", "a"), ("alert_id", "x"), ("alert_occurred_at", Time("12:00")), ("revision", $"{revision}"), ("settled", $"{settled}")];
        int offset = _offset;
        foreach ((string rank, string deployment) in ((string, string)[])[("1", headline), ("2", headline + "-2")])
        {
            _offset = offset;
            await InsertAsync("enrichment_suspects", [.. both, ("rank", rank), ("deployment_id", deployment)]);
        }
        _offset = offset;
        await InsertAsync("enrichment_revisions", [.. both, ("headline", headline)]);
    }

    /// <summary>Twice, as after a crash.</summary>
    private async Task InsertAsync(string table, params (string Column, string Value)[] row)
    {
        string columns = string.Join(", ", row.Select(r => r.Column)), values = string.Join(", ", row.Select(r => $"'{r.Value}'"));
        int offset = _offset++;
        for (int i = 0; i < 2; i++)
            await AskAsync($"INSERT INTO {table} ({columns}, kafka_offset) SETTINGS insert_deduplicate = 0 VALUES ({values}, {offset})");
    }

    private Task<string> AskDeploymentAsync(string id = "d1") =>
        AskAsync($"SELECT status, formatDateTime(started_at, '%H:%i'), formatDateTime(ended_at, '%H:%i') FROM deployments WHERE deployment_id = '{id}'");

    private static string Time(string at) => $"2026-01-01 {at}:00";

    private Task<string> AskAsync(string sql) => clickHouse.PostAsync(sql, "database=" + _database);
}
