using System.Globalization;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Tests.ClickHouse.Oracle;
using Xunit.Abstractions;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>However often and in whichever pieces the records come, every table and view says what a second, plain reading of them says.</summary>
/// <remarks>STREAMDEPLOY_HISTORY_SEEDS=300 runs more; STREAMDEPLOY_HISTORY_SEED=17 runs the one that failed.</remarks>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class HistoryOracleTests(EmbeddedClickHouseFixture clickHouse, ITestOutputHelper output) : IClassFixture<EmbeddedClickHouseFixture>, IAsyncLifetime
{
    private static readonly string[] RawAndStates =
        ["deployment_events", "alert_events", "enrichment_revisions", "enrichment_suspects", "dead_letters", "deployment_states", "alert_states", "enrichment_states", "activity_daily"];

    private HistoryInserts _inserts = null!;

    public async Task InitializeAsync() => _inserts = await HistoryInserts.StartAsync();

    public async Task DisposeAsync() => await _inserts.DisposeAsync();

    [ClickHouseFact]
    public async Task Repeats_crashes_and_replays_change_no_row_of_any_view()
    {
        int first = Number("STREAMDEPLOY_HISTORY_SEED", 1), count = Number("STREAMDEPLOY_HISTORY_SEED", 0) > 0 ? 1 : Number("STREAMDEPLOY_HISTORY_SEEDS", 20);
        var rows = new Dictionary<string, int>();
        for (int seed = first; seed < first + count; seed++)
        {
            IReadOnlyList<ViewComparison> views = await RunAsync(seed);
            IEnumerable<string> differences = views.SelectMany(view => view.Differences);
            Assert.True(!differences.Any(), $"seed {seed}:\n{string.Join('\n', differences)}");
            foreach (ViewComparison view in views)
                rows[view.View] = rows.GetValueOrDefault(view.View) + view.Rows;
        }
        output.WriteLine(string.Join('\n', rows.Select(view => $"{view.Key}: {view.Value} rows")));
        if (count > 1)
            Assert.All(rows, view => Assert.True(view.Value > 0, $"no seed has a row of {view.Key}"));
    }

    private async Task<IReadOnlyList<ViewComparison>> RunAsync(int seed)
    {
        var random = new Random(seed);
        IReadOnlyList<HistoryRecord> records = GeneratedHistory.Of(seed);
        (ClickHouseHttp http, string database) = await NewHistoryAsync();
        using (http)
        {
            int replays = random.Next(1, 3);
            for (int replay = 0; replay < replays; replay++)
                await ReplayAsync(http, records, replay, random);
            IReadOnlyList<ViewComparison> comparisons = await HistoryOracle.DifferencesAsync(records, sql => http.QueryAsync(sql, CancellationToken.None));
            await http.QueryAsync("DROP DATABASE " + database, CancellationToken.None);
            return comparisons;
        }
    }

    private async Task<(ClickHouseHttp Http, string Database)> NewHistoryAsync()
    {
        string database = "h" + Guid.NewGuid().ToString("N");
        var settings = new ClickHouseSettings { Url = clickHouse.Url.ToString(), Database = database };
        var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
        return (http, database);
    }

    /// <summary>Everything once from the start, cut anew into batches, some of them in part first, some again, and merges in between.</summary>
    private async Task ReplayAsync(ClickHouseHttp http, IReadOnlyList<HistoryRecord> records, int replay, Random random)
    {
        HistoryRecord[][] batches = [.. records.GroupBy(HistoryInserts.TopicOf).SelectMany(topic => Cut([.. topic], random))];
        random.Shuffle(batches);
        foreach (HistoryRecord[] batch in batches)
        {
            string attempt = random.Next(2) == 0 ? "" : $"/{replay}";
            if (random.Next(5) == 0)
                await _inserts.InsertAsync(http, batch, tables: 1, attempt);
            await _inserts.InsertAsync(http, batch, attempt: attempt);
            if (random.Next(5) == 0)
                await _inserts.InsertAsync(http, batch, attempt: random.Next(2) == 0 ? attempt : "/again");
            if (random.Next(10) == 0)
                await http.QueryAsync($"OPTIMIZE TABLE {RawAndStates[random.Next(RawAndStates.Length)]} FINAL", CancellationToken.None);
        }
    }

    /// <summary>The records are in the order of their offsets, so every piece is a run without a gap of each partition.</summary>
    private static IEnumerable<HistoryRecord[]> Cut(HistoryRecord[] topic, Random random)
    {
        for (int from = 0, to; from < topic.Length; from = to)
        {
            to = Math.Min(topic.Length, from + random.Next(1, topic.Length + 1));
            yield return topic[from..to];
        }
    }

    private static int Number(string variable, int other) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : other;
}
