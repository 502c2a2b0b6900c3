namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>What can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>kill -9, and started again soon: its partitions may not even have moved.</summary>
    KillWorker,

    /// <summary>kill -9, and left dead for longer than the session lasts: others take over, and it comes back as a new member.</summary>
    ReplaceWorker,

    /// <summary>SIGSTOP and SIGCONT: where it lasts longer than the session, a zombie goes on as if it still owned its partitions.</summary>
    HangWorker,

    /// <summary>kill -9, and started again.</summary>
    KillBroker,

    /// <summary>SIGSTOP and SIGCONT: connections stay open and nothing answers.</summary>
    HangBroker,

    /// <summary>The workers' connections to one broker are closed, and new ones are refused.</summary>
    CutWire,

    CutAllWires,

    /// <summary>The workers' connections to one broker stay open, and nothing passes.</summary>
    HangWire,

    /// <summary>Latency, or little bandwidth, between the workers and one broker.</summary>
    SlowWire,

    /// <summary>kill -9 of all workers, and a rolling restart of all brokers.</summary>
    RestartEverything,
}

/// <summary>One fault of a plan.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Target">Which worker or broker, from 1; of no meaning where it hits all.</param>
/// <param name="Hold">How long it lasts.</param>
/// <param name="Pause">How long nothing is done after it.</param>
/// <param name="Percent">How hard it is, where there are degrees.</param>
internal readonly record struct Fault(FaultKind Kind, int Target, TimeSpan Hold, TimeSpan Pause, int Percent)
{
    public bool HitsBroker => Kind is FaultKind.KillBroker or FaultKind.HangBroker or FaultKind.RestartEverything;

    public override string ToString() => FormattableString.Invariant(Kind switch
    {
        FaultKind.KillWorker => $"kill -9 worker {Target}, started again after {Hold.TotalSeconds:0.0} s",
        FaultKind.ReplaceWorker => $"kill -9 worker {Target}, others take over, a new one after {Hold.TotalSeconds:0.0} s",
        FaultKind.HangWorker => $"SIGSTOP worker {Target} for {Hold.TotalSeconds:0.0} s",
        FaultKind.KillBroker => $"kill -9 broker {Target}, up after {Hold.TotalSeconds:0.0} s",
        FaultKind.HangBroker => $"SIGSTOP broker {Target} for {Hold.TotalSeconds:0.0} s",
        FaultKind.CutWire => (FormattableString)$"cut the wire to broker {Target} for {Hold.TotalSeconds:0.0} s",
        FaultKind.CutAllWires => $"cut all wires for {Hold.TotalSeconds:0.0} s",
        FaultKind.HangWire => $"hang the wire to broker {Target} for {Hold.TotalSeconds:0.0} s",
        FaultKind.SlowWire when IsNarrow => $"{KilobytesPerSecond} KB/s on the wire to broker {Target} for {Hold.TotalSeconds:0.0} s",
        FaultKind.SlowWire => $"{LatencyMs} ms more on the wire to broker {Target} for {Hold.TotalSeconds:0.0} s",
        _ => $"kill -9 all workers, restart the brokers one by one",
    });

    public bool IsNarrow => Percent % 2 == 0;

    public int KilobytesPerSecond => 20 + 2 * (100 - Percent);

    public int LatencyMs => 50 + 5 * Percent;
}
