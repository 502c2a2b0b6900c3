using StreamDeploy.Connectors.LiveView.Alerts;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class ScopeWordsTests
{
    private static readonly Enrichment Claimed = SomeAnswer.Of() with { Scope = ScopeKind.TEAM, TeamIds = [7], OutOfScope = 3, Reason = NoSuspectReason.OUT_OF_SCOPE };

    [Fact]
    public void A_claim_names_the_team_and_says_what_it_does_and_what_it_hid()
    {
        Assert.Equal("Payments claims this alert: only deployments of its pipelines, and of pipelines that everybody shares, can be suspects.", Plain(ScopeWords.Of(Claimed, SomeAnswer.Entries)));
        Assert.Equal("3 deployments of other teams' pipelines near the alert are not suspects, because Payments claims it.", Plain(ScopeWords.HiddenOf(Claimed, SomeAnswer.Entries, 3)));
    }

    [Fact]
    public void Two_teams_claim_together()
    {
        var both = Claimed with { TeamIds = [7, 8], OutOfScope = 1 };

        Assert.StartsWith("Payments and Storefront claim this alert: only deployments of their pipelines", Plain(ScopeWords.Of(both, SomeAnswer.Entries)), StringComparison.Ordinal);
        Assert.Equal("1 deployment of other teams' pipelines near the alert is not a suspect, because Payments and Storefront claim it.", Plain(ScopeWords.HiddenOf(both, SomeAnswer.Entries, 1)));
    }

    [Fact]
    public void A_team_without_a_pipeline_makes_no_claim() =>
        Assert.StartsWith("Payments claims", Plain(ScopeWords.Of(Claimed with { TeamIds = [7, 99] }, SomeAnswer.Entries)), StringComparison.Ordinal);

    [Fact]
    public void What_was_reported_since_the_answer_is_told() =>
        Assert.EndsWith("Since this answer more were reported: 5 by now.", ScopeWords.HiddenOf(Claimed, SomeAnswer.Entries, 5), StringComparison.Ordinal);

    [Fact]
    public void Without_a_claim_everybody_can_be_suspected()
    {
        var open = SomeAnswer.Of();

        Assert.Equal("No team claims this alert: every deployment of the account can be a suspect.", ScopeWords.Of(open, SomeAnswer.Entries));
        Assert.Equal("The alert falls to team 99, but no pipeline does: every deployment of the account can be a suspect.", Plain(ScopeWords.Of(open with { TeamIds = [99] }, SomeAnswer.Entries)));
        Assert.Null(ScopeWords.HiddenOf(open, SomeAnswer.Entries, 0));
    }

    [Fact]
    public void Hidden_are_the_deployments_near_the_alert_of_pipelines_that_the_claiming_teams_do_not_have()
    {
        var entries = SomeAnswer.Entries with { Pipelines = [Some.Pipeline(1, "acme", 7), Some.Pipeline(2, "acme", 8), Some.Pipeline(3) with { Shared = true }] };
        DeploymentTrail[] deployments =
        [
            .. new[]
            {
                Some.Deployment("own", Some.Noon - Some.Hour, 1), Some.Deployment("other", Some.Noon - Some.Hour, 2), Some.Deployment("shared", Some.Noon - Some.Hour, 3),
                Some.Deployment("unknown", Some.Noon - 2 * Some.Minute, 99), Some.Deployment("long ago", Some.Noon - 3 * Some.Hour, 2), Some.Deployment("later", Some.Noon + Some.Hour, 2),
            }.Select(e => DeploymentTrail.Of([e])),
        ];

        var hidden = AlertModel.HiddenFrom(SomeAnswer.Alert(Claimed), deployments, entries);

        Assert.Equal(["unknown", "other"], hidden.Select(d => d.Key.DeploymentId));
        Assert.Empty(AlertModel.HiddenFrom(SomeAnswer.Alert(SomeAnswer.Of()), deployments, entries));
    }

    private static string Plain(string? words) => words!.Replace("\u2068", "").Replace("\u2069", "");
}
