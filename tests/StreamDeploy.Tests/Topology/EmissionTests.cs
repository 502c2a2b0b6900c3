using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

public sealed class EmissionTests
{
    [Fact]
    public void An_alert_is_answered_at_once_on_material_change_and_when_it_settles()
    {
        var log = new LogBuilder()
            .Then(Some.Deployment("d1", Noon - 5 * Minute))
            .Then(Some.Alert())
            .Then(Some.Deployment("far", Noon + Hour)) // counts, but is not near: no new answer
            .Then(Some.Deployment("d1", Noon + Hour) with { EventId = "rollback", Status = DeploymentStatus.ROLLED_BACK })
            .Then(Some.Deployment("clock", Noon + 3 * Hour)) // stream time = a + settle + grace: not passed yet
            .Then(Some.Deployment("clock", Noon + 3 * Hour + 1));

        Assert.Equal([(2L, false), (4L, false), (4L, true)], log.All().Select(e => (e.Revision, e.Settled)));
        Assert.Equal(DeploymentStatus.ROLLED_BACK, log.Last().Suspects.Single().Status);
        Assert.Equal(Noon - 5 * Minute, log.Last().Suspects.Single().EndMs);
    }

    [Fact]
    public void Changes_inside_one_batch_are_one_answer()
    {
        var log = new LogBuilder().Then(Some.Alert())
            .InOneBatch(Some.Deployment("d1", Noon - 3 * Minute), Some.Deployment("d2", Noon - 2 * Minute), Some.Deployment("d3", Noon - Minute));

        Assert.Equal([1L, 4L], log.All().Select(e => e.Revision));
    }

    [Fact]
    public void A_fourth_suspect_is_no_reason_for_another_answer()
    {
        var log = new LogBuilder();
        for (var i = 1; i <= 3; i++) log.Then(Some.Deployment("d" + i, Noon - i * Minute));
        log.Then(Some.Alert()).Then(Some.Deployment("d4", Noon - Hour));

        Assert.Single(log.All());
        Assert.Equal(5, log.RunOut().Last().Revision);
        Assert.Equal(4, log.Last().Considered);
    }

    [Fact]
    public void A_duplicate_delivery_counts_once()
    {
        var log = new LogBuilder().Then(Some.Deployment("d1", Noon - Minute)).Then(Some.Alert()).Then(Some.Deployment("d1", Noon - Minute)).Then(Some.Alert());

        Assert.Equal([Verdict.Applied, Verdict.Applied, Verdict.Duplicate, Verdict.Duplicate], log.Verdicts);
        Assert.Equal(2, log.RunOut().Last().Revision);
    }

    [Fact]
    public void Another_raising_of_an_alert_is_another_answer()
    {
        var log = new LogBuilder().Then(Some.Alert("a1", Noon)).Then(Some.Alert("a1", Noon + Hour)).RunOut();

        Assert.Equal([Noon, Noon + Hour], log.Output.Where(e => e.Settled).Select(e => e.AlertOccurredAtMs));
    }

    [Fact]
    public void A_deployment_event_is_late_after_the_grace_and_not_before()
    {
        var log = new LogBuilder().Then(Some.Deployment("clock", Noon)).Then(Some.Deployment("just", Noon - Hour)).Then(Some.Deployment("late", Noon - Hour - 1));

        Assert.Equal([Verdict.Applied, Verdict.Applied, Verdict.Late], log.Verdicts);
    }

    [Fact]
    public void An_alert_resolved_the_next_day_is_not_late_but_of_no_interest()
    {
        var log = new LogBuilder().Then(Some.Alert()).Then(Some.Alert() with { EventId = "resolved", UpdatedAtMs = Noon + 24 * Hour, Status = AlertStatus.RESOLVED });

        Assert.Equal(Verdict.OfNoInterest, log.LastVerdict);
        Assert.Equal([false, true], log.All().Select(e => e.Settled));
        Assert.Equal(1, log.Last().Revision);
    }

    [Fact]
    public void An_alert_event_is_late_once_its_alert_has_settled()
    {
        var log = new LogBuilder().Then(Some.Deployment("clock", Noon + 3 * Hour)).Then(Some.Alert("on time")).Then(Some.Deployment("clock", Noon + 3 * Hour + 1))
            .Then(Some.Alert("late"));

        Assert.Equal(Verdict.Late, log.LastVerdict);
        Assert.Empty(log.All("late"));
        Assert.Equal(2, log.All("on time").Count);
    }

    [Theory]
    [InlineData(0, 10 * Minute, Verdict.Applied)]
    [InlineData(0, 10 * Minute + 1, Verdict.ImpossibleTime)]
    public void A_time_that_cannot_be_does_not_move_stream_time(long kafkaAfterNoonMs, long eventAfterNoonMs, Verdict expected)
    {
        var log = new LogBuilder().Then(Some.Deployment("future", Noon + eventAfterNoonMs), Noon + kafkaAfterNoonMs);

        Assert.Equal(expected, log.LastVerdict);
        Assert.Equal(expected == Verdict.Applied ? 1 : 0, log.State.DeploymentEvents);
    }

    [Fact]
    public void An_alert_cannot_be_raised_after_its_own_event()
    {
        var log = new LogBuilder().Then(Some.Alert() with { UpdatedAtMs = Noon - 10 * Minute }).Then(Some.Alert("b") with { UpdatedAtMs = Noon - 10 * Minute - 1 });

        Assert.Equal([Verdict.Applied, Verdict.ImpossibleTime], log.Verdicts);
    }

    [Fact]
    public void A_record_without_an_account_is_refused()
    {
        var log = new LogBuilder().Then(Some.Deployment(accountId: "")).Then(Some.Alert(accountId: ""));

        Assert.Equal([Verdict.MissingId, Verdict.MissingId], log.Verdicts);
    }

    [Fact]
    public void What_can_no_longer_count_is_not_kept()
    {
        var log = new LogBuilder().Then(Some.Deployment()).Then(Some.Alert());
        Assert.Equal(new StateSize(1, 1, 1, 1), log.State);

        log.Then(Some.Deployment("clock", Noon + 1000 * Hour, accountId: "other"));
        Assert.Equal(new StateSize(1, 1, 1, 0), log.State);
    }

    [Fact]
    public void Start_and_end_are_never_after_the_event()
    {
        var suspect = new LogBuilder()
            .Then(Some.Deployment(atMs: Noon - Minute) with { StartedAtMs = Noon + Hour, FinishedAtMs = Noon + 2 * Hour })
            .Then(Some.Alert()).Last().Suspects.Single();

        Assert.Equal((Noon - Minute, Noon - Minute), (suspect.StartMs, suspect.EndMs));
    }

    [Theory]
    [InlineData(5L, false, 4L, false, MergeStep.TakeAlert)]
    [InlineData(4L, false, 4L, false, MergeStep.TakeDeployment)]
    [InlineData(9L, false, null, true, MergeStep.Wait)]
    [InlineData(9L, true, null, false, MergeStep.TakeDeployment)]
    [InlineData(null, true, 3L, false, MergeStep.Wait)]
    [InlineData(null, false, 3L, false, MergeStep.TakeAlert)]
    [InlineData(null, false, null, false, MergeStep.Nothing)]
    public void The_lower_event_time_goes_first_and_an_empty_side_is_waited_for_only_while_more_is_known(
        long? deploymentMs, bool moreDeployments, long? alertMs, bool moreAlerts, MergeStep expected) =>
        Assert.Equal(expected, PairMerge.Next(deploymentMs, moreDeployments, alertMs, moreAlerts));
}
