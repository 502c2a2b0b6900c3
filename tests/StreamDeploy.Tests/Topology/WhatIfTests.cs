using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

/// <summary>Two answers to each alert, and how they differ.</summary>
public sealed class WhatIfTests
{
    private static readonly JoinSettings Present = new();

    private static DeploymentPipeline[] Claimed => [Pipeline(1, "acme", 7), Pipeline(2)];

    /// <summary>Records at their event times, or at the Kafka timestamp given with them.</summary>
    private static List<ReplayedAlert> Replay(JoinSettings? supposed, object[] records, DeploymentPipeline[]? pipelines = null, DeploymentPipeline[]? supposedPipelines = null,
        long untilMs = long.MaxValue, IEnumerable<Enrichment>? recorded = null)
    {
        var answers = new List<ReplayedAlert>();
        var said = (recorded ?? []).ToDictionary(Raising.Of);
        var run = new WhatIfRun((Present, TablesOf(pipelines)), supposed is null ? null : (supposed, TablesOf(supposedPipelines ?? pipelines)), untilMs,
            key => key.OccurredAtMs <= untilMs, (key, now, then) => answers.Add(ReplayedAlert.Of(key, said.GetValueOrDefault(key), now, then, 0.05)));
        foreach (var record in records)
        {
            if (run.IsOver) break;
            if (record is Deployment deployment) run.OnDeployment(deployment, deployment.OccurredAtMs);
            else run.OnAlert((Alert)record, ((Alert)record).UpdatedAtMs);
        }
        run.RunOut();
        return answers;
    }

    private static AnswerDifference Difference(Enrichment? before, Enrichment? after) =>
        AnswerDifference.Between(before is null ? null : new(before), after is null ? null : new(after), 0.05);

    private static Tables TablesOf(DeploymentPipeline[]? pipelines)
    {
        var tables = new Tables();
        foreach (var pipeline in pipelines ?? []) tables.Put(pipeline, 0, pipeline.Id);
        return tables;
    }

    [Fact]
    public void A_shorter_window_loses_the_suspect_of_three_quarters_of_an_hour_ago()
    {
        var alert = Assert.Single(Replay(Present with { BeforeMs = 30 * Minute }, [Some.Deployment("d1", Noon - 45 * Minute), Some.Alert()]));

        Assert.Equal((AnswerChange.SUSPECTS_GONE, 0), (alert.Effect.Kind, alert.Effect.Gained.Count));
        Assert.Equal("d1", Assert.Single(alert.Effect.Lost).DeploymentId);
        Assert.Equal((Outcome.SUSPECTS, Outcome.NO_SUSPECT), (alert.Present!.Outcome, alert.Supposed!.Outcome));
        Assert.Null(alert.Drift);
    }

    [Fact]
    public void A_longer_window_gains_one_behind_the_first()
    {
        var alert = Assert.Single(Replay(Present with { BeforeMs = 4 * Hour }, [Some.Deployment("old", Noon - 3 * Hour), Some.Deployment("d1", Noon - Minute), Some.Alert()]));

        Assert.Equal((AnswerChange.OTHERS_CHANGED, 0), (alert.Effect.Kind, alert.Effect.Lost.Count));
        Assert.Equal("old", Assert.Single(alert.Effect.Gained).DeploymentId);
    }

    [Fact]
    public void A_claim_replaces_the_first_suspect()
    {
        var alert = Assert.Single(Replay(Present, [Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("theirs", Noon - Minute, 2), Some.Alert() with { TeamIds = [7] }],
            [Pipeline(1), Pipeline(2)], Claimed));

        Assert.Equal((AnswerChange.FIRST_REPLACED, "theirs"), (alert.Effect.Kind, Assert.Single(alert.Effect.Lost).DeploymentId));
    }

    [Fact]
    public void A_claim_that_hides_nothing_changes_the_scope_only()
    {
        var alert = Assert.Single(Replay(Present, [Some.Deployment("ours", Noon - Minute, 1), Some.Alert() with { TeamIds = [7] }], [Pipeline(1)], Claimed));

        Assert.Equal(AnswerChange.SCOPE_CHANGED, alert.Effect.Kind);
    }

    [Fact]
    public void What_the_settings_do_not_touch_stays_as_it_is()
    {
        object[] records = [Some.Deployment("d1", Noon - 10 * Minute), Some.Alert(), Some.Deployment("d2", Noon + Hour), Some.Alert("a2", Noon + 2 * Hour), Some.Alert("none", Noon + 20 * Hour)];

        Assert.All(Replay(Present with { BadStatusFactor = 10, NotLiveFactor = 0.5 }, records), alert => Assert.Equal((AnswerChange.NONE, 0), (alert.Effect.Kind, alert.Effect.Moved)));
        Assert.Equal(3, Replay(Present, records).Count);
    }

