using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

public sealed class ScopeTests
{
    private static readonly Alert OfTeam7 = Some.Alert() with { TeamIds = [7] };

    [Fact]
    public void A_claimed_alert_sees_only_the_pipelines_of_its_teams()
    {
        var answer = new LogBuilder().With(Pipeline(1, "acme", 7)).With(Pipeline(2, "acme", 8))
            .Then(Some.Deployment("ours", Noon - Hour, 1)).Then(Some.Deployment("theirs", Noon - Minute, 2)).Then(OfTeam7).Last();

        Assert.Equal(ScopeKind.TEAM, answer.Scope);
        Assert.Equal(["ours"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal(1, answer.OutOfScope);
        Assert.Equal([7], answer.TeamIds);
    }

    [Fact]
    public void An_unclaimed_alert_sees_the_whole_account_team_owned_pipelines_too()
    {
        var answer = new LogBuilder().With(Pipeline(2, "acme", 8)).Then(Some.Deployment("theirs", Noon - Minute, 2)).Then(OfTeam7).Last();

        Assert.Equal(ScopeKind.ACCOUNT, answer.Scope);
        Assert.Equal("theirs", answer.Suspects.Single().DeploymentId);
        Assert.Equal([7], answer.TeamIds);
    }

    [Fact]
    public void A_claim_holds_even_when_the_claiming_pipelines_had_nothing_near()
    {
        var answer = new LogBuilder().With(Pipeline(1, "acme", 7)).With(Pipeline(2, "acme", 8))
            .Then(Some.Deployment("t1", Noon - 4 * Minute, 2)).Then(Some.Deployment("t2", Noon - 3 * Minute, 2))
            .Then(Some.Deployment("t3", Noon - 2 * Minute, 2)).Then(Some.Deployment("t4", Noon - Minute, 2)).Then(OfTeam7).Last();

        Assert.Equal((Outcome.NO_SUSPECT, NoSuspectReason.OUT_OF_SCOPE, 4), (answer.Outcome, answer.Reason, answer.OutOfScope));
        Assert.Empty(answer.Suspects);
        Assert.Equal(["t4", "t3", "t2"], answer.Elsewhere.Select(s => s.DeploymentId));
        Assert.Equal(1, answer.ProbabilityNone);
        Assert.Equal(0, answer.Considered);
    }

    [Fact]
    public void A_shared_pipeline_stays_a_candidate_under_every_claim()
    {
        var answer = new LogBuilder().With(Pipeline(1, "acme", 7)).With(Pipeline(3, "acme", 9) with { Shared = true })
            .Then(Some.Deployment("network", Noon - Minute, 3)).Then(OfTeam7).Last();

        Assert.Equal(ScopeKind.TEAM, answer.Scope);
        Assert.Equal("network", answer.Suspects.Single().DeploymentId);
    }

    [Fact]
    public void Teams_come_from_source_policy_and_the_alert_itself()
    {
        var answer = new LogBuilder()
            .With(new AlertSource { AccountId = "acme", Id = 5, TeamIds = [3], EscalationPolicyId = 6 })
            .With(new EscalationPolicy { AccountId = "acme", Id = 6, TeamIds = [2] })
            .Then(Some.Alert() with { AlertSourceId = 5, TeamIds = [9, 3] }).Last();

        Assert.Equal([2, 3, 9], answer.TeamIds);
    }

    [Fact]
    public void A_team_moved_yesterday_does_not_change_last_weeks_answer()
    {
        var log = new LogBuilder().With(Pipeline(1, "acme", 7)).With(Pipeline(1, "acme", 8), Noon + Minute)
            .Then(Some.Deployment("d", Noon - Minute, 1)).Then(OfTeam7).Then(Some.Alert("later", Noon + 2 * Minute) with { TeamIds = [7] });

        Assert.Equal(ScopeKind.TEAM, log.Last().Scope);
        Assert.Equal(ScopeKind.ACCOUNT, log.Last("later").Scope);
    }

    [Fact]
    public void A_deleted_pipeline_is_unknown_from_then_on()
    {
        var log = new LogBuilder().With(Pipeline(1, "acme", 7)).WithoutPipeline(1, Noon + Minute)
            .Then(OfTeam7).Then(Some.Alert("later", Noon + 2 * Minute) with { TeamIds = [7] });

        Assert.Equal(ScopeKind.TEAM, log.Last().Scope);
        Assert.Equal(ScopeKind.ACCOUNT, log.Last("later").Scope);
    }

    [Fact]
    public void A_pipelines_own_window_may_be_wider_but_not_beyond_what_is_kept()
    {
        var log = new LogBuilder().With(Pipeline(1) with { BeforeMs = 20 * Hour }).With(Pipeline(2) with { BeforeMs = 100 * Hour })
            .Then(Some.Deployment("campaign", Noon - 19 * Hour, 1)).Then(Some.Deployment("old", Noon - 19 * Hour, 3)).Then(Some.Alert());

        Assert.Equal(["campaign"], log.Last().Suspects.Select(s => s.DeploymentId));
        Assert.Equal(Noon - 2 * Hour, log.Last().WindowFromMs);
    }

    [Fact]
    public void Nothing_of_another_account_is_seen()
    {
        var answer = new LogBuilder().Then(Some.Deployment("d", Noon - Minute, accountId: "other")).Then(Some.Alert()).Last();

        Assert.Equal((Outcome.NO_SUSPECT, NoSuspectReason.NOTHING_NEAR, 1L), (answer.Outcome, answer.Reason, answer.Revision));
        Assert.Equal("No suspect: nothing changed between 2 h before and 10 min after the alert.", answer.Headline);
    }
}
