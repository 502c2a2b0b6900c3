using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>A materialized view that fails after its table has the rows.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class FailedViewTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task The_next_attempt_with_the_same_token_feeds_what_the_failed_one_did_not()
    {
        var settings = new ClickHouseSettings { Url = clickHouse.Url.ToString(), Database = "failed" + Guid.NewGuid().ToString("N") };
        using var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
        await using HistoryInserts inserts = await HistoryInserts.StartAsync();
        IReadOnlyList<HistoryRecord> records = GeneratedHistory.Of(seed: 3);
        HistoryRecord[][] batches = [.. records.GroupBy(HistoryInserts.TopicOf).Select(topic => topic.ToArray())];

        (string Table, string FedBy)[] broken =
        [
            ("deployment_states", "deployment_events"), ("activity_daily", "deployment_events"), ("alert_states", "alert_events"), ("enrichment_states", "enrichment_revisions"),
        ];
        foreach ((string table, _) in broken)
            await AskAsync($"ALTER TABLE {table} ADD CONSTRAINT broken CHECK account_id = 'nobody'");
        foreach ((string table, string fedBy) in broken)
        {
            Assert.NotEqual(0, await InsertAllAsync());
            // What this is about: the rows are there, and their token is known.
            Assert.NotEqual("0\n", await AskAsync($"SELECT count() FROM {fedBy}"));
            await AskAsync($"ALTER TABLE {table} DROP CONSTRAINT broken");
        }

        Assert.Equal(0, await InsertAllAsync());
        IReadOnlyList<ViewComparison> views = await HistoryOracle.DifferencesAsync(records, AskAsync);
        Assert.Empty(views.SelectMany(view => view.Differences));

        Task<string> AskAsync(string sql) => http.QueryAsync(sql, CancellationToken.None);

        async Task<int> InsertAllAsync()
        {
            int failed = 0;
            foreach (HistoryRecord[] batch in batches)
            {
                try
                {
                    await inserts.InsertAsync(http, batch);
                }
                catch (ClickHouseException)
                {
                    failed++;
                }
            }
            return failed;
        }
    }
}
