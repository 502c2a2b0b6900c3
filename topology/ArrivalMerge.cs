namespace StreamDeploy.Topology;

/// <summary>In which order a worker met the records of two topics that it has long read: as they arrived, and those that arrived together by event time.</summary>
/// <remarks>
/// <see cref="PairMerge"/> alone would take a deployment of ten o'clock that arrived at two before the alerts of noon, and what production called late would
/// be joined. A worker that was down does the same, so what it answered after an outage may differ.
/// </remarks>
public static class ArrivalMerge
{
    /// <summary>Records that arrived within this are taken for waiting side by side: for as long a worker that is started anew leaves them lying.</summary>
    private const long TogetherMs = 10_000;

    /// <param name="deployment">Event time and Kafka timestamp of the deployments' head; null at their end.</param>
    /// <param name="alert">Likewise of the alerts.</param>
    public static MergeStep Next((long EventMs, long ArrivedMs)? deployment, (long EventMs, long ArrivedMs)? alert)
    {
        if (deployment is { } d && alert is { } a && Math.Abs(d.ArrivedMs - a.ArrivedMs) > TogetherMs)
            return d.ArrivedMs < a.ArrivedMs ? MergeStep.TakeDeployment : MergeStep.TakeAlert;
        return PairMerge.Next(deployment?.EventMs, moreDeployments: false, alert?.EventMs, moreAlerts: false);
    }
}
