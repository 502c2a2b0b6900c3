using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Says in bits and words what speaks for and against a suspect.</summary>
internal static class Explanation
{
    public static Evidence[] Of(in Candidate candidate, AlertHistory alert, Lag lag)
    {
        var likelihood = candidate.Likelihood;
        var evidence = new List<Evidence>(5);
        if (likelihood.StartedAfter)
        {
            Add(evidence, EvidenceCode.AFTER_ALERT, likelihood.Time, $"started {Sentences.Duration(-lag.LagMs)} after the alert");
        }
        else
        {
            Add(evidence, EvidenceCode.TIME, likelihood.Time, TimeText(candidate.View, lag));
        }
        if (candidate.View.Service is { } service && alert.Service is { } alertService)
        {
            Add(evidence, EvidenceCode.SERVICE, likelihood.Service,
                service == alertService ? $"same service as the alert, {service}" : $"service {service}, but the alert is of {alertService}");
        }
        if (candidate.View.Environment is { } environment && alert.Environment is { } alertEnvironment)
        {
            Add(evidence, EvidenceCode.ENVIRONMENT, likelihood.Environment,
                environment == alertEnvironment ? $"same environment as the alert, {environment}" : $"in {environment}, but the alert is in {alertEnvironment}");
        }
        if (candidate.View.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK)
        {
            Add(evidence, EvidenceCode.STATUS, likelihood.Status, candidate.View.Status == DeploymentStatus.FAILED ? "failed" : "was rolled back");
        }
        if (likelihood.WaitsForLive)
        {
            Add(evidence, EvidenceCode.NOT_LIVE, likelihood.NotLive,
                $"a {Sentences.Kind(candidate.View.Kind)} of {candidate.Repository}, which goes live by other events");
        }
        return [.. evidence];
    }

    private static void Add(List<Evidence> evidence, EvidenceCode code, double factor, string text) =>
        evidence.Add(new Evidence { Code = code, Bits = Math.Log2(factor), Text = text });

    private static string TimeText(in DeploymentView view, Lag lag) => lag.Relation switch
    {
        Relation.BEFORE when lag.AgeMs == 0 => "ended as the alert was raised",
        Relation.BEFORE => $"ended {Sentences.Duration(lag.AgeMs)} before the alert",
        _ when view.IsRunning && lag.AgeMs > 0 => $"still running, last heard of {Sentences.Duration(lag.AgeMs)} before the alert",
        _ when view.StartMs == view.EndMs => "happened as the alert was raised",
        _ => $"was going on when the alert was raised, for {Sentences.Duration(lag.SinceStartMs)}",
    };
}
