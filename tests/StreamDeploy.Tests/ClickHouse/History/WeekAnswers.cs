using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.History;

/// <summary>An answer, and how long after its alert it was given.</summary>
internal sealed record GivenAnswer(Enrichment Enrichment, long AfterAlertMs);

/// <summary>The answers to the alerts of <see cref="WeekEvents"/>; alerts arrive 1 s after they were raised.</summary>
internal static class WeekAnswers
{
    private const long Settled = 3 * Some.Hour + 5 * Some.Minute;

    private static readonly Suspect S200 = Of("s-200", 2, "search on GitLab", "search", "02-27 10:50", "02-27 11:00", lagMinutes: 5, 0.9) with { Status = DeploymentStatus.FAILED };
    private static readonly Suspect T301 = Of("t-301", 3, "infrastructure", "infrastructure", "03-04 10:00", "03-04 10:05", lagMinutes: 15, 0.62) with { Status = DeploymentStatus.FAILED };
    private static readonly Suspect C104 = Of("c-104", 1, "checkout on GitHub", "checkout", "03-06 16:50", "03-06 17:00", lagMinutes: 10, 0.7);
    private static readonly Suspect S202 = Of("s-202", 2, "search on GitLab", "search", "03-07 23:50", "03-08 00:10", lagMinutes: 5, 0.4);

    private static readonly Suspect I1 = Of("i-1", 1, "checkout on GitHub", "checkout", "03-05 12:00", "03-05 12:10", lagMinutes: 20, 0.9);

    private static readonly Suspect S201 = Of("s-201", 2, "search on GitLab", "search", "03-03 13:15", "03-03 13:20", lagMinutes: 53, 0.06) with
    {
        Evidence = [Bits(EvidenceCode.TIME, -0.5, "53 min before"), Bits(EvidenceCode.SERVICE, -2, "another service"), Bits(EvidenceCode.ENVIRONMENT, 1, "same environment")],
    };

    private static readonly Suspect C102 = Of("c-102", 1, "checkout on GitHub", "checkout", "03-03 14:00", "03-03 14:10", lagMinutes: 3, 0.84) with
    {
        Evidence = [Bits(EvidenceCode.TIME, 2.5, "3 min before"), Bits(EvidenceCode.SERVICE, 3, "same service"), Bits(EvidenceCode.ENVIRONMENT, 1, "same environment")],
        Lifeline = [new() { DeploymentId = "m-102", Kind = DeploymentKind.MERGE, Status = DeploymentStatus.SUCCEEDED, OccurredAtMs = WeekEvents.At("03-03 13:30") }],
        Link = "https://ci.example/c-102",
    };

    private static readonly Suspect C102RolledBack = C102 with { Status = DeploymentStatus.ROLLED_BACK, Evidence = [.. C102.Evidence, Bits(EvidenceCode.STATUS, 2, "rolled back")] };

