using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Schemas;
using DeploymentRow = StreamDeploy.Connectors.ClickHouse.DeploymentRow;
using JoinSettings = StreamDeploy.Topology.JoinSettings;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>From rows back to records.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class RecordedHistoryTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    private const int Records = 300;

    /// <summary>So that nothing is of an impossible time.</summary>
    private static readonly JoinSettings AnySkew = new() { SkewMs = 366L * 24 * Some.Hour };

    /// <summary>A record that can be: it has ids, times that a row can hold, and an event time not before it was raised.</summary>
    private static Deployment RandomDeployment(Random random, int i) => RandomRecords.Of<Deployment>(random) with
    {
        AccountId = "account-" + i % 3,
        EventId = "e" + i,
        DeploymentId = "d" + i,
        OccurredAtMs = Some.Noon + random.Next(100_000_000),
        StartedAtMs = MaybeTime(random),
        FinishedAtMs = MaybeTime(random),
        CommittedAtMs = null,
        ReceivedAtMs = null,
    };

    private static Alert RandomAlert(Random random, int i) => RandomRecords.Of<Alert>(random) with
    {
        AccountId = "account-" + i % 3,
        EventId = "e" + i,
        AlertId = "a" + i,
        OccurredAtMs = Some.Noon + random.Next(100_000_000),
        UpdatedAtMs = Some.Noon + random.Next(100_000_000),
        ResolvedAtMs = null,
        TeamIds = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))],
    };

    private static long? MaybeTime(Random random) => random.Next(3) == 0 ? null : random.NextInt64(-2_208_988_800_000, 10_413_791_999_999);

    /// <summary>What the join asks for. A text that is absent and an empty one both say nothing.</summary>
    private static Deployment AsJoined(Deployment d) => d with
    {
        Source = "",
        CommittedAtMs = null,
        Branch = null,
        Author = null,
        CustomDetails = null,
        ReceivedAtMs = null,
        Environment = d.Environment ?? "",
        Service = d.Service ?? "",
        Version = d.Version ?? "",
        Commit = d.Commit ?? "",
        Repository = d.Repository ?? "",
        Links = [.. d.Links.Take(1).Select(link => new Link { Href = link.Href })],
    };

    private static Alert AsJoined(Alert a) => a with
    {
        Status = AlertStatus.UNKNOWN,
        Priority = "",
        ResolvedAtMs = null,
        Labels = new Dictionary<string, string>(),
        Link = null,
        Service = a.Service ?? "",
        Environment = a.Environment ?? "",
    };

    [ClickHouseFact]
    public async Task A_deployment_comes_back_from_its_row_as_the_join_sees_it()
    {
        using RecordedHistory history = Open(await NewHistoryAsync(), out ClickHouseHttp http);
        var random = new Random(4711);
        Deployment[] written = [.. Enumerable.Range(0, Records).Select(i => RandomDeployment(random, i))];
        await InsertTwiceAsync(http, "deployment_events", written, (d, place) => new DeploymentRow(d, place));

        List<Arrived<Deployment>> read = await All(history.DeploymentsAsync(1, AnySkew, Some.Noon, CancellationToken.None));

        Assert.Equal(written.Select(AsJoined).Select(RandomRecords.Describe), read.Select(r => RandomRecords.Describe(AsJoined(r.Record))));
        Assert.Equal(Enumerable.Range(0, Records).Select(i => Some.Noon + i), read.Select(r => r.KafkaTimestampMs));
    }

    [ClickHouseFact]
    public async Task An_alert_comes_back_from_its_row_as_the_join_sees_it()
    {
        using RecordedHistory history = Open(await NewHistoryAsync(), out ClickHouseHttp http);
        var random = new Random(4712);
        Alert[] written = [.. Enumerable.Range(0, Records).Select(i => RandomAlert(random, i))];
        await InsertTwiceAsync(http, "alert_events", written, (a, place) => new AlertRow(a, place));

        List<Arrived<Alert>> read = await All(history.AlertsAsync(1, AnySkew, Some.Noon, CancellationToken.None));

        Assert.Equal(written.Select(AsJoined).Select(RandomRecords.Describe), read.Select(r => RandomRecords.Describe(AsJoined(r.Record))));
        Assert.Equal([1], await history.PartitionsAsync("account-1", Some.Noon, CancellationToken.None));
        Assert.Empty(await history.PartitionsAsync("nobody", Some.Noon, CancellationToken.None));
    }

    [ClickHouseFact]
    public async Task An_answer_comes_back_with_its_suspects_in_their_order_but_for_what_explains_them()
    {
        using RecordedHistory history = Open(await NewHistoryAsync(), out ClickHouseHttp http);
        Enrichment[] written = [.. Enumerable.Range(0, 20).Select(i => Full.Enrichment with
        {
            AlertId = "a" + i,
            Revision = i,
            Reason = i % 2 == 0 ? null : NoSuspectReason.NOTHING_NEAR,
            Suspects = [.. Enumerable.Range(0, i % 4).Select(rank => Full.Suspect with { DeploymentId = "d" + rank, EndMs = rank == 1 ? null : Some.Noon, PipelineName = rank == 2 ? null : "shop" })],
        })];
        await InsertTwiceAsync(http, "enrichment_revisions", written, (e, place) => new EnrichmentRow(e, place));
        for (int rank = 0; rank < 3; rank++)
        {
            // The best ranks last: what counts is the rank and not the order of the rows.
            int at = 2 - rank;
            await InsertTwiceAsync(http, "enrichment_suspects", written, (e, place) => new SuspectRow(e, e.Suspects.ElementAtOrDefault(at) ?? Full.Suspect, e.Suspects.Length <= at, at + 1, place));
        }

        List<Enrichment> read = await All(history.AnswersAsync(1, Some.Noon, CancellationToken.None));

        static string Told(Enrichment e) => RandomRecords.Describe(e with
        {
            TeamIds = [],
            Elsewhere = [],
            Suspects = [.. e.Suspects.Select(s => s with { Environment = null, Service = null, Version = null, Evidence = [], Link = null, Lifeline = [.. s.Lifeline.Select(l => new LifelineEntry { DeploymentId = l.DeploymentId, OccurredAtMs = l.OccurredAtMs })] })],
        });
        Assert.Equal(written.Select(Told), read.Select(Told));
    }

    [ClickHouseFact]
    public async Task What_is_older_impossible_or_of_another_partition_is_left_out()
    {
        ClickHouseSettings settings = await NewHistoryAsync();
        using var http = new ClickHouseHttp(settings);
        int home = Murmur2.PartitionOf("acme", 4);
        Deployment[] written = [Some.Deployment("old", Some.Noon - 1), Some.Deployment("first"), Some.Deployment("impossible", Some.Noon + Some.Hour), Some.Deployment("", Some.Noon), Some.Deployment("last")];
        foreach (int partition in (int[])[home, (home + 1) % 4])
            await InsertTwiceAsync(http, "deployment_events", written, (d, place) => new DeploymentRow(d, place with { Partition = partition }));
        using var history = new RecordedHistory(settings, pairs: 4);

        Assert.Equal(["first", "last"], (await All(history.DeploymentsAsync(home, new JoinSettings(), Some.Noon, CancellationToken.None))).Select(d => d.Record.DeploymentId));
        Assert.Empty(await All(history.DeploymentsAsync((home + 1) % 4, new JoinSettings(), Some.Noon, CancellationToken.None)));
        // Where nobody knows how many partitions there are, what was sent on is met where it was written, too.
        using var unknowing = new RecordedHistory(settings, pairs: null);
        Assert.Equal(2, (await All(unknowing.DeploymentsAsync((home + 1) % 4, new JoinSettings(), Some.Noon, CancellationToken.None))).Count);
    }

    private static RecordedHistory Open(ClickHouseSettings settings, out ClickHouseHttp http)
    {
        http = new ClickHouseHttp(settings);
        // Every row is there twice, so that pages end between the two.
        return new RecordedHistory(settings, pairs: null) { PageRowsMax = 7 };
    }

    private static async Task InsertTwiceAsync<T, TRow>(ClickHouseHttp http, string table, IReadOnlyList<T> records, Func<T, KafkaPlace, TRow> rowOf) where TRow : class
    {
        TRow[] rows = [.. records.Select((record, i) => rowOf(record, new KafkaPlace(1, 10 + i, Some.Noon + i)))];
        foreach (string token in (string[])["once", "again"])
            await http.InsertAsync(table, rows, rows.Length, Guid.NewGuid() + token, CancellationToken.None);
    }

    private async Task<ClickHouseSettings> NewHistoryAsync()
    {
        var settings = new ClickHouseSettings { Url = clickHouse.Url.ToString(), Database = "p" + Guid.NewGuid().ToString("N") };
        using var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
        return settings;
    }

    private static async Task<List<T>> All<T>(IAsyncEnumerable<T> records)
    {
        var all = new List<T>();
        await foreach (T record in records)
            all.Add(record);
        return all;
    }
}
