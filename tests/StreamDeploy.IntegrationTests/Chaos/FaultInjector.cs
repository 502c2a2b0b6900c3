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
        var wire = ProxiedCluster.Wire(fault.Target);
        switch (fault.Kind)
        {
            case FaultKind.KillWorker or FaultKind.ReplaceWorker: workers.Do(fault.Target, w => w.Kill()); break;
            case FaultKind.HangWorker: workers.Do(fault.Target, w => w.Pause()); break;
            case FaultKind.KillBroker: await Task.Run(() => cluster.Kill(fault.Target), cancellationToken); break;
            case FaultKind.HangBroker: await Task.Run(() => cluster.Pause(fault.Target), cancellationToken); break;
            case FaultKind.CutWire: await cluster.Proxy.CutAsync(wire); break;
            case FaultKind.HangWire: await cluster.Proxy.HangAsync(wire); break;
            case FaultKind.SlowWire when fault.IsNarrow: await cluster.Proxy.NarrowAsync(wire, fault.KilobytesPerSecond); break;
            case FaultKind.SlowWire: await cluster.Proxy.DelayAsync(wire, fault.LatencyMs); break;
            case FaultKind.CutAllWires:
                for (var n = 1; n <= ProxiedCluster.Brokers; n++)
                    await cluster.Proxy.CutAsync(ProxiedCluster.Wire(n));
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
            default: await cluster.Proxy.HealAsync(); break;
        }
    }

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
