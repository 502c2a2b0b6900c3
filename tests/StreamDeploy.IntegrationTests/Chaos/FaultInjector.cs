namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Makes a fault happen, and heals it.</summary>
internal sealed class FaultInjector(ProxiedCluster cluster, WorkerFleet workers)
{
    public async Task InjectAsync(Fault fault, CancellationToken cancellationToken)
    {
        if (fault.HitsBroker)
            await cluster.UntilInSyncAsync(cancellationToken);
        await BreakAsync(fault, cancellationToken);
        await Task.Delay(fault.Hold, cancellationToken);
        await HealAsync(fault);
        if (fault.HitsBroker)
            await cluster.UntilInSyncAsync(cancellationToken);
    }

    private async Task BreakAsync(Fault fault, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillWorker or FaultKind.ReplaceWorker: workers.Do(fault.Target, w => w.Kill()); break;
            case FaultKind.HangWorker: workers.Do(fault.Target, w => w.Pause()); break;
            case FaultKind.KillBroker: await Task.Run(() => cluster.Kill(fault.Target), cancellationToken); break;
            case FaultKind.HangBroker: await Task.Run(() => cluster.Pause(fault.Target), cancellationToken); break;
            case FaultKind.CutWire: WireOf(fault).Cut(); break;
            case FaultKind.HangWire: WireOf(fault).Hang(); break;
            case FaultKind.SlowWire when fault.IsNarrow: await WireOf(fault).NarrowAsync(fault.KilobytesPerSecond); break;
            case FaultKind.SlowWire: await WireOf(fault).DelayAsync(fault.LatencyMs); break;
            case FaultKind.CutAllWires:
                foreach (var wire in cluster.Wires)
                    wire.Cut();
                break;
            case FaultKind.RestartEverything: await RestartEverythingAsync(cancellationToken); break;
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "no such fault");
        }
    }

    private async Task HealAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillWorker or FaultKind.ReplaceWorker: workers.Do(fault.Target, w => w.Start()); break;
            case FaultKind.HangWorker: workers.Do(fault.Target, w => w.Resume()); break;
            case FaultKind.KillBroker: await Task.Run(() => cluster.Up(fault.Target)); break;
            case FaultKind.HangBroker: await Task.Run(() => cluster.Resume(fault.Target)); break;
            case FaultKind.RestartEverything: workers.DoAll(w => w.Start()); break;
            case FaultKind.CutWire or FaultKind.SlowWire: await WireOf(fault).LayAsync(); break;
            case FaultKind.HangWire: WireOf(fault).Resume(); break;
            case FaultKind.CutAllWires: await Task.WhenAll(cluster.Wires.Select(w => w.LayAsync())); break;
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "no such fault");
        }
    }

    private Wire WireOf(Fault fault) => cluster.Wires[fault.Target - 1];

    private async Task RestartEverythingAsync(CancellationToken cancellationToken)
    {
        workers.DoAll(w => w.Kill());
        for (var n = 1; n <= ProxiedCluster.Brokers; n++)
        {
            var broker = n;
            await Task.Run(() => cluster.Stop(broker), cancellationToken);
            await Task.Run(() => cluster.Up(broker), cancellationToken);
            await cluster.UntilInSyncAsync(cancellationToken);
        }
    }
}
