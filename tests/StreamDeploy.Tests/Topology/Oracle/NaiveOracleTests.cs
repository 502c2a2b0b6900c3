using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>The oracle against cases worked out by hand from product.md: an oracle that is wrong proves nothing.</summary>
public sealed class NaiveOracleTests
{
    private const long Noon = Some.Noon;
    private const long Minute = Some.Minute;
    private const long Hour = Some.Hour;
    private const long LongAgo = Noon - (1000 * Hour);

    private static readonly OracleSettings Defaults = new();

    [Fact]
    public void The_worked_example_gives_the_numbers_of_the_page()
    {
        Enrichment answer = Settled(
            [LogRecord.Of(Some.Deployment("D2", Noon - Hour)), LogRecord.Of(Some.Deployment("D1", Noon - (3 * Minute))), LogRecord.Of(Some.Alert())]);

        Assert.Equal(Outcome.SUSPECTS, answer.Outcome);
        Assert.Equal(["D1", "D2"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal(0.707, answer.Suspects[0].Probability, 0.0005);
        Assert.Equal(0.041, answer.Suspects[1].Probability, 0.0005);
        Assert.Equal(0.253, answer.ProbabilityNone, 0.0005);
        Assert.Equal(0.046, answer.Suspects[0].Coincidence, 0.0005);
        Assert.Equal(3, answer.Revision);
        Assert.Equal((2, 0), (answer.Considered, answer.OutOfScope));
        Assert.Equal((Noon - (2 * Hour), Noon + (10 * Minute)), (answer.WindowFromMs, answer.WindowToMs));
        Assert.Equal(3 * Minute, answer.Suspects[0].LagMs);
        Assert.Equal(5.59, Math.Pow(2, answer.Suspects[0].Evidence.Single().Bits), 0.005);
    }

    [Theory]
    [InlineData(-120 * Minute, true)]
    [InlineData((-120 * Minute) - 1, false)]
    [InlineData(10 * Minute, true)]
    [InlineData((10 * Minute) + 1, false)]
    public void The_window_holds_both_its_borders(long atMs, bool near)
    {
        Enrichment answer = Settled([LogRecord.Of(Some.Deployment(atMs: Noon + Math.Min(atMs, 0))), LogRecord.Of(Some.Alert())], alertTime: Noon - Math.Max(atMs, 0));

        Assert.Equal(near ? Outcome.SUSPECTS : Outcome.NO_SUSPECT, answer.Outcome);
        Assert.Equal(near ? null : NoSuspectReason.NOTHING_NEAR, answer.Reason);
    }

    [Fact]
    public void A_deployment_that_starts_after_the_alert_has_a_negative_lag_and_other_evidence()
    {
        Suspect suspect = Settled([LogRecord.Of(Some.Deployment(atMs: Noon + (5 * Minute))), LogRecord.Of(Some.Alert())]).Suspects.Single();

        Assert.Equal((Relation.AFTER, -5 * Minute), (suspect.Relation, suspect.LagMs));
        Assert.Equal((EvidenceCode.AFTER_ALERT, -6.0), (suspect.Evidence.Single().Code, suspect.Evidence.Single().Bits));
        Assert.Equal(5.0 / 130, suspect.Coincidence, 1e-12);
    }

    [Fact]
    public void A_claim_hides_what_other_teams_deployed_and_counts_it()
    {
        TableRecord[] tables = [Pipeline(1, teams: [7]), Pipeline(2, teams: [8]), Pipeline(3, shared: true)];
        LogRecord[] log =
        [
            LogRecord.Of(Some.Deployment("mine", Noon - (30 * Minute), pipelineId: 1)),
            LogRecord.Of(Some.Deployment("other", Noon - (20 * Minute), pipelineId: 2)),
            LogRecord.Of(Some.Deployment("shared", Noon - (10 * Minute), pipelineId: 3)),
            LogRecord.Of(Some.Deployment("unknown", Noon - (5 * Minute), pipelineId: 4)),
            LogRecord.Of(Some.Alert() with { TeamIds = [7, 7, 3] }),
        ];

        Enrichment answer = Settled(log, tables);

        Assert.Equal(ScopeKind.TEAM, answer.Scope);
        Assert.Equal([3L, 7L], answer.TeamIds);
        Assert.Equal(["shared", "mine"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal(2, answer.OutOfScope);
        Assert.Empty(answer.Elsewhere);
    }

    [Fact]
    public void A_claim_without_a_deployment_near_shows_what_it_hid_elsewhere_with_the_numbers_of_the_account()
    {
        LogRecord[] log =
        [
            .. Enumerable.Range(1, 4).Select(i => LogRecord.Of(Some.Deployment("d" + i, Noon - (i * Minute), pipelineId: 2))),
            LogRecord.Of(Some.Alert() with { TeamIds = [7] }),
        ];

        Enrichment claimed = Settled(log, [Pipeline(1, teams: [7])]);
        Enrichment unclaimed = Settled(log);

        Assert.Equal((Outcome.NO_SUSPECT, NoSuspectReason.OUT_OF_SCOPE), (claimed.Outcome, claimed.Reason!.Value));
        Assert.Equal((0, 4, 1.0), (claimed.Considered, claimed.OutOfScope, claimed.ProbabilityNone));
        Assert.Equal(["d1", "d2", "d3"], claimed.Elsewhere.Select(s => s.DeploymentId));
        Assert.Equal(unclaimed.Suspects.Take(3).Select(s => s.Probability), claimed.Elsewhere.Select(s => s.Probability));
        Assert.Equal([7L], unclaimed.TeamIds);
    }

    [Fact]
    public void Teams_come_from_the_source_its_policy_and_the_alert_as_they_were_at_the_alert()
    {
        TableRecord[] tables =
        [
            TableRecord.Put(new AlertSource { AccountId = "acme", Id = 1, TeamIds = [1], EscalationPolicyId = 5 }, LongAgo),
            TableRecord.Put(new EscalationPolicy { AccountId = "acme", Id = 5, TeamIds = [2] }, LongAgo),
            TableRecord.Put(new EscalationPolicy { AccountId = "acme", Id = 6, TeamIds = [3] }, LongAgo),
            // Moved a millisecond after the alert: not yet.
            TableRecord.Put(new AlertSource { AccountId = "acme", Id = 1, TeamIds = [9] }, Noon + 1, offset: 9),
        ];

        Assert.Equal([1L, 2L], Settled([LogRecord.Of(Some.Alert() with { AlertSourceId = 1 })], tables).TeamIds);
        Assert.Equal([1L, 3L, 4L], Settled([LogRecord.Of(Some.Alert() with { AlertSourceId = 1, EscalationPolicyId = 6, TeamIds = [4] })], tables).TeamIds);
    }

    [Fact]
    public void The_version_with_the_greatest_time_holds_and_of_equal_ones_the_later_offset()
    {
        TableRecord[] tables =
        [
            Pipeline(1, teams: [7], at: LongAgo, offset: 1),
            Pipeline(1, teams: [8], at: Noon, offset: 3),
            Pipeline(1, teams: [9], at: Noon, offset: 2),
            // It says itself that it held from long before: its Kafka timestamp does not matter.
            TableRecord.Put(Some.Pipeline(1, teamIds: 6) with { ValidFromMs = LongAgo - 1 }, Noon + Hour, offset: 4),
        ];

        Assert.Equal(ScopeKind.TEAM, Settled([LogRecord.Of(Some.Alert() with { TeamIds = [8] })], tables).Scope);
        Assert.Equal(ScopeKind.ACCOUNT, Settled([LogRecord.Of(Some.Alert() with { TeamIds = [9] })], tables).Scope);
    }

    [Fact]
    public void A_deleted_pipeline_claims_nothing()
    {
        TableRecord[] tables = [Pipeline(1, teams: [7]), new TableRecord(TableName.Pipelines, "acme", 1, null, Noon, 1)];

        Assert.Equal(ScopeKind.ACCOUNT, Settled([LogRecord.Of(Some.Alert() with { TeamIds = [7] })], tables).Scope);
    }

    [Fact]
    public void One_change_is_one_suspect_and_its_live_member_stands_for_it()
    {
        Deployment Of(string id, long at, DeploymentKind kind) =>
            Some.Deployment(id, at) with { Kind = kind, Repository = "shop", Commit = "c1", Environment = "prod" };
        LogRecord[] log =
        [
            LogRecord.Of(Of("live", Noon - (90 * Minute), DeploymentKind.SYNC)),
            LogRecord.Of(Of("merge", Noon - (20 * Minute), DeploymentKind.MERGE)),
            LogRecord.Of(Of("push", Noon - (30 * Minute), DeploymentKind.PUSH)),
            LogRecord.Of(Of("other", Noon - (10 * Minute), DeploymentKind.RELEASE) with { Commit = "c2" }),
            LogRecord.Of(Some.Alert()),
        ];

        Enrichment answer = Settled(log);

        Assert.Equal(2, answer.Considered);
        Assert.Equal(["other", "live"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal(["push", "merge"], answer.Suspects[1].Lifeline.Select(e => e.DeploymentId));
        // The release is not live, and the repository has a live deployment: it goes out by other events.
        Assert.Equal([EvidenceCode.TIME, EvidenceCode.NOT_LIVE], answer.Suspects[0].Evidence.Select(e => e.Code));
        Assert.Equal([EvidenceCode.TIME], answer.Suspects[1].Evidence.Select(e => e.Code));
    }

    [Fact]
    public void A_rollback_marks_the_deployment_but_does_not_stretch_it()
    {
        LogRecord[] log =
        [
            LogRecord.Of(Some.Deployment("d", Noon - (60 * Minute)) with { Status = DeploymentStatus.STARTED, Service = "api" }),
            LogRecord.Of(Some.Deployment("d", Noon - (50 * Minute)) with { Service = "" }),
            LogRecord.Of(Some.Alert() with { Service = "api" }),
            LogRecord.Of(Some.Deployment("d", Noon + (30 * Minute)) with { Status = DeploymentStatus.ROLLED_BACK }),
        ];

        Suspect suspect = Settled(log).Suspects.Single();

        Assert.Equal((Noon - (60 * Minute), Noon - (50 * Minute)), (suspect.StartMs, suspect.EndMs!.Value));
        Assert.Equal((DeploymentStatus.ROLLED_BACK, "api"), (suspect.Status, suspect.Service));
        Assert.Equal([EvidenceCode.TIME, EvidenceCode.SERVICE, EvidenceCode.STATUS], suspect.Evidence.Select(e => e.Code));
        Assert.Equal((3.0, 2.0), (suspect.Evidence[1].Bits, suspect.Evidence[2].Bits));
        Assert.Equal(60.0 / 130, suspect.Coincidence, 1e-12);
    }

    [Fact]
    public void A_running_deployment_has_no_end_and_no_lag_but_ages()
    {
        Deployment running = Some.Deployment("d", Noon - (20 * Minute)) with { Status = DeploymentStatus.STARTED };

        Suspect suspect = Settled([LogRecord.Of(running), LogRecord.Of(Some.Alert())]).Suspects.Single();

        Assert.Equal((null, Relation.DURING, 0L), (suspect.EndMs, suspect.Relation, suspect.LagMs));
        Assert.Equal(Math.Log2(6.5 * Math.Exp(-1)), suspect.Evidence.Single().Bits, 1e-9);
    }

    [Fact]
    public void What_starts_or_finishes_after_its_own_event_is_clamped_to_it()
    {
        Deployment odd = Some.Deployment("d", Noon - (20 * Minute)) with { StartedAtMs = Noon + Hour, FinishedAtMs = Noon + (2 * Hour) };
        Deployment crossed = Some.Deployment("e", Noon - (20 * Minute)) with { StartedAtMs = Noon - (25 * Minute), FinishedAtMs = Noon - (30 * Minute) };

        Enrichment answer = Settled([LogRecord.Of(odd), LogRecord.Of(crossed), LogRecord.Of(Some.Alert())]);

        Assert.Equal((Noon - (20 * Minute), Noon - (20 * Minute)), (answer.Suspects[0].StartMs, answer.Suspects[0].EndMs!.Value));
        Assert.Equal((Noon - (30 * Minute), Noon - (30 * Minute)), (answer.Suspects[1].StartMs, answer.Suspects[1].EndMs!.Value));
    }

    [Fact]
    public void A_pipeline_may_look_back_further_but_not_past_the_maximum()
    {
        DeploymentPipeline campaigns = Some.Pipeline() with { BeforeMs = 100 * Hour };
        LogRecord[] Log(long at) => [LogRecord.Of(Some.Deployment(atMs: at)), LogRecord.Of(Some.Alert())];

        Assert.Single(Settled(Log(Noon - (24 * Hour)), [TableRecord.Put(campaigns, LongAgo)]).Suspects);
        Assert.Empty(Settled(Log(Noon - (24 * Hour) - 1), [TableRecord.Put(campaigns, LongAgo)]).Suspects);
    }

    [Fact]
    public void A_late_deployment_joins_nothing_and_on_the_border_it_is_not_late()
    {
        LogRecord Clock(long at) => LogRecord.Of(Some.Alert("clock", at, accountId: "other"));
        LogRecord[] onTime = [LogRecord.Of(Some.Alert()), Clock(Noon + Hour), LogRecord.Of(Some.Deployment(atMs: Noon))];
        LogRecord[] late = [LogRecord.Of(Some.Alert()), Clock(Noon + Hour + 1), LogRecord.Of(Some.Deployment(atMs: Noon))];

        Assert.Single(Settled(onTime).Suspects);
        Assert.Empty(Settled(late).Suspects);
        Assert.Equal(1, Settled(late).Revision);
    }

    [Fact]
    public void An_alert_event_is_late_after_settle_and_grace_and_of_no_interest_after_settle()
    {
        LogRecord Clock(long at) => LogRecord.Of(Some.Deployment("clock", at, accountId: "other"));
        Fate Last(params LogRecord[] log) => new NaiveReading(log, Defaults).Fates[^1];

        Assert.Equal(Fate.Applied, Last(Clock(Noon + (3 * Hour)), LogRecord.Of(Some.Alert())));
        Assert.Equal(Fate.Late, Last(Clock(Noon + (3 * Hour) + 1), LogRecord.Of(Some.Alert())));
        Assert.Equal(Fate.Applied, Last(LogRecord.Of(Some.Alert() with { UpdatedAtMs = Noon + (2 * Hour) })));
        Assert.Equal(Fate.OfNoInterest, Last(LogRecord.Of(Some.Alert() with { UpdatedAtMs = Noon + (2 * Hour) + 1 })));
    }

    [Fact]
    public void What_cannot_be_is_rejected_before_it_moves_stream_time()
    {
        LogRecord[] log =
        [
            LogRecord.Of(Some.Deployment(atMs: Noon), kafkaTimestampMs: Noon - (10 * Minute)),
            LogRecord.Of(Some.Deployment(atMs: Noon + (9 * Hour)), kafkaTimestampMs: Noon + (9 * Hour) - (10 * Minute) - 1),
            LogRecord.Of(Some.Alert(atMs: Noon + (8 * Hour)) with { UpdatedAtMs = Noon + (8 * Hour) - (10 * Minute) - 1 }),
            LogRecord.Of(Some.Deployment(atMs: Noon + (7 * Hour), accountId: "")),
        ];

        var reading = new NaiveReading(log, Defaults);

        Assert.Equal([Fate.Applied, Fate.Rejected, Fate.Rejected, Fate.Rejected], reading.Fates);
        Assert.All(reading.StreamTimesMs, time => Assert.Equal(Noon, time));
    }

    [Fact]
    public void A_repeated_event_counts_once_and_the_first_read_counts()
    {
        LogRecord[] log =
        [
            LogRecord.Of(Some.Deployment(atMs: Noon - Minute, eventId: "e") with { Version = "first" }),
            LogRecord.Of(Some.Deployment(atMs: Noon, eventId: "e") with { Version = "second" }),
            LogRecord.Of(Some.Deployment("another", atMs: Noon, eventId: "e")),
            LogRecord.Of(Some.Alert()),
            LogRecord.Of(Some.Alert()),
        ];

        Enrichment answer = Settled(log);

        Assert.Equal(3, answer.Revision);
        Assert.Equal("first", answer.Suspects.Single(s => s.DeploymentId == "d1").Version);
    }

    [Fact]
    public void An_event_id_is_forgotten_with_the_event()
    {
        long keep = 27 * Hour;
        LogRecord[] log =
        [
            LogRecord.Of(Some.Deployment(atMs: Noon, eventId: "e")),
            LogRecord.Of(Some.Deployment(atMs: Noon + keep, eventId: "e")),
            LogRecord.Of(Some.Deployment(atMs: Noon + keep + 1, eventId: "e")),
        ];

        Assert.Equal([Fate.Applied, Fate.Duplicate, Fate.Applied], new NaiveReading(log, Defaults).Fates);
    }

    [Fact]
    public void An_alert_is_answered_at_once_again_when_the_answer_changes_and_once_more_when_settled()
    {
        LogRecord[] log =
        [
            LogRecord.Of(Some.Alert()),
            LogRecord.Of(Some.Deployment("d1", Noon - (20 * Minute))),
            // Found again, but nothing that a responder would see differs: the same first three.
            LogRecord.Of(Some.Deployment("d1", Noon - (19 * Minute)) with { Version = "2" }),
            LogRecord.Of(Some.Deployment("d2", Noon - (10 * Minute))),
            LogRecord.Of(Some.Alert("b", Noon + (3 * Hour))),
            LogRecord.Of(Some.Alert("c", Noon + (3 * Hour) + 1)),
        ];

        IReadOnlyList<Enrichment> emissions = NaiveOracle.Emissions(log, [], Defaults);

        Assert.Equal(
            ["a1 1 ", "a1 2 d1", "a1 4 d2 d1", "b 4 ", "a1 4 d2 d1 settled", "c 4 ", "b 4  settled", "c 4  settled"],
            emissions.Select(e => $"{e.AlertId} {e.Revision} {string.Join(' ', e.Suspects.Select(s => s.DeploymentId))}{(e.Settled ? " settled" : "")}"));
    }

    [Fact]
    public void The_settled_emissions_are_the_settled_answers() => Laws.Hold(LogGen.Any, c =>
    {
        IReadOnlyDictionary<AlertKey, Enrichment> settled = NaiveOracle.Settled(c.Log, c.Tables, c.Settings);
        List<Enrichment> emitted = [.. NaiveOracle.Emissions(c.Log, c.Tables, c.Settings).Where(e => e.Settled)];
        return emitted.Count != settled.Count
            ? $"{emitted.Count} settled emissions of {settled.Count} alerts"
            : emitted.Select(e => AnswerDiff.Of(settled[AlertKey.Of(e)], e)).FirstOrDefault(d => d is not null);
    });

    [Fact]
    public void Any_order_of_arrival_within_grace_is_never_late() => Laws.Hold(LogGen.Any, c =>
        new NaiveReading(Arrivals.WithinGrace(c, c.Seed), c.Settings).Fates.Contains(Fate.Late) ? "late" : null);

    [Fact]
    public void The_contract_itself_does_not_depend_on_the_order_of_arrival() => Laws.Hold(LogGen.Orderly, c =>
        Differ(NaiveOracle.Settled(Arrivals.WithinGrace(c, c.Seed), c.Tables, c.Settings), NaiveOracle.Settled(Arrivals.WithinGrace(c, c.Seed + 1), c.Tables, c.Settings)));

    [Fact]
    public void The_contract_itself_does_not_depend_on_redelivery() => Laws.Hold(LogGen.Orderly, c =>
        Differ(NaiveOracle.Settled(c.Log, c.Tables, c.Settings), NaiveOracle.Settled(Arrivals.Redelivered(c.Log, c.Seed), c.Tables, c.Settings)));

    private static string? Differ(IReadOnlyDictionary<AlertKey, Enrichment> expected, IReadOnlyDictionary<AlertKey, Enrichment> actual) =>
        AnswerDiff.Of([.. expected.OrderBy(e => e.Key.ToString()).Select(e => e.Value)], [.. actual.OrderBy(e => e.Key.ToString()).Select(e => e.Value)]);

    /// <summary>The settled answer of the log's only alert, which <paramref name="alertTime"/> may move.</summary>
    private static Enrichment Settled(LogRecord[] log, TableRecord[]? tables = null, long? alertTime = null)
    {
        LogRecord[] moved = [.. log.Select(r => r.Alert is { } a && alertTime is { } at ? LogRecord.Of(a with { OccurredAtMs = at, UpdatedAtMs = at }) : r)];
        return NaiveOracle.Settled(moved, tables ?? [], Defaults).Values.Single(e => e.AlertId == "a1");
    }

    private static TableRecord Pipeline(long id, long[]? teams = null, bool shared = false, long at = LongAgo, long offset = 0) =>
        TableRecord.Put(Some.Pipeline(id, teamIds: teams ?? []) with { Shared = shared }, at, offset);
}
