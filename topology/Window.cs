namespace StreamDeploy.Topology;

/// <summary>How far around an alert a deployment may lie to be a candidate.</summary>
internal readonly record struct Window(long BeforeMs, long AfterMs)
{
    public long LengthMs => BeforeMs + AfterMs;

    /// <summary>Deployments are intervals: one is near if any part of it lies in the window.</summary>
    public bool Holds(long alertMs, long startMs, long endMs) => alertMs - BeforeMs <= endMs && startMs <= alertMs + AfterMs;
}
