using System.Text.Json;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>From Kafka into ClickHouse, both in this process.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class SinkTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    /// <summary>What must not change when rows are there twice: the views as they are, the tables as the documents say to read them.</summary>
    private static readonly string[] Questions =
    [
        "SELECT * FROM deployments ORDER BY ALL", "SELECT * FROM deployment_days ORDER BY ALL", "SELECT * FROM alerts ORDER BY ALL", "SELECT * FROM enrichments ORDER BY ALL", "SELECT * FROM suspects ORDER BY ALL",
        "SELECT * FROM deployment_events FINAL ORDER BY ALL", "SELECT * FROM alert_events FINAL ORDER BY ALL",
        "SELECT * FROM enrichment_revisions FINAL ORDER BY ALL", "SELECT * FROM enrichment_suspects FINAL ORDER BY ALL",
        "SELECT * FROM pipeline_activity ORDER BY ALL", "SELECT * FROM dora_daily ORDER BY ALL", "SELECT * FROM suspects_by_pipeline ORDER BY ALL",
        "SELECT * FROM alerts_without_suspect ORDER BY ALL", "SELECT * FROM claims ORDER BY ALL", "SELECT * FROM noisiest_pipelines ORDER BY ALL",
        "SELECT * FROM time_to_answer ORDER BY ALL", "SELECT * FROM candidates ORDER BY ALL",
        "SELECT account_id, uniqExact(event_id) FROM deployment_events GROUP BY ALL ORDER BY ALL",
    ];

    [ClickHouseFact]
    public async Task Every_field_of_a_deployment_gets_into_its_row()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync([Full.Deployment]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        JsonElement row = await FirstRowAsync(sink, settings, "SELECT * EXCEPT(arrived_at, kafka_partition), arrived_at > '2020-01-01' AS arrived FROM deployment_events");
        Assert.Equal("""{"account_id":"acme","day":"2026-01-01","occurred_at":"2026-01-01 12:00:00.123","event_id":"e1","deployment_id":"d1","pipeline_id":7,"source":"github","kind":"FEATURE_FLAG","status":"ROLLED_BACK","summary":"\"quoted\" \\ \n ü 🚀","started_at":"2026-01-01 11:59:00.000","finished_at":"2026-01-01 12:00:00.000","committed_at":"1999-12-31 23:59:59.999","environment":"production","service":"checkout","version":"1.2.3","commit":"abc","repository":"acme/shop","branch":"main","author_name":"Ann","author_email":"ann@example.com","links.href":["https://example.com/1","https://example.com/2"],"links.text":["one",""],"custom_details":"{\"a\": [1, \"b\"]}","received_at":"2026-01-01 12:00:01.000","kafka_offset":0,"arrived":1}""",
            row.GetRawText());
    }

    [ClickHouseFact]
    public async Task Every_field_of_an_alert_gets_into_its_row()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync([Full.Alert]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        JsonElement row = await FirstRowAsync(sink, settings, "SELECT * EXCEPT(arrived_at, kafka_partition) FROM alert_events");
        Assert.Equal("""{"account_id":"acme","day":"2026-01-01","updated_at":"2026-01-01 12:05:00.000","event_id":"e2","alert_id":"a1","status":"RESOLVED","priority":"HIGH","summary":"down","occurred_at":"2026-01-01 12:00:00.000","resolved_at":"2026-01-01 12:05:00.000","alert_source_id":1,"escalation_policy_id":2,"team_ids":[3,4],"service":"checkout","environment":"production","labels":{"job":"api","x":"y"},"link":"https://example.com/a1","kafka_offset":0}""",
            row.GetRawText());
    }

    [ClickHouseFact]
    public async Task Every_field_of_an_enrichment_gets_into_its_rows()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync([Full.Enrichment]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        JsonElement row = await FirstRowAsync(sink, settings, "SELECT * EXCEPT(arrived_at, kafka_partition) FROM enrichment_revisions");
        Assert.Equal("""{"account_id":"acme","day":"2026-01-01","alert_occurred_at":"2026-01-01 12:00:00.000","alert_id":"a1","alert_summary":"down","revision":5,"settled":true,"outcome":"NO_SUSPECT","reason":"OUT_OF_SCOPE","headline":"nothing","scope":"TEAM","team_ids":[3],"window_from":"2026-01-01 10:00:00.000","window_to":"2026-01-01 12:10:00.000","considered":2,"out_of_scope":1,"probability_none":0.25,"kafka_offset":0}""",
            row.GetRawText());
        string suspects = await AskAsync(settings, "SELECT * EXCEPT(arrived_at, kafka_partition) FROM enrichment_suspects ORDER BY elsewhere, rank FORMAT JSONEachRow");
        string[] rows = suspects.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, rows.Length);
        Assert.Equal("""{"account_id":"acme","day":"2026-01-01","alert_occurred_at":"2026-01-01 12:00:00.000","alert_id":"a1","revision":5,"settled":true,"elsewhere":false,"rank":1,"deployment_id":"d1","pipeline_id":7,"pipeline_name":"shop","kind":"RELEASE","status":"STARTED","summary":"s","environment":"production","service":"checkout","version":"1","started_at":"2026-01-01 11:00:00.000","ended_at":null,"lag_ms":-5,"relation":"AFTER","probability":0.5,"coincidence":0.125,"evidence.code":["TIME","SERVICE"],"evidence.bits":[2.5,-2],"evidence.text":["3 min before","another"],"lifeline.deployment_id":["d0"],"lifeline.kind":["PUSH"],"lifeline.status":["SUCCEEDED"],"lifeline.environment":[""],"lifeline.occurred_at":["2026-01-01 10:30:00.000"],"link":"https://example.com/d1","kafka_offset":0}""",
            rows[0]);
        Assert.Contains("\"elsewhere\":false,\"rank\":2,\"deployment_id\":\"d2\"", rows[1], StringComparison.Ordinal);
        Assert.Contains("\"elsewhere\":true,\"rank\":1,\"deployment_id\":\"d3\"", rows[2], StringComparison.Ordinal);
    }

    [ClickHouseFact]
    public async Task Reading_everything_a_second_time_changes_no_answer()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await ProduceSomeLifeAsync(world);
        await RunOnceAsync(world, settings);
        string[] before = await AnswersAsync(settings);
        Assert.All(before, answer => Assert.NotEqual("", answer));
        // Another group reads from the beginning, in other batches, so that no token is known.
        await RunOnceAsync(world, settings with { Kafka = settings.Kafka with { GroupId = "again" }, BatchRowsMax = 7 });
        Assert.True(long.Parse(await AskAsync(settings, "SELECT sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = 'deployment_events'"), null) > 300,
            "the rows were not inserted twice, so this shows nothing");
        Assert.Equal(before, await AnswersAsync(settings));
    }

    [ClickHouseFact]
    public async Task The_same_rows_under_the_same_token_are_taken_once()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        using var http = new ClickHouseHttp(settings.ClickHouse);
        DeploymentRow[] rows = [new(Full.Deployment, new KafkaPlace(0, 1, Some.Noon))];
        for (int i = 0; i < 3; i++)
            await http.InsertAsync("deployment_events", rows, 1, "deployments/0:1-1x1", CancellationToken.None);
        Assert.Equal("1\n", await AskAsync(settings, "SELECT count() FROM deployment_events"));
        await http.InsertAsync("deployment_events", rows, 1, "deployments/0:1-2x2", CancellationToken.None);
        Assert.Equal("2\n", await AskAsync(settings, "SELECT count() FROM deployment_events"));
        Assert.Equal("1\n", await AskAsync(settings, "SELECT count() FROM deployment_events FINAL"));
    }

    [ClickHouseFact]
    public async Task A_sink_goes_on_where_the_last_one_stopped()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync(Enumerable.Range(0, 100).Select(i => Some.Deployment("d" + i)));
        await RunOnceAsync(world, settings, records: 100);
        await world.ProduceAsync(Enumerable.Range(100, 50).Select(i => Some.Deployment("d" + i)));
        await RunOnceAsync(world, settings, records: 150);
        Assert.Equal("150\n", await AskAsync(settings, "SELECT count() FROM deployment_events"));
        Assert.Equal("150\n", await AskAsync(settings, "SELECT count() FROM deployments"));
    }

    [ClickHouseFact]
    public async Task A_row_that_the_real_engine_refuses_is_found()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await AskAsync(settings, "ALTER TABLE deployment_events ADD CONSTRAINT no_d13 CHECK deployment_id != 'd13'");
        await world.ProduceAsync(Enumerable.Range(0, 100).Select(i => Some.Deployment("d" + i)));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        var letters = await Task.Run(() => world.DeadLetters(1));
        Assert.Contains("no_d13", letters[0].Headers["streamdeploy-error"], StringComparison.Ordinal);
        await sink.UntilAsync(async () => await AskAsync(settings, "SELECT count() FROM deployment_events") == "99\n", "the other rows");
    }

    [ClickHouseFact]
    public async Task Events_of_more_months_than_one_insert_may_touch_all_go_in()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        await world.ProduceAsync(Enumerable.Range(0, 150).Select(i => Some.Deployment("d" + i, atMs: Some.Noon - (i * 31L * 24 * Some.Hour))));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        await sink.UntilAsync(async () => await AskAsync(settings, "SELECT count() FROM deployment_events") == "150\n", "all rows");
    }

    [ClickHouseFact]
    public async Task A_table_that_lacks_a_column_or_has_it_in_another_type_gets_no_row()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = await NewHistoryAsync(world);
        DeploymentRow[] rows = [new(Full.Deployment, new KafkaPlace(0, 1, Some.Noon))];
        foreach ((string change, string told) in ((string, string)[])[
            ("MODIFY COLUMN pipeline_id UInt32", "the column pipeline_id of the table deployment_events is read as UInt32, and this version writes Int64"),
            ("DROP COLUMN custom_details", "has no column custom_details")])
        {
            await AskAsync(settings, "ALTER TABLE deployment_events " + change);
            using var http = new ClickHouseHttp(settings.ClickHouse);
            ClickHouseException e = await Assert.ThrowsAsync<ClickHouseException>(() => http.InsertAsync("deployment_events", rows, 1, "t" + change, CancellationToken.None));
            Assert.Equal(ErrorKind.Fatal, ErrorKinds.Of(e));
            Assert.Contains(told, e.Message, StringComparison.Ordinal);
            await AskAsync(settings, "ALTER TABLE deployment_events MODIFY COLUMN pipeline_id Int64");
        }
        Assert.Equal("0\n", await AskAsync(settings, "SELECT count() FROM deployment_events"));
    }

    [ClickHouseFact]
    public async Task A_missing_schema_stops_the_sink()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = world.Settings(clickHouse.Url.ToString(), await clickHouse.NewDatabaseAsync());
        await world.ProduceAsync([Some.Deployment()]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings);
        SinkStoppedException e = await Assert.ThrowsAsync<SinkStoppedException>(() => sink.Completion.WaitAsync(SinkWorld.Limit));
        Assert.Contains("UNKNOWN_TABLE", e.Message, StringComparison.Ordinal);
    }

    /// <summary>150 deployments with two events each, alerts with two, answers with several revisions and suspects.</summary>
    private static async Task ProduceSomeLifeAsync(SinkWorld world)
    {
        await world.ProduceAsync(Enumerable.Range(0, 300).Select(i => Some.Deployment("d" + (i % 150), Some.Noon + (i * Some.Minute), i % 3, "account" + (i % 5)) with
        {
            Status = i < 150 ? DeploymentStatus.STARTED : (DeploymentStatus)(2 + (i % 4)),
            StartedAtMs = i < 150 ? Some.Noon : null,
            Environment = i % 2 == 0 ? "production" : null,
        }));
        await world.ProduceAsync(Enumerable.Range(0, 60).Select(i => Some.Alert("a" + (i % 30), Some.Noon, "account" + (i % 5), "e" + i) with
        {
            UpdatedAtMs = Some.Noon + (i * Some.Minute),
            Status = i < 30 ? AlertStatus.OPEN : AlertStatus.RESOLVED,
        }));
        await world.ProduceAsync(Enumerable.Range(0, 90).Select(i => Full.Enrichment with
        {
            AccountId = "account" + (i % 5),
            AlertId = "a" + (i % 30),
            Revision = i / 30 < 2 ? i / 30 : 1,
            Settled = i / 30 == 2,
        }));
    }

    private async Task<SinkSettings> NewHistoryAsync(SinkWorld world)
    {
        ClickHouseSettings history = await clickHouse.NewHistoryAsync();
        return world.Settings(history.Url, history.Database);
    }

    private static async Task RunOnceAsync(SinkWorld world, SinkSettings settings, long records = 300)
    {
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        string[] topics = records == 300 ? ["deployments", "alerts", "enrichments"] : ["deployments"];
        long[] expected = records == 300 ? [300, 60, 90] : [records];
        await sink.UntilAsync(() => topics.Zip(expected).All(of => world.CommittedRecords(of.First, settings.Kafka.GroupId) == of.Second), "everything is committed");
        await sink.StopAsync();
    }

    private async Task<string[]> AnswersAsync(SinkSettings settings)
    {
        var answers = new List<string>();
        foreach (string question in Questions)
            answers.Add(await AskAsync(settings, question));
        return [.. answers];
    }

    private async Task<JsonElement> FirstRowAsync(SinkWorld.RunningSink sink, SinkSettings settings, string sql)
    {
        string row = "";
        await sink.UntilAsync(async () => (row = await AskAsync(settings, sql + " FORMAT JSONEachRow")) != "", sql);
        return JsonDocument.Parse(row).RootElement;
    }

    private Task<string> AskAsync(SinkSettings settings, string sql) => clickHouse.PostAsync(sql, "output_format_json_escape_forward_slashes=0&database=" + settings.ClickHouse.Database);
}
