using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

public sealed class RankingTests
{
    /// <summary>Alert at 12:00, account-wide, two hours before and ten minutes after; D1 ended 11:57, D2 ended 11:00; nothing else known.</summary>
    [Fact]
    public void The_worked_example_has_its_probabilities()
    {
        var answer = new LogBuilder()
            .Then(Some.Deployment("D2", Noon - Hour))
            .Then(Some.Deployment("D1", Noon - 3 * Minute))
            .Then(Some.Alert())
            .Last();

        Assert.Equal(Outcome.SUSPECTS, answer.Outcome);
        Assert.Equal(ScopeKind.ACCOUNT, answer.Scope);
        Assert.Equal(["D1", "D2"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal(0.707, answer.Suspects[0].Probability, 0.0005);
        Assert.Equal(0.041, answer.Suspects[1].Probability, 0.0005);
        Assert.Equal(0.253, answer.ProbabilityNone, 0.0005);
        Assert.Equal(0.046, answer.Suspects[0].Coincidence, 0.0005);
        Assert.Equal(Math.Log2(5.59), answer.Suspects[0].Evidence.Single().Bits, 0.003);
        Assert.Equal(3 * Minute, answer.Suspects[0].LagMs);
        Assert.Equal(Relation.BEFORE, answer.Suspects[0].Relation);
        Assert.Equal("71 % likely: deploy D1, ended 3 min before the alert; 1 other change considered.", answer.Headline);
        Assert.Equal("ended 3 min before the alert", answer.Suspects[0].Evidence[0].Text);
    }

    [Fact]
    public void Probabilities_of_all_changes_and_none_sum_to_one()
    {
        var log = new LogBuilder();
        for (var i = 0; i < 8; i++) log.Then(Some.Deployment("d" + i, Noon - (60 - i) * Minute));
        var answer = log.Then(Some.Alert()).Last();

        Assert.Equal(8, answer.Considered);
        Assert.Equal(1, answer.ProbabilityNone + answer.Suspects.Sum(s => s.Probability), 1e-12);
    }

    [Fact]
    public void Service_environment_and_status_weigh_as_the_settings_say()
    {
        var deployment = Some.Deployment() with { OccurredAtMs = Noon - Minute, Service = "checkout", Environment = "production", Status = DeploymentStatus.FAILED };
        var same = new LogBuilder().Then(deployment).Then(Some.Alert() with { Service = "checkout", Environment = "production" }).Last().Suspects[0];
        var other = new LogBuilder().Then(deployment).Then(Some.Alert() with { Service = "search", Environment = "staging" }).Last().Suspects[0];
        var unknown = new LogBuilder().Then(deployment).Then(Some.Alert()).Last().Suspects[0];

        Assert.Equal([3, 1, 2], Bits(same, EvidenceCode.SERVICE, EvidenceCode.ENVIRONMENT, EvidenceCode.STATUS));
        Assert.Equal([-2, -4, 2], Bits(other, EvidenceCode.SERVICE, EvidenceCode.ENVIRONMENT, EvidenceCode.STATUS));
        Assert.Equal([EvidenceCode.TIME, EvidenceCode.STATUS], unknown.Evidence.Select(e => e.Code));
    }

    [Fact]
    public void A_deployment_that_starts_after_the_alert_is_a_weak_suspect()
    {
        var suspect = new LogBuilder().Then(Some.Alert()).Then(Some.Deployment(atMs: Noon + 4 * Minute)).Last().Suspects.Single();

        Assert.Equal(Relation.AFTER, suspect.Relation);
        Assert.Equal(-4 * Minute, suspect.LagMs);
        Assert.Equal([-6], Bits(suspect, EvidenceCode.AFTER_ALERT));
        Assert.Equal(4.0 / 130, suspect.Coincidence, 1e-12);
    }

    [Fact]
    public void One_change_is_one_suspect_and_the_live_one_stands_for_it()
    {
        Deployment Of(string id, long atMs, DeploymentKind kind) => Some.Deployment(id, atMs) with { Kind = kind, Repository = "acme/shop", Commit = "c0ffee" };
        var answer = new LogBuilder()
            .Then(Of("push", Noon - 30 * Minute, DeploymentKind.PUSH))
            .Then(Of("production", Noon - 10 * Minute, DeploymentKind.DEPLOYMENT))
            .Then(Of("release", Noon - Minute, DeploymentKind.RELEASE))
            .Then(Some.Alert())
            .Last();

        var suspect = Assert.Single(answer.Suspects);
        Assert.Equal("production", suspect.DeploymentId);
        Assert.Equal(["push", "release"], suspect.Lifeline.Select(e => e.DeploymentId));
        Assert.Equal(1, answer.Considered);
    }

    [Fact]
    public void A_push_waits_for_the_live_deployment_of_its_repository()
    {
        var answer = new LogBuilder()
            .Then(Some.Deployment("push", Noon - 2 * Minute) with { Kind = DeploymentKind.PUSH, Repository = "acme/shop", Commit = "new" })
            .Then(Some.Deployment("live", Noon - 10 * Minute) with { Repository = "acme/shop", Commit = "old" })
            .Then(Some.Alert())
            .Last();

        Assert.Equal(["live", "push"], answer.Suspects.Select(s => s.DeploymentId));
        Assert.Equal([-3], Bits(answer.Suspects[1], EvidenceCode.NOT_LIVE));
    }

    [Fact]
    public void A_running_deployment_is_during_but_ages_from_its_end_so_far()
    {
        var suspect = new LogBuilder()
            .Then(Some.Deployment(atMs: Noon - 20 * Minute) with { Status = DeploymentStatus.STARTED })
            .Then(Some.Alert()).Last().Suspects.Single();

        Assert.Equal(Relation.DURING, suspect.Relation);
        Assert.Equal(0, suspect.LagMs);
        Assert.Null(suspect.EndMs);
        Assert.Equal(Math.Log2(130.0 / 20 * Math.Exp(-1)), suspect.Evidence[0].Bits, 1e-9);
    }

    [Theory]
    [InlineData("deploy master to production", "71 % likely: deploy master to production · checkout, ended 3 min before the alert.")]
    [InlineData("Deploy checkout", "71 % likely: Deploy checkout in production, ended 3 min before the alert.")]
    public void The_headline_says_service_and_environment_where_the_summary_does_not(string summary, string headline)
    {
        var answer = new LogBuilder(new() { Prior = 0.3 })
            .Then(Some.Deployment(atMs: Noon - 3 * Minute) with { Summary = summary, Service = "checkout", Environment = "production" })
            .Then(Some.Alert()).Last();

        Assert.Equal(headline, answer.Headline);
    }

    private static double[] Bits(Suspect suspect, params EvidenceCode[] codes) =>
        [.. codes.Select(code => suspect.Evidence.Single(e => e.Code == code).Bits)];
}
