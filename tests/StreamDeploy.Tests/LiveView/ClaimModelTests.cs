using StreamDeploy.Connectors.LiveView.Claims;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class ClaimModelTests
{
    private static readonly Entries Tables = Entries.None with
    {
        Teams = [new() { AccountId = "acme", Id = 1, Name = "Payments" }, new() { AccountId = "acme", Id = 2, Name = "Cart" }, new() { AccountId = "acme", Id = 3, Name = "Nobody" }],
        Pipelines =
        [
            Some.Pipeline(1, teamIds: 1),
            Some.Pipeline(2),
            Some.Pipeline(3, teamIds: 2) with { Shared = true },
            Some.Pipeline(4, teamIds: 9),
        ],
        Policies = [new() { AccountId = "acme", Id = 5, TeamIds = [1] }],
        Sources =
        [
            new() { AccountId = "acme", Id = 11, EscalationPolicyId = 5 },
            new() { AccountId = "acme", Id = 12, TeamIds = [3] },
            new() { AccountId = "acme", Id = 13 },
        ],
    };

    [Fact]
    public void Who_has_a_pipeline_claims_and_stands_first_and_a_team_without_an_entry_is_there_too()
    {
        var overview = Of();

        Assert.Equal([2L, 1L, 9L, 3L], overview.Teams.Select(team => team.TeamId));
        Assert.Equal([true, true, true, false], overview.Teams.Select(team => team.Claims));
        Assert.Equal([11L], overview.Teams[1].Sources.Select(source => source.Id));
        Assert.Equal([5L], overview.Teams[1].Policies.Select(policy => policy.Id));
    }

    [Fact]
    public void A_source_is_claimed_through_its_policy_and_unclaimed_where_none_of_its_teams_has_a_pipeline()
    {
        var overview = Of();

        Assert.Equal([12L, 13L], overview.Unclaimed.Select(source => source.Id));
        Assert.Equal([3L], overview.Shared.Select(pipeline => pipeline.Id));
        Assert.Equal([2L], overview.Unowned.Select(pipeline => pipeline.Id));
    }

    [Fact]
    public void What_a_claim_did_is_counted_by_team_over_the_answers_of_that_scope()
    {
        var answers = new[]
        {
            Answer("a", teams: [1]),
            Answer("b", teams: [1, 2]) with { OutOfScope = 3 },
            Answer("c", teams: [1]) with { OutOfScope = 2, Outcome = Outcome.NO_SUSPECT, Reason = NoSuspectReason.OUT_OF_SCOPE, Elsewhere = [Suspect("first"), Suspect("second")] },
            Answer("d", teams: [1]) with { Outcome = Outcome.NO_SUSPECT, Reason = NoSuspectReason.NOTHING_NEAR },
            Answer("e", teams: [1]) with { Scope = ScopeKind.ACCOUNT, OutOfScope = 0 },
            Answer("f", teams: [1]) with { AlertOccurredAtMs = Some.Noon - 1, OutOfScope = 7 },
        };

        var tallies = ClaimTally.Of(answers, Some.Noon);

        Assert.Equal((4, 2, 1, 5), Counts(tallies[1]));
        Assert.Equal((1, 1, 0, 3), Counts(tallies[2]));
        Assert.Equal(["first"], tallies[1].Examples.Select(example => example.Suspect.DeploymentId));
        Assert.Equal(tallies[1], Of(tallies).Teams[1].Tally);
    }

    private static ClaimsOverview Of(IReadOnlyDictionary<long, ClaimTally>? tallies = null) =>
        ClaimsOverview.Of(Tables, tallies ?? new Dictionary<long, ClaimTally>(), 0, new(null, [], null, null, Tables));

    private static (int, int, int, int) Counts(ClaimTally tally) => (tally.Answered, tally.Narrowed, tally.LeftWithout, tally.Hidden);

    private static Suspect Suspect(string id) => new()
    {
        DeploymentId = id,
        PipelineId = 2,
        StartMs = Some.Noon,
        LagMs = 0,
        Relation = Relation.BEFORE,
        Probability = 0.5,
        Coincidence = 0.1,
    };

    private static Enrichment Answer(string id, long[] teams) => new()
    {
        AccountId = "acme",
        AlertId = id,
        AlertOccurredAtMs = Some.Noon,
        Revision = 1,
        Settled = false,
        Outcome = Outcome.SUSPECTS,
        Headline = "",
        Scope = ScopeKind.TEAM,
        TeamIds = teams,
        WindowFromMs = 0,
        WindowToMs = 0,
        Considered = 1,
        OutOfScope = 0,
        ProbabilityNone = 0.5,
    };
}
