using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

/// <summary>What a claim of team 7 would hide from it, or does.</summary>
public sealed class ClaimComparisonTests
{
    private const long Team = 7;

    private static Alert AlertOf(params long[] teamIds) => Some.Alert() with { TeamIds = teamIds };

    /// <param name="claimed">None for the claim there is.</param>
    /// <param name="pipelines">As they are.</param>
    /// <param name="records">Deployments and alerts.</param>
    private static ClaimEffect Compare(long[] claimed, DeploymentPipeline[] pipelines, params object[] records)
    {
        var tables = new ClaimTables("acme", Team, claimed);
        foreach (var pipeline in pipelines) tables.Put(pipeline, 0, pipeline.Id);
        return Run(tables, records);
    }

    private static ClaimEffect Run(ClaimTables tables, object[] records, long sinceMs = Noon - Hour)
    {
        var comparison = new ClaimComparison(new JoinSettings(), tables, sinceMs);
        foreach (var record in records)
        {
            if (record is Deployment deployment) comparison.OnDeployment(deployment, deployment.OccurredAtMs);
            else comparison.OnAlert((Alert)record, ((Alert)record).UpdatedAtMs);
        }
        return comparison.RunOut();
    }

    [Fact]
    public void A_first_claim_hides_what_others_did_and_the_suspect_that_led()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2) with { Name = "theirs" }],
            Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("earlier", Noon - 90 * Minute, 2), Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team));

        Assert.Equal((1, 1, 0, 0), (effect.Alerts, effect.Changed, effect.OtherFirst, effect.Shown));
        var lost = Assert.Single(effect.Lost);
        Assert.Equal(("a1", Noon, "alert a1", "theirs", "theirs"), (lost.AlertId, lost.AlertOccurredAtMs, lost.AlertSummary, lost.Lost.DeploymentId, lost.Lost.PipelineName));
        Assert.Equal("ours", lost.Instead!.DeploymentId);
        Assert.InRange(lost.Lost.Probability, 0.5, 0.99);
        Assert.Equal(new HiddenPipeline(2, 2, 1, 1), Assert.Single(effect.Pipelines));
    }

    [Fact]
    public void Nothing_leads_where_the_claimed_pipelines_did_nothing()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2)], Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team));

        Assert.Null(Assert.Single(effect.Lost).Instead);
    }

    [Fact]
    public void A_suspect_that_did_not_lead_is_counted_but_not_lost()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2)], Some.Deployment("theirs", Noon - Hour, 2), Some.Deployment("ours", Noon - Minute, 1), AlertOf(Team));

        Assert.Equal((1, 1, 0), (effect.Alerts, effect.Changed, effect.OtherFirst));
        Assert.Empty(effect.Lost);
        Assert.Equal(new HiddenPipeline(2, 1, 1, 0), Assert.Single(effect.Pipelines));
    }

    [Fact]
    public void A_pipeline_that_joins_an_old_claim_hides_nothing_and_is_shown()
    {
        var effect = Compare([2], [Pipeline(1, "acme", Team), Pipeline(2), Pipeline(3)],
            Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("new", Noon - Minute, 2), Some.Deployment("theirs", Noon - Minute, 3), AlertOf(Team));

        Assert.Equal((1, 1, 1, 1), (effect.Alerts, effect.Changed, effect.OtherFirst, effect.Shown));
        Assert.Empty(effect.Lost);
        Assert.Empty(effect.Pipelines);
    }

    [Fact]
    public void To_claim_what_is_claimed_changes_nothing()
    {
        var effect = Compare([1], [Pipeline(1, "acme", Team), Pipeline(2)], Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team));

        Assert.Equal((1, 0), (effect.Alerts, effect.Changed));
        Assert.Empty(effect.Pipelines);
    }

    [Fact]
    public void Without_pipelines_it_is_told_what_the_present_claim_hides()
    {
        var effect = Compare([], [Pipeline(1, "acme", Team), Pipeline(2)], Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team));

        Assert.Equal(("theirs", "ours"), (effect.Lost[0].Lost.DeploymentId, effect.Lost[0].Instead!.DeploymentId));
        Assert.Equal(new HiddenPipeline(2, 1, 1, 1), Assert.Single(effect.Pipelines));
    }

    [Fact]
    public void A_team_that_claims_nothing_has_nothing_hidden()
    {
        var effect = Compare([], [Pipeline(1), Pipeline(2)], Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team));

        Assert.Equal((1, 0), (effect.Alerts, effect.Changed));
    }

    [Fact]
    public void Shared_pipelines_stay()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2) with { Shared = true }], Some.Deployment("network", Noon - Minute, 2), AlertOf(Team));

        Assert.Equal((1, 0), (effect.Alerts, effect.Changed));
    }

    [Fact]
    public void Another_teams_alerts_do_not_count()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2)], Some.Deployment("theirs", Noon - Minute, 2), AlertOf(8), Some.Alert("a2"));

        Assert.Equal((0, 0), (effect.Alerts, effect.Changed));
    }

    [Fact]
    public void What_another_team_of_the_alert_has_claimed_stays_and_what_it_hides_is_not_counted()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2, "acme", 8), Pipeline(3)],
            Some.Deployment("ours", Noon - Hour, 1), Some.Deployment("eight's", Noon - Minute, 2), Some.Deployment("nobody's", Noon - Minute, 3), AlertOf(Team, 8));

        Assert.Equal((1, 1, 0, 1), (effect.Alerts, effect.Changed, effect.OtherFirst, effect.Shown));
        Assert.Empty(effect.Lost);
        Assert.Empty(effect.Pipelines);
    }

    [Fact]
    public void A_present_claim_of_two_teams_hides_as_much_without_one_of_them()
    {
        var effect = Compare([], [Pipeline(1, "acme", Team, 8), Pipeline(2)], Some.Deployment("theirs", Noon - Minute, 2), AlertOf(Team, 8));

        Assert.Equal((1, 0), (effect.Alerts, effect.Changed));
    }

    [Fact]
    public void The_supposed_claim_holds_before_the_pipeline_was_made_and_while_it_was_gone()
    {
        var tables = new ClaimTables("acme", Team, 1);
        tables.Put(Pipeline(1) with { ValidFromMs = Noon - 30 * Minute }, 0, 0);
        tables.DeletePipeline(1, Noon + 5 * Minute, 1);
        tables.Put(Pipeline(1), Noon + 15 * Minute, 2);
        long[] raised = [Noon - 40 * Minute, Noon, Noon + 10 * Minute, Noon + 20 * Minute];

        var alerts = raised.Select(ms => AlertOf(Team) with { OccurredAtMs = ms, UpdatedAtMs = ms, EventId = "e" + ms });
        var effect = Run(tables, [Some.Deployment("theirs", Noon - 41 * Minute, 2), .. alerts]);

        Assert.Equal((4, 4, 4), (effect.Alerts, effect.Changed, effect.Lost.Count));
        Assert.Equal(raised, effect.Lost.Select(lost => lost.AlertOccurredAtMs));
        Assert.Equal(new HiddenPipeline(2, 1, 4, 4), Assert.Single(effect.Pipelines));
    }

    [Fact]
    public void The_teams_of_an_alert_come_from_its_source_and_policy_too()
    {
        var tables = new ClaimTables("acme", Team, 1);
        tables.Put(both => both.Put(new AlertSource { AccountId = "acme", Id = 5, EscalationPolicyId = 6 }, 0, 0));
        tables.Put(both => both.Put(new EscalationPolicy { AccountId = "acme", Id = 6, TeamIds = [Team] }, 0, 0));

        var effect = Run(tables, [Some.Deployment("theirs", Noon - Minute, 2), Some.Alert() with { AlertSourceId = 5 }]);

        Assert.Single(effect.Lost);
    }

    [Fact]
    public void Other_accounts_and_earlier_alerts_do_not_count()
    {
        var effect = Compare([1], [Pipeline(1), Pipeline(2)],
            AlertOf(Team) with { AlertId = "before", OccurredAtMs = Noon - 2 * Hour, UpdatedAtMs = Noon - 2 * Hour },
            AlertOf(Team) with { AccountId = "other" }, Some.Deployment("theirs", Noon - Minute, 2, "other"));

        Assert.Equal(0, effect.Alerts);
    }

    [Fact]
    public void A_long_log_is_compared_alert_by_alert()
    {
        var records = Enumerable.Range(0, 3000).SelectMany(i => new object[]
        {
            Some.Deployment("d" + i, Noon + i * Minute, pipelineId: 1 + i % 2),
            Some.Alert("a" + i, Noon + i * Minute + 1) with { TeamIds = [Team] },
        });

        var effect = Compare([1], [Pipeline(1), Pipeline(2)], [.. records]);

        Assert.Equal((3000, 3000, 1500), (effect.Alerts, effect.Changed, effect.Lost.Count));
        Assert.Equal(new HiddenPipeline(2, 1500, 3000, 1500), Assert.Single(effect.Pipelines));
    }
}