    public static readonly IReadOnlyList<GivenAnswer> All =
    [
        new(Of("search-down", "02-27 11:05", revision: 2, none: 0.1, [S200], teams: [2]), 1500),
        new(Of("search-down", "02-27 11:05", revision: 3, none: 0.1, [S200], teams: [2]) with { Settled = true }, Settled),

        // The deployment's event is late by a minute: until then another one leads.
        new(Of("checkout-errors", "03-03 14:13", revision: 2, none: 0.45, [S201 with { Probability = 0.55 }], teams: [1]) with { Scope = ScopeKind.ACCOUNT }, 1400),
        new(Of("checkout-errors", "03-03 14:13", revision: 4, none: 0.1, [C102, S201], teams: [1]) with { Scope = ScopeKind.ACCOUNT }, 65_000),
        new(Of("checkout-errors", "03-03 14:13", revision: 7, none: 0.1, [C102RolledBack, S201], teams: [1]) with { Scope = ScopeKind.ACCOUNT, Settled = true }, Settled),

        new(Hidden, 1600),
        new(Hidden with { Settled = true }, Settled),

        new(Of("db-cpu", "03-05 03:00", revision: 1, none: 1, [], teams: [2]), 2000),
        new(Of("db-cpu", "03-05 03:00", revision: 2, none: 1, [], teams: [2]) with { Settled = true }, Settled),

        new(Of("checkout-latency", "03-06 17:10", revision: 2, none: 0.3, [C104], teams: [1]), 1800),
        new(Of("checkout-latency", "03-06 17:10", revision: 4, none: 0.3, [C104], teams: [1]) with { Settled = true }, Settled),

        // Not settled yet.
        new(Of("cert-expiry", "03-07 12:00", revision: 1, none: 1, [], teams: [3]) with { Scope = ScopeKind.ACCOUNT }, 1700),

        new(Of("mail-queue", "03-08 00:15", revision: 3, none: 0.6, [S202], teams: []) with { Scope = ScopeKind.ACCOUNT }, 3000),
        new(Of("mail-queue", "03-08 00:15", revision: 3, none: 0.6, [S202], teams: []) with { Scope = ScopeKind.ACCOUNT, Settled = true }, Settled),

        new(Of("checkout-errors", "03-03 14:13", revision: 2, none: 0.01, [C102 with { DeploymentId = "g-1", Probability = 0.99 }], teams: [1]) with { AccountId = "globex", Settled = true }, 9000),

        // One deployment that a claim hides from an alert, and that an answer which is not the last suspects of another: it is no settled cause of either.
        new(Of("slow", "03-05 12:30", revision: 2, none: 1, [], teams: [1]) with { AccountId = "initech", Settled = true, OutOfScope = 1, Reason = NoSuspectReason.OUT_OF_SCOPE, Elsewhere = [I1] }, Settled),
        new(Of("slower", "03-05 12:40", revision: 2, none: 0.1, [I1], teams: [1]) with { AccountId = "initech" }, 1500),
    ];

    /// <summary>Team 2's claim leaves out the one deployment near.</summary>
    private static Enrichment Hidden => Of("search-slow", "03-04 10:20", revision: 2, none: 1, [], teams: [2]) with { OutOfScope = 1, Reason = NoSuspectReason.OUT_OF_SCOPE, Elsewhere = [T301] };

    private static Enrichment Of(string alert, string at, int revision, double none, Suspect[] suspects, long[] teams) => new()
    {
        AccountId = "acme",
        AlertId = alert,
        AlertSummary = WeekEvents.Alerts.First(a => a.AlertId == alert).Summary,
        AlertOccurredAtMs = WeekEvents.At(at),
        Revision = revision,
        Settled = false,
        Outcome = suspects.Length > 0 ? Outcome.SUSPECTS : Outcome.NO_SUSPECT,
        Reason = suspects.Length > 0 ? null : NoSuspectReason.NOTHING_NEAR,
        Headline = suspects.Length > 0 ? suspects[0].Summary : "no deployment",
        Scope = ScopeKind.TEAM,
        TeamIds = teams,
        WindowFromMs = WeekEvents.At(at) - (2 * Some.Hour),
        WindowToMs = WeekEvents.At(at) + (10 * Some.Minute),
        Considered = suspects.Length,
        OutOfScope = 0,
        ProbabilityNone = none,
        Suspects = suspects,
    };

    private static Suspect Of(string id, long pipeline, string name, string service, string started, string ended, int lagMinutes, double probability) => new()
    {
        DeploymentId = id,
        PipelineId = pipeline,
        PipelineName = name,
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = "deploy " + id,
        Service = service,
        Environment = "production",
        StartMs = WeekEvents.At(started),
        EndMs = WeekEvents.At(ended),
        LagMs = lagMinutes * Some.Minute,
        Relation = Relation.BEFORE,
        Probability = probability,
        Coincidence = 0.05,
        Evidence = [Bits(EvidenceCode.TIME, 1, "near")],
    };

    private static Evidence Bits(EvidenceCode code, double bits, string text) => new() { Code = code, Bits = bits, Text = text };
}
