namespace StreamDeploy.Topology;

/// <summary>What to do next with the heads of a partition pair.</summary>
public enum MergeStep { TakeDeployment, TakeAlert, Wait, Nothing }

/// <summary>Two topics, one clock: of the two heads the record with the lower event time goes first.</summary>
/// <remarks>
/// Without this a backlog on one topic would let the other run ahead and push stream time past the grace of everything that is still waiting. An empty
/// side is waited for only while the broker says it holds more, so a topic without traffic holds nothing back. On a tie the deployment goes first.
/// </remarks>
public static class PairMerge
{
    /// <param name="deploymentMs">Event time of the deployments' head; null when none is buffered.</param>
    /// <param name="moreDeployments">Whether the broker is known to hold deployments that are not buffered yet.</param>
    /// <param name="alertMs">Event time of the alerts' head; null when none is buffered.</param>
    /// <param name="moreAlerts">Whether the broker is known to hold alerts that are not buffered yet.</param>
    public static MergeStep Next(long? deploymentMs, bool moreDeployments, long? alertMs, bool moreAlerts) => (deploymentMs, alertMs) switch
    {
        ({ } deployment, { } alert) => deployment <= alert ? MergeStep.TakeDeployment : MergeStep.TakeAlert,
        ({ }, null) => moreAlerts ? MergeStep.Wait : MergeStep.TakeDeployment,
        (null, { }) => moreDeployments ? MergeStep.Wait : MergeStep.TakeAlert,
        _ => moreDeployments || moreAlerts ? MergeStep.Wait : MergeStep.Nothing,
    };
}