    [Fact]
    public void A_probability_counts_as_moved_only_where_it_moves_enough()
    {
        object[] records = [Some.Deployment("d1", Noon - 10 * Minute), Some.Alert()];

        Assert.Equal(AnswerChange.PROBABILITY_MOVED, Assert.Single(Replay(Present with { Prior = 0.1 }, records)).Effect.Kind);
        var little = Assert.Single(Replay(Present with { Prior = 0.49 }, records)).Effect;
        Assert.Equal(AnswerChange.NONE, little.Kind);
        Assert.InRange(little.Moved, 0.0001, 0.05);
    }

    [Fact]
    public void Each_raising_of_an_alert_has_its_own_answers()
    {
        var alerts = Replay(Present with { BeforeMs = 30 * Minute },
            [Some.Deployment("d1", Noon - 45 * Minute), Some.Alert(), Some.Alert(atMs: Noon + 5 * Hour), Some.Deployment("d2", Noon + 8 * Hour), Some.Alert(atMs: Noon + 8 * Hour + 15 * Minute)]);

        Assert.Equal([(Noon, AnswerChange.SUSPECTS_GONE), (Noon + 5 * Hour, AnswerChange.NONE), (Noon + 8 * Hour + 15 * Minute, AnswerChange.PROBABILITY_MOVED)],
            alerts.Select(alert => (alert.Key.OccurredAtMs, alert.Effect.Kind)).Order());
    }

    [Fact]
    public void A_record_may_be_late_under_one_of_the_two_only()
    {
        // The clock of the pair stands an hour and a half after the deployment, and three and a half after the second alert: another account moved it.
        object[] records =
        [
            Some.Alert("a1", Noon), Some.Alert("clock", Noon + 90 * Minute, "other"), Some.Deployment("d1", Noon - Minute),
            Some.Alert("clock", Noon + 210 * Minute, "other"), Some.Alert("a2", Noon),
        ];

        var alerts = Replay(Present with { GraceMs = 2 * Hour }, records).Where(alert => alert.Key.AccountId == "acme").ToDictionary(alert => alert.Key.AlertId);

        Assert.Equal(AnswerChange.SUSPECTS_FOUND, alerts["a1"].Effect.Kind);
        Assert.Equal(AnswerChange.ANSWERED, alerts["a2"].Effect.Kind);
        Assert.Null(alerts["a2"].Present);
        Assert.Equal(AnswerChange.UNANSWERED, Difference(alerts["a1"].Present, null).Kind);
    }

    [Fact]
    public void Alerts_that_settle_at_different_times_are_still_compared()
    {
        object[] records = [Some.Deployment("d1", Noon - Minute), Some.Alert(), Some.Deployment("d2", Noon + Hour), Some.Deployment("d3", Noon + 20 * Hour), Some.Alert("a2", Noon + 21 * Hour)];

        Assert.Equal(["a1", "a2"], Replay(Present with { SettleMs = 6 * Hour, GraceMs = 10 * Minute }, records).Select(alert => alert.Key.AlertId));
    }

    [Fact]
    public void It_is_over_when_the_last_alert_that_is_asked_for_has_settled()
    {
        object[] records =
        [
            Some.Alert(), Some.Deployment("d1", Noon + Minute), Some.Deployment("d2", Noon + 2 * Minute), Some.Deployment("end", Noon + 3 * Hour + 1),
            // Would be joined if it were still asked for.
            Some.Alert(atMs: Noon + 4 * Hour),
        ];

        var alert = Assert.Single(Replay(Present, records, untilMs: Noon));
        Assert.Equal(["d1", "d2"], alert.Supposed!.Suspects.Select(suspect => suspect.DeploymentId).Order());
        var run = new WhatIfRun((Present, new Tables()), null, Noon, _ => true, (_, _, _) => { });
        run.OnDeployment(Some.Deployment(atMs: Noon + 3 * Hour), Noon + 3 * Hour);
        Assert.False(run.IsOver);
        run.OnDeployment(Some.Deployment(atMs: Noon + 3 * Hour + 1), Noon + 3 * Hour + 1);
        Assert.True(run.IsOver);
    }

