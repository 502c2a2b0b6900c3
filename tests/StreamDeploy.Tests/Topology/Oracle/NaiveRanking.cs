using System.Numerics;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>A candidate with all that its rank depends on.</summary>
public sealed record NaiveCandidate(NaiveDeployment Deployment, DeploymentPipeline? Pipeline, long BeforeMs);

/// <summary>Bayes over the changes among the candidates, by product.md's One change, one suspect; Ranking; Relation and lag; Coincidence.</summary>
public sealed class NaiveRanking
{
    private readonly OracleSettings settings;
    private readonly long alertAtMs;
    private readonly string? alertService;
    private readonly string? alertEnvironment;
    private readonly List<Ranked> all;
    private readonly List<Change> changes;

    public NaiveRanking(
        IEnumerable<NaiveCandidate> candidates, long alertAtMs, string? alertService, string? alertEnvironment, OracleSettings settings)
    {
        this.settings = settings;
        this.alertAtMs = alertAtMs;
        this.alertService = alertService;
        this.alertEnvironment = alertEnvironment;
        List<NaiveCandidate> given = [.. candidates];
        all = [.. given.Select(c => Rank(c, given))];
        changes =
        [
            .. all.GroupBy(r => r.Deployment.Change)
                .Select(members => ChangeOf([.. members]))
                .OrderByDescending(c => c.Strongest.Units)
                .ThenByDescending(c => c.Strongest.Deployment.EndMs)
                .ThenBy(c => c.Strongest.Deployment.DeploymentId, StringComparer.Ordinal)
                .ThenBy(c => c.Strongest.Deployment.PipelineId),
        ];
    }

    /// <summary>N: changes, not deployments.</summary>
    public int Considered => changes.Count;

    public double ProbabilityNone => changes.Count == 0 ? 1 : (1 - settings.Prior) / Sum;

    /// <summary>All of them, the most likely first.</summary>
    public IEnumerable<Suspect> Suspects => changes.Select(SuspectOf);

    private double Sum => (1 - settings.Prior) + (settings.Prior / changes.Count * Ratio(changes.Aggregate(BigInteger.Zero, (sum, c) => sum + c.Strongest.Units)));

    private static double Ratio(BigInteger units) => (double)units / 4294967296.0;

    private Ranked Rank(NaiveCandidate candidate, List<NaiveCandidate> given)
    {
        NaiveDeployment deployment = candidate.Deployment;
        double window = candidate.BeforeMs + settings.AfterMs;
        double tau = candidate.BeforeMs * settings.TauPerBefore;
        List<(EvidenceCode Code, double Factor)> factors = [];

        if (deployment.StartMs > alertAtMs)
            factors.Add((EvidenceCode.AFTER_ALERT, settings.AfterAlert));
        else
            factors.Add((EvidenceCode.TIME, window / tau * Math.Exp(-Math.Max(0, alertAtMs - deployment.EndMs) / tau)));
        if (alertService is not null && deployment.Service is not null)
            factors.Add((EvidenceCode.SERVICE, alertService == deployment.Service ? settings.ServiceSame : settings.ServiceOther));
        if (alertEnvironment is not null && deployment.Environment is not null)
        {
            double factor = alertEnvironment == deployment.Environment ? settings.EnvironmentSame : settings.EnvironmentOther;
            factors.Add((EvidenceCode.ENVIRONMENT, factor));
        }
        if (deployment.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK)
            factors.Add((EvidenceCode.STATUS, settings.Failed));
        if (!deployment.IsLive && deployment.Repository is { } repository
            && given.Any(c => c.Deployment.IsLive && c.Deployment.Repository == repository))
            factors.Add((EvidenceCode.NOT_LIVE, settings.NotLive));

        double ratio = factors.Aggregate(1.0, (product, f) => product * f.Factor);
        var units = new BigInteger(Math.Floor((ratio * 4294967296.0) + 0.5));
        return new Ranked(candidate, units, [.. factors.Select(f => new Evidence { Code = f.Code, Bits = Math.Log2(f.Factor), Text = "" })]);
    }

    private static Change ChangeOf(List<Ranked> members)
    {
        Ranked strongest = members
            .OrderByDescending(m => m.Deployment.IsLive)
            .ThenByDescending(m => m.Units)
            .ThenByDescending(m => m.Deployment.EndMs)
            .ThenBy(m => m.Deployment.DeploymentId, StringComparer.Ordinal)
            .ThenBy(m => m.Deployment.PipelineId)
            .First();
        IEnumerable<LifelineEntry> lifeline = members
            .Where(m => m != strongest)
            .Select(m => m.Deployment)
            .OrderBy(d => d.LatestAtMs)
            .ThenBy(d => d.DeploymentId, StringComparer.Ordinal)
            .ThenBy(d => d.PipelineId)
            .Select(d => new LifelineEntry
            {
                DeploymentId = d.DeploymentId,
                Kind = d.Kind,
                Status = d.Status,
                Environment = d.Environment,
                OccurredAtMs = d.LatestAtMs,
            });
        return new Change(strongest, [.. lifeline]);
    }

    private Suspect SuspectOf(Change change)
    {
        NaiveDeployment deployment = change.Strongest.Deployment;
        Relation relation = deployment.StartMs > alertAtMs ? Relation.AFTER
            : deployment.IsRunning || alertAtMs <= deployment.EndMs ? Relation.DURING
            : Relation.BEFORE;
        return new Suspect
        {
            DeploymentId = deployment.DeploymentId,
            PipelineId = deployment.PipelineId,
            PipelineName = change.Strongest.Candidate.Pipeline?.Name,
            Kind = deployment.Kind,
            Status = deployment.Status,
            Summary = deployment.Summary ?? "",
            Environment = deployment.Environment,
            Service = deployment.Service,
            Version = deployment.Version,
            StartMs = deployment.StartMs,
            EndMs = deployment.IsRunning ? null : deployment.EndMs,
            LagMs = relation switch
            {
                Relation.AFTER => alertAtMs - deployment.StartMs,
                Relation.DURING => 0,
                _ => alertAtMs - deployment.EndMs,
            },
            Relation = relation,
            Probability = settings.Prior / changes.Count * Ratio(change.Strongest.Units) / Sum,
            Coincidence = CoincidenceOf(change.Strongest.Candidate, relation),
            Evidence = change.Strongest.Evidence,
            Lifeline = change.Lifeline,
            Link = deployment.Link,
        };
    }

    private double CoincidenceOf(NaiveCandidate candidate, Relation relation)
    {
        NaiveDeployment deployment = candidate.Deployment;
        double window = candidate.BeforeMs + settings.AfterMs;
        long lag = Math.Max(0, alertAtMs - deployment.EndMs);
        long length = Math.Min(deployment.EndMs, alertAtMs) - deployment.StartMs;
        double x = relation == Relation.AFTER ? (deployment.StartMs - alertAtMs) / window : Math.Min(1, (lag + length) / window);
        int n = changes.Count(c => c.Strongest.Deployment.PipelineId == deployment.PipelineId);
        return 1 - Math.Pow(1 - x, n);
    }

    private sealed record Ranked(NaiveCandidate Candidate, BigInteger Units, Evidence[] Evidence)
    {
        public NaiveDeployment Deployment => Candidate.Deployment;
    }

    private sealed record Change(Ranked Strongest, LifelineEntry[] Lifeline);
}
