using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>The history built anew beside the old, and exchanged.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class RebuildTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task What_went_wrong_in_the_tables_is_right_again()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync(Enumerable.Range(0, 50).Select(i => Some.Deployment("d" + i)));
        await CarryAsync(world, settings, 50);
        string before = await AskAsync(settings, "SELECT * FROM deployments ORDER BY ALL");
        await AskAsync(settings, "TRUNCATE TABLE deployment_states");
        await AskAsync(settings, "ALTER TABLE deployment_events DELETE WHERE deployment_id = 'd7' SETTINGS mutations_sync = 1");
        Assert.Equal("0\n", await AskAsync(settings, "SELECT count() FROM deployments"));
        await RebuildAsync(settings);
        Assert.Equal(before, await AskAsync(settings, "SELECT * FROM deployments ORDER BY ALL"));
        Assert.Equal("0\n", await clickHouse.PostAsync($"SELECT count() FROM system.databases WHERE name = '{settings.ClickHouse.Database}_rebuild'"));
    }

    [ClickHouseFact]
    public async Task What_Kafka_no_longer_has_is_kept()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync([Some.Deployment("new")]);
        await CarryAsync(world, settings, 1);
        // Of the same partition and of others, of two months; retention, or a topic made anew.
        for (int partition = 0; partition < 4; partition++)
            await AskAsync(settings, $"INSERT INTO deployment_events (account_id, occurred_at, deployment_id, event_id, arrived_at, kafka_partition, kafka_offset) VALUES ('a', '2025-0{1 + (partition % 2)}-01', 'old{partition}', 'e', '2025-01-01', {partition}, 1000)");
        await RebuildAsync(settings);
        Assert.Equal("new\nold0\nold1\nold2\nold3\n", await AskAsync(settings, "SELECT deployment_id FROM deployments ORDER BY ALL"));
    }

    [ClickHouseFact]
    public async Task The_live_sink_goes_on_and_nothing_that_it_brings_meanwhile_is_lost()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await using SinkWorld.RunningSink live = SinkWorld.Run(settings).Start();
        await world.ProduceAsync(Enumerable.Range(0, 500).Select(i => Some.Deployment("d" + i)));
        using var stop = new CancellationTokenSource();
        int produced = 500;
        Task producing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await world.ProduceAsync([Some.Deployment("d" + produced++)]);
        });
        for (int i = 0; i < 3; i++)
            await RebuildAsync(settings);
        await stop.CancelAsync();
        await producing;
        await live.UntilAsync(() => world.CommittedRecords("deployments") == produced, "all are committed");
        Assert.Equal($"{produced}\n", await AskAsync(settings, "SELECT count() FROM deployment_events FINAL"));
        Assert.Equal($"{produced}\n", await AskAsync(settings, "SELECT count() FROM deployments"));
    }

    [ClickHouseFact]
    public async Task One_that_broke_off_in_the_exchange_is_finished_by_the_next()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync(Enumerable.Range(0, 20).Select(i => Some.Deployment("d" + i)));
        await CarryAsync(world, settings, 20);
        using var http = new ClickHouseHttp(settings.ClickHouse);
        Assert.False(await HistoryRebuild.IsUnfinishedAsync(http, CancellationToken.None));
        // As if the new tables had been put in place with the first records only, and their builder had died.
        await AskAsync(settings, "TRUNCATE TABLE deployment_events");
        await AskAsync(settings, "TRUNCATE TABLE deployment_states");
        await AskAsync(settings, """INSERT INTO history_rebuilds (started_at, state, positions) VALUES (now64(3), 'EXCHANGING', '{"deployments/0":0}')""");
        await AskAsync(settings, $"CREATE DATABASE {settings.ClickHouse.Database}_rebuild");
        Assert.True(await HistoryRebuild.IsUnfinishedAsync(http, CancellationToken.None));
        List<string> told = await RebuildAsync(settings);
        Assert.Equal("reading what came during the exchange", told[0]);
        Assert.False(await HistoryRebuild.IsUnfinishedAsync(http, CancellationToken.None));
        Assert.Equal("20\n", await AskAsync(settings, "SELECT count() FROM deployments"));
    }

    [ClickHouseFact]
    public async Task Fewer_rows_than_before_are_not_put_in_place_unasked()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync([Some.Deployment("d1")]);
        await CarryAsync(world, settings, 1);
        await AskAsync(settings, "INSERT INTO deployment_events SELECT * REPLACE ('garbage' AS deployment_id, kafka_offset + 1000 AS kafka_offset) FROM deployment_events");
        SinkStoppedException e = await Assert.ThrowsAsync<SinkStoppedException>(() => RebuildAsync(settings));
        Assert.Contains("deployment_events would have 1 rows fewer", e.Message, StringComparison.Ordinal);
        Assert.Equal("2\n", await AskAsync(settings, "SELECT count() FROM deployments"));
        e = await Assert.ThrowsAsync<SinkStoppedException>(() => RebuildAsync(settings));
        Assert.Contains($"DROP DATABASE {settings.ClickHouse.Database}_rebuild", e.Message, StringComparison.Ordinal);
        await clickHouse.PostAsync($"DROP DATABASE {settings.ClickHouse.Database}_rebuild SYNC");
        await RebuildAsync(settings, acceptFewer: true);
        Assert.Equal("d1\n", await AskAsync(settings, "SELECT deployment_id FROM deployments"));
    }

    [ClickHouseFact]
    public async Task Without_tables_it_says_what_to_run_first()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = world.Settings(clickHouse.Url.ToString(), await clickHouse.NewDatabaseAsync());
        SinkStoppedException e = await Assert.ThrowsAsync<SinkStoppedException>(() => RebuildAsync(settings));
        Assert.Contains("streamdeploy sink --init", e.Message, StringComparison.Ordinal);
    }

    private async Task<SinkSettings> NewHistoryAsync(SinkWorld world)
    {
        ClickHouseSettings history = await clickHouse.NewHistoryAsync();
        return world.Settings(history.Url, history.Database);
    }

    private static async Task CarryAsync(SinkWorld world, SinkSettings settings, long records)
    {
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        await sink.UntilAsync(() => world.CommittedRecords("deployments") == records, "everything is committed");
        await sink.StopAsync();
    }

    private static async Task<List<string>> RebuildAsync(SinkSettings settings, bool acceptFewer = false)
    {
        var told = new List<string>();
        using var limit = new CancellationTokenSource(SinkWorld.Limit);
        await new HistoryRebuild(settings, NullLoggerFactory.Instance).RunAsync(acceptFewer, told.Add, limit.Token);
        return told;
    }

    private Task<string> AskAsync(SinkSettings settings, string sql) => clickHouse.PostAsync(sql, "database=" + settings.ClickHouse.Database);
}
