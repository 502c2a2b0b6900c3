using System.Net;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Queries that run: seen, ended and left behind under the ids that their clients gave them.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class RunningQueriesTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    private const string Endless = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))";

    [ClickHouseFact]
    public async Task A_running_query_is_listed_under_its_own_id_and_can_be_killed_by_it()
    {
        Task<HttpResponseMessage> endless = Start("to-kill");
        await Eventually.True(async () => await IsListed("to-kill"), "the query to be listed");
        Assert.Equal("waiting\tto-kill\tdefault\t" + Endless + "\n", await clickHouse.PostAsync("KILL QUERY WHERE query_id = 'to-kill' TEST"));
        Assert.False(endless.IsCompleted);
        Assert.StartsWith("finished\tto-kill\t", await clickHouse.PostAsync("KILL QUERY WHERE query_id = {id:String} SYNC", "param_id=to-kill"), StringComparison.Ordinal);
        Assert.False(await IsListed("to-kill"));
        using HttpResponseMessage ended = await endless;
        Assert.Equal("394", ended.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
    }

    [ClickHouseFact]
    public async Task A_query_whose_client_went_away_is_ended()
    {
        using var gone = new CancellationTokenSource();
        Task<HttpResponseMessage> endless = Start("left", gone.Token);
        await Eventually.True(async () => await IsListed("left"), "the query to be listed");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
        await Eventually.True(async () => !await IsListed("left"), "the query to be gone");
    }

    [ClickHouseFact]
    public async Task An_id_that_runs_is_not_given_twice()
    {
        Task<HttpResponseMessage> endless = Start("twice");
        await Eventually.True(async () => await IsListed("twice"), "the query to be listed");
        using HttpResponseMessage second = await clickHouse.Http.PostAsync(Url("query_id=twice"), new StringContent("SELECT 1"));
        Assert.Equal("216", second.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        await clickHouse.PostAsync("KILL QUERY WHERE query_id = 'twice' SYNC");
        (await endless).Dispose();
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1", "query_id=twice"));
    }

    [ClickHouseFact]
    public async Task A_kill_waits_for_none_of_the_queries_it_is_to_end()
    {
        Task<HttpResponseMessage>[] all = [.. Enumerable.Range(0, new EmbeddedClickHouseSettings().QueriesMax).Select(i => Start($"full-{i}"))];
        await Eventually.True(async () =>
        {
            await clickHouse.PostAsync("KILL QUERY WHERE startsWith(query_id, 'full-') ASYNC");
            return all.All(query => query.IsCompleted);
        }, "all to be ended");
        foreach (Task<HttpResponseMessage> query in all)
            (await query).Dispose();
    }

    [ClickHouseFact]
    public async Task The_reader_ends_nobodys_queries()
    {
        using HttpResponseMessage response = await clickHouse.Http.PostAsync(Url("user=reader"), new StringContent("KILL QUERY WHERE 1"));
        Assert.Equal((HttpStatusCode.Forbidden, "497"), (response.StatusCode, response.Headers.GetValues("X-ClickHouse-Exception-Code").Single()));
    }

    [Theory]
    [InlineData("SELECT * FROM system.processes", "SELECT * FROM system.streamdeploy_processes")]
    [InlineData("SELECT p.query FROM `system`.\"processes\" AS p", "SELECT p.query FROM system.streamdeploy_processes AS p")]
    [InlineData("SELECT 'system.processes' /* system.processes */", "SELECT 'system.processes' /* system.processes */")]
    [InlineData("SELECT ü FROM x.processes, system . processes", "SELECT ü FROM x.processes, system.streamdeploy_processes")]
    public void The_list_of_queries_is_read_through_a_view(string sql, string rewritten) => Assert.Equal(rewritten, ClickHouseProcesses.Rewrite(sql));

    [Theory]
    [InlineData("KILL QUERY WHERE query_id = 'SYNC'", "query_id = 'SYNC'", false, false, null)]
    [InlineData("kill query where 1 sync format JSON", "1", true, false, "JSON")]
    [InlineData("KILL QUERY WHERE (1) TEST", "(1)", false, true, null)]
    public void A_kill_is_taken_apart(string sql, string where, bool waits, bool tests, string? format) =>
        Assert.Equal(new ClickHouseKill(where, waits, tests, format), ClickHouseKill.Parse(sql));

    [Theory]
    [InlineData("KILL QUERY WHERE 1) OR (1")]
    [InlineData("KILL QUERY ON CLUSTER c WHERE 1")]
    [InlineData("KILL QUERY WHERE")]
    [InlineData("KILL MUTATION WHERE 1")]
    public void Other_kills_are_left_to_the_engine(string sql) => Assert.Null(ClickHouseKill.Parse(sql));

    private Task<HttpResponseMessage> Start(string queryId, CancellationToken cancellation = default) =>
        clickHouse.Http.PostAsync(Url("query_id=" + queryId), new StringContent(Endless), cancellation);

    private async Task<bool> IsListed(string queryId) =>
        await clickHouse.PostAsync("SELECT count() FROM system.processes WHERE query_id = {id:String}", "param_id=" + queryId) == "1\n";

    private Uri Url(string query) => new(clickHouse.Url, "/?" + query);
}
