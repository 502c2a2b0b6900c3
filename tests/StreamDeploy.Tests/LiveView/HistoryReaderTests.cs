using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Claims;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse;
using StreamDeploy.Tests.ClickHouse.Oracle;
using StreamDeploy.Topology;
using HistoryReader = StreamDeploy.Connectors.LiveView.History.HistoryReader;

namespace StreamDeploy.Tests.LiveView;

/// <summary>What the pages read from ClickHouse is what they would say of the same records from the topics.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class HistoryReaderTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    /// <summary>A day without midnight in it: a deployment has one row then, and the days' rows tell all.</summary>
    private static readonly TimeRange Day = new(Some.Noon - (6 * Some.Hour), Some.Noon + (6 * Some.Hour), null);

    private static readonly string[] Services = ["checkout", "it's", "a\\b"];
    private static readonly string[] Searches = ["\\", "it's", "CHECKOUT", "ann deploy", "platform", "100 %", "d1 acme"];

    private static readonly Entries Names = new(
        null,
        [Some.Pipeline(1, "acme", 7) with { Name = "checkout's \\ pipeline" }, Some.Pipeline(2) with { Name = "storefront" }, Some.Pipeline(3, "acme", 7, 8) with { Name = "platform" }],
        [], [], []);

    [ClickHouseFact]
    public async Task The_newest_changes_by_any_filter_are_those_that_the_rules_of_the_tail_choose()
    {
        var random = new Random(7);
        Deployment[] events = [.. Enumerable.Range(0, 400).Select(i => RandomEvent(random, i))];
        using var reader = new HistoryReader(await HistoryOfAsync(events));
        var changes = ChangesOf(events.Where(e => e.AccountId == "acme"));

        for (var i = 0; i < 60; i++)
        {
            var filter = RandomFilter(random);
            var expected = changes.Where(change => filter.Matches(change, Names)).Order(Change.NewestFirst).ToList();
            var page = await reader.NewestAsync("acme", filter, Names, 20, CancellationToken.None);

            Assert.Equal(KeysOf(expected.Take(20)), page.Deployments.Select(Text));
            // Nothing older than the page's beginning: then there is no row that could say how many there are.
            var total = expected.Count == 0 ? 0 : changes.Count(change => (filter with { BeforeMs = null }).Matches(change, Names));
            Assert.True(total == page.Total, $"{filter}: {total} expected, {page.Total} counted");
        }
    }

    [ClickHouseFact]
    public async Task The_events_of_deployments_come_back_as_they_were()
    {
        var random = new Random(8);
        Deployment[] events = [.. Enumerable.Range(0, 60).Select(i => RandomEvent(random, i))];
        using var reader = new HistoryReader(await HistoryOfAsync(events));
        var mine = events.Where(e => e.AccountId == "acme").ToList();

        var read = await reader.EventsAsync("acme", [.. mine.Select(e => new DeploymentKey(e.PipelineId, e.DeploymentId))], Day, CancellationToken.None);

        Assert.Equal(mine.Select(Json).Order(StringComparer.Ordinal), read.Select(Json).Order(StringComparer.Ordinal));
    }

    [ClickHouseFact]
    public async Task The_picture_s_parts_count_each_deployment_once()
    {
        var random = new Random(9);
        Deployment[] events = [.. Enumerable.Range(0, 300).Select(i => RandomEvent(random, i))];
        using var reader = new HistoryReader(await HistoryOfAsync(events));
        var filter = new ChangeFilter { Range = Day };
        var deployments = ChangesOf(events.Where(e => e.AccountId == "acme")).Where(change => filter.Matches(change, Names)).SelectMany(change => change.Deployments).ToList();

        var cells = await reader.CellsAsync("acme", filter, Names, Some.Hour, CancellationToken.None);

        Assert.Equal(deployments.Count, cells.Sum(cell => cell.Deployments));
        Assert.Equal(deployments.Count(d => d.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK), cells.Sum(cell => cell.Bad));
        Assert.All(deployments.GroupBy(d => d.Service), of => Assert.Equal(of.Count(), cells.Where(cell => cell.Service == of.Key).Sum(cell => cell.Deployments)));
    }

    [ClickHouseFact]
    public async Task An_alert_comes_back_with_all_its_events_and_answers_and_with_nobody_else_s()
    {
        Alert raised = Some.Alert("it's \"a\\1\"") with { Service = "checkout", Labels = new Dictionary<string, string> { ["a\\b"] = "c'd" }, TeamIds = [7], AlertSourceId = 3, Link = "https://alerts.example/1" };
        Alert resolved = raised with { EventId = "e2", Status = AlertStatus.RESOLVED, UpdatedAtMs = Some.Noon + (30 * Some.Minute), ResolvedAtMs = Some.Noon + (29 * Some.Minute) };
        var first = Answer(raised, revision: 1, settled: false);
        var second = Answer(raised, revision: 5, settled: true);
        using var reader = new HistoryReader(await HistoryOfAsync([raised, resolved, first, second, raised with { AccountId = "other", EventId = "x" }, first with { AccountId = "other" }]));

        var one = await reader.AlertAsync("acme", new(raised.AlertId, raised.OccurredAtMs), CancellationToken.None);
        var list = await reader.AlertsAsync("acme", Day, 10, CancellationToken.None);

        Assert.NotNull(one);
        Assert.Equal(new[] { raised, resolved }.Select(Json), one.Events.Select(Json));
        Assert.Equal(new[] { first, second }.Select(Json), one.Answers.Select(Json));
        Assert.Equal(Json(second), Json(Assert.Single(list).Answer!));
        Assert.Null(await reader.AlertAsync("acme", new("another", raised.OccurredAtMs), CancellationToken.None));
    }

    [ClickHouseFact]
    public async Task What_claims_did_is_counted_as_the_tail_counts_it()
    {
        Enrichment[] answers =
        [
            Answer(Some.Alert("a1"), 1, settled: false), Answer(Some.Alert("a1"), 2, settled: true) with { OutOfScope = 1 },
            Answer(Some.Alert("a2"), 1, settled: true) with { OutOfScope = 0, TeamIds = [8] },
            Answer(Some.Alert("a3"), 1, settled: true) with { Outcome = Outcome.NO_SUSPECT, Reason = NoSuspectReason.OUT_OF_SCOPE, Suspects = [], OutOfScope = 4 },
            Answer(Some.Alert("a4"), 1, settled: true) with { Scope = ScopeKind.ACCOUNT },
            Answer(Some.Alert("a5") with { AccountId = "other" }, 1, settled: true),
        ];
        using var reader = new HistoryReader(await HistoryOfAsync([.. answers.Select(answer => Some.Alert(answer.AlertId) with { AccountId = answer.AccountId }).DistinctBy(alert => alert.AlertId), .. answers]));
        var latest = answers.Where(answer => answer.AccountId == "acme").GroupBy(answer => answer.AlertId).Select(group => group.MaxBy(answer => answer.Revision)!);
        var expected = ClaimTally.Of(latest, Day.FromMs);

        var counted = await reader.ClaimsAsync("acme", Day, CancellationToken.None);

        Assert.Equal(2, counted.Count);
        Assert.Equal(new ClaimTally(3, 2, 1, 5, expected[8].Examples), expected[8]);
        Assert.All(expected, team => Assert.Equal(team.Value with { Examples = counted[team.Key].Examples }, counted[team.Key]));
    }

    [ClickHouseFact]
    public async Task What_the_filter_may_be_set_to_is_what_the_account_has()
    {
        using var reader = new HistoryReader(await HistoryOfAsync(
            Some.Deployment("d1") with { Service = "b", Environment = "production" }, Some.Deployment("d2") with { Service = "a" },
            Some.Deployment("d3", accountId: "other") with { Service = "secret" }));

        var choices = await reader.ChoicesAsync("acme", Day, CancellationToken.None);

        Assert.Equal(["a", "b"], choices.Services);
        Assert.Equal(["production"], choices.Environments);
    }

    private static Deployment RandomEvent(Random random, int i)
    {
        string? Any(params string?[] texts) => texts[random.Next(texts.Length)];
        var (repository, commit) = (Any("acme/checkout", "acme/it's", null), Any("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", null));
        return Some.Deployment("d" + random.Next(150) + Any("", "\\", "'", "\"ü\""), Some.Noon - (5 * Some.Hour) + (i * Some.Minute) + random.Next(1000), random.Next(1, 4), random.Next(4) == 0 ? "other" : "acme", "e" + i) with
        {
            Kind = Enum.GetValues<DeploymentKind>()[random.Next(5)],
            Status = Enum.GetValues<DeploymentStatus>()[random.Next(6)],
            Service = Any([.. Services, null]),
            Environment = Any("production", "staging", null),
            Repository = repository,
            Commit = commit,
            Summary = Any("deploy checkout", "roll back \\ 100 %", "it's \"live\"", "tab\there")!,
            Author = random.Next(2) == 0 ? null : new Author { Name = Any("Ann", "Bo\\b"), Email = Any("ann@example.com", null) },
            Links = random.Next(2) == 0 ? [] : [new Link { Href = "https://ci.example/'1'", Text = Any("build", null) }],
            CustomDetails = Any("""{"a":"b\\c"}""", null),
            Version = Any("1.2", null),
            Branch = Any("main", null),
        };
    }

    private static ChangeFilter RandomFilter(Random random)
    {
        T? Maybe<T>(T value) => random.Next(3) == 0 ? value : default;
        return new()
        {
            Range = random.Next(3) == 0 ? new(Some.Noon - (2 * Some.Hour), Some.Noon, null) : Day,
            PipelineId = random.Next(4) == 0 ? random.Next(1, 4) : null,
            TeamId = random.Next(4) == 0 ? random.Next(7, 10) : null,
            Service = Maybe(Services[random.Next(Services.Length)]),
            Environment = Maybe("production"),
            Kind = random.Next(4) == 0 ? Enum.GetValues<DeploymentKind>()[random.Next(5)] : null,
            Status = random.Next(4) == 0 ? Enum.GetValues<DeploymentStatus>()[random.Next(6)] : null,
            Search = Maybe(Searches[random.Next(Searches.Length)]),
            BeforeMs = random.Next(4) == 0 ? Some.Noon - Some.Hour : null,
        };
    }

    private static List<Change> ChangesOf(IEnumerable<Deployment> events) =>
        [.. events.GroupBy(e => new DeploymentKey(e.PipelineId, e.DeploymentId)).Select(DeploymentTrail.Of).GroupBy(ChangeKey.Of).Select(group => new Change(group))];

    private static IEnumerable<string> KeysOf(IEnumerable<Change> changes) => changes.Select(change => Text([.. change.Deployments.Select(d => d.Key)]));

    private static string Text(IReadOnlyList<DeploymentKey> keys) => string.Join(", ", keys.Select(key => key.ToString()).Order(StringComparer.Ordinal));

    private static Enrichment Answer(Alert alert, long revision, bool settled) => new()
    {
        AccountId = alert.AccountId,
        AlertId = alert.AlertId,
        AlertSummary = alert.Summary,
        AlertOccurredAtMs = alert.OccurredAtMs,
        Revision = revision,
        Settled = settled,
        Outcome = Outcome.SUSPECTS,
        Headline = "71 % likely: it's \\ this",
        Scope = ScopeKind.TEAM,
        TeamIds = [7, 8],
        WindowFromMs = Some.Noon - (2 * Some.Hour),
        WindowToMs = Some.Noon + (10 * Some.Minute),
        Considered = 3,
        OutOfScope = 2,
        ProbabilityNone = 0.25,
        Suspects = [SomeSuspect("d1", 0.7), SomeSuspect("d2", 0.05)],
        Elsewhere = settled ? [SomeSuspect("d3", 0.4)] : [],
    };

    private static Suspect SomeSuspect(string id, double probability) => new()
    {
        DeploymentId = id,
        PipelineId = 1,
        PipelineName = "checkout's \\ pipeline",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.FAILED,
        Summary = "deploy \"it\"",
        Service = "checkout",
        StartMs = Some.Noon - Some.Hour,
        EndMs = id == "d2" ? null : Some.Noon - (3 * Some.Minute),
        LagMs = 3 * Some.Minute,
        Relation = Relation.BEFORE,
        Probability = probability,
        Coincidence = 0.046,
        Evidence = [new() { Code = EvidenceCode.TIME, Bits = 2.5, Text = "it ended 3 min before" }, new() { Code = EvidenceCode.STATUS, Bits = 2, Text = "it 'failed'" }],
        Lifeline = [new() { DeploymentId = "m\\1", Kind = DeploymentKind.MERGE, Status = DeploymentStatus.SUCCEEDED, OccurredAtMs = Some.Noon - (2 * Some.Hour) }],
        Link = "https://ci.example/1",
    };

    private static string Json<T>(T record)
    {
        using var bytes = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(bytes))
            RecordJson<T>.Instance.Write(json, record);
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private async Task<ClickHouseSettings> HistoryOfAsync(params object[] events)
    {
        var settings = await clickHouse.NewHistoryAsync();
        using var http = new ClickHouseHttp(settings);
        await using var inserts = await HistoryInserts.StartAsync();
        foreach (var topic in events.Select((e, i) => new HistoryRecord(0, i, Some.Noon, e)).GroupBy(HistoryInserts.TopicOf))
            await inserts.InsertAsync(http, [.. topic.Select((record, i) => record with { Offset = i })]);
        return settings;
    }
}
