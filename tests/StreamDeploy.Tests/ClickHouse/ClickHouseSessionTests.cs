using System.Net;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Sessions over HTTP: what stays between two requests, and what does not.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class ClickHouseSessionTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task Settings_the_database_and_temporary_tables_stay_in_their_session()
    {
        string database = await clickHouse.NewDatabaseAsync(), mine = "session_id=stays";
        foreach (string sql in (string[])["CREATE TEMPORARY TABLE temp (a Int32)", "INSERT INTO temp VALUES (1), (2)", "SET max_block_size = 77", "USE " + database])
            await clickHouse.PostAsync(sql, mine);
        await clickHouse.PostAsync("{\"a\":3}\n", mine + "&query=" + Uri.EscapeDataString("INSERT INTO temp FORMAT JSONEachRow"));
        Assert.Equal($"6\t77\t{database}\n", await clickHouse.PostAsync("SELECT sum(a), getSetting('max_block_size'), currentDatabase() FROM temp", mine));
        Assert.Equal("60", await CodeOf("SELECT * FROM temp", "session_id=another"));
        Assert.Equal("60", await CodeOf("SELECT * FROM temp", ""));
    }

    [ClickHouseFact]
    public async Task What_the_URL_says_holds_for_one_request()
    {
        string database = await clickHouse.NewDatabaseAsync(), mine = "session_id=once";
        await clickHouse.PostAsync("SET max_block_size = 77", mine);
        string question = "SELECT getSetting('max_block_size'), getSetting('log_comment'), currentDatabase()";
        Assert.Equal($"5\tit's\t{database}\n", await clickHouse.PostAsync(question + " FORMAT TSVRaw", $"{mine}&max_block_size=5&log_comment=it%27s&database={database}"));
        Assert.Equal("77\t\tdefault\n", await clickHouse.PostAsync(question, mine));
        await CodeOf("SELECT nope", mine + "&max_block_size=6");
        Assert.Equal("77\t\tdefault\n", await clickHouse.PostAsync(question, mine));
    }

    [ClickHouseFact]
    public async Task An_error_leaves_nothing_behind_in_the_next_answer()
    {
        string mine = "session_id=errors";
        await clickHouse.PostAsync("CREATE TEMPORARY TABLE temp (a Int32)", mine);
        Assert.Equal("395", await CodeOf("SELECT number FROM numbers(200000) WHERE throwIf(number = 150000) = 0", mine));
        Assert.Equal("0\n", await clickHouse.PostAsync("SELECT count() FROM temp", mine));
        Assert.Equal("27", await CodeOf("INSERT INTO temp FORMAT JSONEachRow {\"a\":\"x\"}", mine));
        Assert.Equal("0\n", await clickHouse.PostAsync("SELECT count() FROM temp", mine));
    }

    [ClickHouseFact]
    public async Task A_session_takes_one_request_at_a_time()
    {
        Task<string?> slow = CodeOf("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))", "session_id=busy&query_id=in-session");
        await Eventually.True(async () => await clickHouse.PostAsync("SELECT count() FROM system.processes WHERE query_id = 'in-session'") == "1\n", "the query to run");
        Assert.Equal("373", await CodeOf("SELECT 1", "session_id=busy"));
        await clickHouse.PostAsync("KILL QUERY WHERE query_id = 'in-session' SYNC");
        Assert.Equal("394", await slow);
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1", "session_id=busy"));
    }

    [ClickHouseFact]
    public async Task A_session_ends_when_it_is_told_to_or_when_its_time_is_over()
    {
        Assert.Equal("372", await CodeOf("SELECT 1", "session_id=short&session_check=1"));
        await clickHouse.PostAsync("SELECT 1", "session_id=short&session_timeout=1");
        await Eventually.True(async () => await CodeOf("SELECT 1", "session_id=short&session_check=1&session_timeout=0") == "372", "the session to end");
        await clickHouse.PostAsync("SELECT 1", "session_id=closed");
        await clickHouse.PostAsync("SELECT 1", "session_id=closed&session_check=1&close_session=1");
        Assert.Equal("372", await CodeOf("SELECT 1", "session_id=closed&session_check=1"));
        Assert.Equal("374", await CodeOf("SELECT 1", "session_id=x&session_timeout=3601"));
    }

    [ClickHouseFact]
    public async Task A_GET_only_reads_in_a_session_too_and_the_reader_has_none()
    {
        string create = Uri.EscapeDataString("CREATE TEMPORARY TABLE temp (a Int32)");
        using HttpResponseMessage response = await clickHouse.Http.GetAsync(new Uri(clickHouse.Url, "/?session_id=get&query=" + create));
        Assert.Equal("164", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.Equal("1\n", await clickHouse.Http.GetStringAsync(new Uri(clickHouse.Url, "/?session_id=get&query=SELECT%201")));
        Assert.Equal("48", await CodeOf("SELECT 1", "session_id=x&user=reader"));
    }

    [ClickHouseFact]
    public async Task There_is_a_bound_to_sessions()
    {
        const int sessionsMax = 100;
        string?[] codes = new string?[sessionsMax + 1];
        for (int i = 0; i <= sessionsMax; i++)
            codes[i] = await CodeOf("SELECT 1", $"session_id=many-{i}");
        Assert.Equal("202", codes[^1]);
        for (int i = 0; i <= sessionsMax; i++)
            await CodeOf("SELECT 1", $"session_id=many-{i}&session_check=1&close_session=1");
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1", "session_id=again"));
    }

    private async Task<string?> CodeOf(string sql, string url)
    {
        using HttpResponseMessage response = await clickHouse.Http.PostAsync(new Uri(clickHouse.Url, "/?" + url), new StringContent(sql));
        return response.StatusCode == HttpStatusCode.OK ? null : response.Headers.GetValues("X-ClickHouse-Exception-Code").Single();
    }
}
