using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.Tests.ClickHouse;

/// <remarks>Here: the answers for an alert, not as the join would give them, but of every form that it can give.</remarks>
internal sealed partial class GeneratedHistory
{
    private void Answer(string account, string alert, long raised)
    {
        long revision = _random.Next(0, 3), arrived = raised;
        var answers = new List<(Enrichment, long)>();
        for (int i = _random.Next(1, 5); i > 0; i--)
        {
            bool settled = i == 1 && Chance(80);
            answers.Add((OneAnswer(account, alert, raised, revision, settled), arrived += AnySpan()));
            // The same revision twice: a worker that died after it had answered.
            revision += Chance(20) ? 0 : _random.Next(1, 5);
        }
        if (Chance(20))
            answers.Reverse();
        foreach ((Enrichment answer, long at) in answers)
            Add(answer, at);
    }

    private Enrichment OneAnswer(string account, string alert, long raised, long revision, bool settled)
    {
        Suspect[] near = [.. Some(_deployments.DistinctBy(OracleDeployment.IdOf).ToArray()).Take(6).Select(d => OneSuspect(d, raised))];
        int named = near.Length == 0 || Chance(30) ? 0 : _random.Next(1, near.Length + 1);
        bool isTeam = Chance(50);
        Suspect[] hidden = isTeam ? near[named..] : [];
        return new()
        {
            AccountId = account,
            AlertId = alert,
            AlertSummary = "alert " + alert,
            AlertOccurredAtMs = raised,
            Revision = revision,
            Settled = settled,
            Outcome = named > 0 ? Outcome.SUSPECTS : Outcome.NO_SUSPECT,
            Reason = named > 0 ? null : hidden.Length > 0 ? NoSuspectReason.OUT_OF_SCOPE : NoSuspectReason.NOTHING_NEAR,
            Headline = Text()!,
            Scope = isTeam ? ScopeKind.TEAM : ScopeKind.ACCOUNT,
            TeamIds = isTeam ? Pick<long[]>([7], [7, 8], [8, 8]) : [],
            WindowFromMs = raised - (2 * Tests.Some.Hour),
            WindowToMs = raised + (10 * Tests.Some.Minute),
            Considered = near.Length,
            OutOfScope = hidden.Length,
            ProbabilityNone = Pick(0.0, 0.25, 1.0),
            Suspects = near[..named],
            Elsewhere = hidden,
        };
    }

    private Suspect OneSuspect(Deployment d, long raised) => new()
    {
        DeploymentId = d.DeploymentId,
        PipelineId = d.PipelineId,
        PipelineName = Pick("shop", "shop, renamed", null),
        Kind = d.Kind,
        Status = d.Status,
        Summary = d.Summary,
        Environment = d.Environment,
        Service = d.Service,
        Version = d.Version,
        StartMs = OracleDeployment.StartOf(d),
        EndMs = d.Status == DeploymentStatus.STARTED ? null : OracleDeployment.EndOf(d),
        LagMs = raised - OracleDeployment.EndOf(d),
        Relation = Pick(Enum.GetValues<Relation>()),
        Probability = Chance(50) ? Pick(0, 0.25, 0.5, 0.75, 1) : _random.NextDouble(),
        Coincidence = _random.NextDouble(),
        Evidence = Chance(50) ? [] : [new Evidence { Code = EvidenceCode.TIME, Bits = _random.NextDouble() - 0.5, Text = "t" }, new Evidence { Code = EvidenceCode.SERVICE, Bits = -2, Text = "" }],
        Lifeline = Chance(70) ? [] : [new LifelineEntry { DeploymentId = "d0", OccurredAtMs = raised }],
        Link = Text(),
    };
}
