using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Records with every field set, and to a value of its own.</summary>
internal static class Full
{
    public static readonly Deployment Deployment = new()
    {
        AccountId = "acme",
        EventId = "e1",
        DeploymentId = "d1",
        PipelineId = 7,
        Source = "github",
        Kind = DeploymentKind.FEATURE_FLAG,
        Status = DeploymentStatus.ROLLED_BACK,
        Summary = "\"quoted\" \\ \n ü 🚀",
        OccurredAtMs = Some.Noon + 123,
        StartedAtMs = Some.Noon - Some.Minute,
        FinishedAtMs = Some.Noon,
        CommittedAtMs = 946_684_799_999,
        Environment = "production",
        Service = "checkout",
        Version = "1.2.3",
        Commit = "abc",
        Repository = "acme/shop",
        Branch = "main",
        Author = new Author { Name = "Ann", Email = "ann@example.com" },
        Links = [new Link { Href = "https://example.com/1", Text = "one" }, new Link { Href = "https://example.com/2" }],
        CustomDetails = """{"a": [1, "b"]}""",
        ReceivedAtMs = Some.Noon + 1000,
    };

    public static readonly Alert Alert = new()
    {
        AccountId = "acme",
        EventId = "e2",
        AlertId = "a1",
        Status = AlertStatus.RESOLVED,
        Priority = "HIGH",
        Summary = "down",
        OccurredAtMs = Some.Noon,
        UpdatedAtMs = Some.Noon + (5 * Some.Minute),
        ResolvedAtMs = Some.Noon + (5 * Some.Minute),
        AlertSourceId = 1,
        EscalationPolicyId = 2,
        TeamIds = [3, 4],
        Service = "checkout",
        Environment = "production",
        Labels = new Dictionary<string, string> { ["job"] = "api", ["x"] = "y" },
        Link = "https://example.com/a1",
    };

    public static readonly Suspect Suspect = new()
    {
        DeploymentId = "d1",
        PipelineId = 7,
        PipelineName = "shop",
        Kind = DeploymentKind.RELEASE,
        Status = DeploymentStatus.STARTED,
        Summary = "s",
        Environment = "production",
        Service = "checkout",
        Version = "1",
        StartMs = Some.Noon - Some.Hour,
        EndMs = null,
        LagMs = -5,
        Relation = Relation.AFTER,
        Probability = 0.5,
        Coincidence = 0.125,
        Evidence =
        [
            new Evidence { Code = EvidenceCode.TIME, Bits = 2.5, Text = "3 min before" },
            new Evidence { Code = EvidenceCode.SERVICE, Bits = -2, Text = "another" },
        ],
        Lifeline = [new LifelineEntry { DeploymentId = "d0", Kind = DeploymentKind.PUSH, Status = DeploymentStatus.SUCCEEDED, OccurredAtMs = Some.Noon - (90 * Some.Minute) }],
        Link = "https://example.com/d1",
    };

    public static readonly Enrichment Enrichment = new()
    {
        AccountId = "acme",
        AlertId = "a1",
        AlertSummary = "down",
        AlertOccurredAtMs = Some.Noon,
        Revision = 5,
        Settled = true,
        Outcome = Outcome.NO_SUSPECT,
        Reason = NoSuspectReason.OUT_OF_SCOPE,
        Headline = "nothing",
        Scope = ScopeKind.TEAM,
        TeamIds = [3],
        WindowFromMs = Some.Noon - (2 * Some.Hour),
        WindowToMs = Some.Noon + (10 * Some.Minute),
        Considered = 2,
        OutOfScope = 1,
        ProbabilityNone = 0.25,
        Suspects = [Suspect, Suspect with { DeploymentId = "d2", EndMs = Some.Noon }],
        Elsewhere = [Suspect with { DeploymentId = "d3" }],
    };
}
