using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Says in bits and words what speaks for and against a suspect.</summary>
internal static class Explanation
{
    public static Evidence[] Of(
        in Likelihood likelihood, in DeploymentView view, Lag lag, AlertHistory alert, string? service, string? environment, DeploymentStore store)
    {
        var isBad = view.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK;
        var (hasService, hasEnvironment) = (service is not null && alert.Service is not null, environment is not null && alert.Environment is not null);
        var evidence = new Evidence[1 + One(hasService) + One(hasEnvironment) + One(isBad) + One(likelihood.WaitsForLive)];
        var count = 0;
        evidence[count++] = likelihood.StartedAfter
            ? Piece(EvidenceCode.AFTER_ALERT, likelihood.Time, $"started {Sentences.Duration(-lag.LagMs)} after the alert")
            : Piece(EvidenceCode.TIME, likelihood.Time, TimeText(view, lag));
        if (hasService)
        {
            evidence[count++] = Piece(EvidenceCode.SERVICE, likelihood.Service,
                service == alert.Service ? $"same service as the alert, {service}" : $"service {service}, but the alert is of {alert.Service}");
        }
        if (hasEnvironment)
        {
            evidence[count++] = Piece(EvidenceCode.ENVIRONMENT, likelihood.Environment,
                environment == alert.Environment ? $"same environment as the alert, {environment}" : $"in {environment}, but the alert is in {alert.Environment}");
        }
        if (isBad) evidence[count++] = Piece(EvidenceCode.STATUS, likelihood.Status, view.Status == DeploymentStatus.FAILED ? "failed" : "was rolled back");
        if (likelihood.WaitsForLive)
        {
            evidence[count] = Piece(EvidenceCode.NOT_LIVE, likelihood.NotLive,
                $"a {Sentences.Kind(view.Kind)} of {store.Names.Text(view.Repository)}, which goes live by other events");
        }
        return evidence;
    }

    private static int One(bool isThere) => isThere ? 1 : 0;

    private static Evidence Piece(EvidenceCode code, double factor, string text) => new() { Code = code, Bits = Math.Log2(factor), Text = text };

    private static string TimeText(in DeploymentView view, Lag lag) => lag.Relation switch
    {
        Relation.BEFORE when lag.AgeMs == 0 => "ended as the alert was raised",
        Relation.BEFORE => $"ended {Sentences.Duration(lag.AgeMs)} before the alert",
        _ when view.IsRunning && lag.AgeMs > 0 => $"still running, last heard of {Sentences.Duration(lag.AgeMs)} before the alert",
        _ when view.StartMs == view.EndMs => "happened as the alert was raised",
        _ => $"was going on when the alert was raised, for {Sentences.Duration(lag.SinceStartMs)}",
    };
}