    [Fact]
    public void What_differs_from_the_record_anyhow_is_told_from_what_the_settings_do()
    {
        object[] records = [Some.Deployment("d1", Noon - 45 * Minute), Some.Alert(), Some.Alert("a2", Noon + Minute), Some.Alert("a3", Noon + 2 * Minute)];
        var now = Replay(null, records).ConvertAll(alert => alert.Present!);
        var other = now[1] with { Suspects = [now[1].Suspects[0] with { DeploymentId = "forgotten" }] };
        var tally = new WhatIfTally();

        foreach (var alert in Replay(Present with { BeforeMs = 30 * Minute }, records, recorded: [now[0], other])) tally.Add(alert);

        Assert.Equal((3, 3, 3, 0), (tally.Alerts, tally.Changed, tally.SuspectsLost, tally.SuspectsGained));
        Assert.Equal((2, 2, 1, 1), (tally.Recorded, tally.DifferFromRecorded, tally.DifferAnyhow, tally.Drifted));
        Assert.Equal((3, 0), (tally.Of(AnswerChange.SUSPECTS_GONE), tally.Of(AnswerChange.NONE)));
    }

    [Fact]
    public void Of_an_answer_that_was_not_settled_only_the_first_three_count()
    {
        object[] records = [.. Enumerable.Range(1, 5).Select(i => Some.Deployment("d" + i, Noon - i * 10 * Minute)), Some.Alert()];
        var settled = Assert.Single(Replay(null, records)).Present!;
        var early = settled with { Settled = false, Suspects = settled.Suspects[..4], ProbabilityNone = 0.9 };

        Assert.Equal(AnswerChange.NONE, Difference(early, settled).Kind);
        Assert.Equal(AnswerChange.OTHERS_CHANGED, Difference(early with { Settled = true }, settled).Kind);
        Assert.Equal(AnswerChange.REORDERED, Difference(early with { Suspects = [early.Suspects[0], early.Suspects[2], early.Suspects[1]] }, settled).Kind);
    }

    [Fact]
    public void Who_only_makes_room_in_the_list_is_not_lost()
    {
        object[] records =
        [
            .. Enumerable.Range(1, 9).Select(i => Some.Deployment($"failed{i}", Noon - 3 * Hour + i * Minute) with { Status = DeploymentStatus.FAILED }),
            .. Enumerable.Range(1, 12).Select(i => Some.Deployment($"d{i}", Noon - Hour + i * Minute)), Some.Alert(),
        ];

        var alert = Assert.Single(Replay(Present with { BeforeMs = 4 * Hour, BadStatusFactor = 1000 }, records));

        Assert.Equal(9, alert.Effect.Gained.Count);
        Assert.Equal(9, alert.Present!.Suspects.Count(suspect => !alert.Supposed!.Suspects.Any(other => other.DeploymentId == suspect.DeploymentId)));
        Assert.Empty(alert.Effect.Lost);
        Assert.Equal(4, Assert.Single(Replay(Present with { SuspectsMax = 6 }, records)).Effect.Lost.Count);
    }

    [Fact]
    public void A_change_stays_the_same_suspect_whichever_of_its_deployments_stands_for_it()
    {
        object[] records =
        [
            Some.Deployment("push", Noon - 50 * Minute) with { Kind = DeploymentKind.PUSH, Repository = "acme/shop", Commit = "c0ffee" },
            Some.Deployment("live", Noon - 40 * Minute, 2) with { Repository = "acme/shop", Commit = "c0ffee" }, Some.Alert() with { TeamIds = [7] },
        ];

        var alert = Assert.Single(Replay(Present, records, [Pipeline(1), Pipeline(2)], Claimed));

        Assert.Equal(("live", "push"), (alert.Present!.Suspects[0].DeploymentId, alert.Supposed!.Suspects[0].DeploymentId));
        Assert.Empty(alert.Effect.Lost);
    }

    [Theory]
    // A deployment of ten that arrives at two met the alerts of noon as history.
    [InlineData(0, 240, 120, 120, MergeStep.TakeAlert)]
    [InlineData(120, 120, 0, 240, MergeStep.TakeDeployment)]
    // Side by side, the lower event time goes first, whichever came first.
    [InlineData(1, 10, 2, 10, MergeStep.TakeDeployment)]
    [InlineData(2, 10, 1, 10, MergeStep.TakeAlert)]
    [InlineData(1, 10, 1, 10, MergeStep.TakeDeployment)]
    public void What_arrived_apart_is_met_as_it_arrived(long deploymentAt, long deploymentArrived, long alertAt, long alertArrived, MergeStep step) =>
        Assert.Equal(step, ArrivalMerge.Next((deploymentAt * Minute, deploymentArrived * Minute), (alertAt * Minute, alertArrived * Minute)));

    [Fact]
    public void One_topic_goes_on_when_the_other_has_ended()
    {
        Assert.Equal(MergeStep.TakeAlert, ArrivalMerge.Next(null, (0, 0)));
        Assert.Equal(MergeStep.TakeDeployment, ArrivalMerge.Next((0, 0), null));
        Assert.Equal(MergeStep.Nothing, ArrivalMerge.Next(null, null));
    }
}
