namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>All workers, and the supervisor that starts those again that end by themselves.</summary>
internal sealed class WorkerFleet : IAsyncDisposable
{
    private const int UsageExitCode = 2;
    private const int OwnEndsMax = 20;

    private static readonly TimeSpan SupervisorPause = TimeSpan.FromSeconds(1);
    // The worker promises ten seconds.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly List<ChaosWorker> _workers;
    private readonly Action<string> _tell;
    private readonly Action<string> _giveUp;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _supervisor;

    /// <param name="count">How many workers.</param>
    /// <param name="folder">Where each has its file.</param>
    /// <param name="arguments">What <c>dotnet</c> is given.</param>
    /// <param name="tell">Hears when a worker ended by itself.</param>
    /// <param name="giveUp">Hears when starting them again is of no use.</param>
    public WorkerFleet(int count, string folder, IReadOnlyList<string> arguments, Action<string> tell, Action<string> giveUp)
    {
        _workers = [.. Enumerable.Range(1, count).Select(n => new ChaosWorker(n, Path.Combine(folder, $"worker-{n}.log"), arguments))];
        (_tell, _giveUp) = (tell, giveUp);
        _supervisor = SuperviseAsync();
    }

    public int OwnEnds => _workers.Sum(w => w.OwnEnds);

    public int Count => _workers.Count;

    public void Do(int worker, Action<ChaosWorker> what)
    {
        lock (_lock)
            what(_workers[worker - 1]);
    }

    public void DoAll(Action<ChaosWorker> what)
    {
        lock (_lock)
            _workers.ForEach(what);
    }

    /// <summary>Ends all as a deployment would. The numbers of those that did not end in time with 0.</summary>
    public async Task<IReadOnlyList<int>> StopAsync()
    {
        await EndSupervisionAsync();
        var stopped = await Task.WhenAll(_workers.Select(w => Task.Run(() => (w.Number, IsClean: w.Stop(StopLimit)))));
        return [.. stopped.Where(s => !s.IsClean).Select(s => s.Number)];
    }

    public async ValueTask DisposeAsync()
    {
        await EndSupervisionAsync();
        DoAll(w => w.Dispose());
        _stop.Dispose();
    }

    private async Task EndSupervisionAsync()
    {
        await _stop.CancelAsync();
        await _supervisor;
    }

    private async Task SuperviseAsync()
    {
        using var timer = new PeriodicTimer(SupervisorPause);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                DoAll(Supervise);
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }

    private void Supervise(ChaosWorker worker)
    {
        if (worker.Revive() is not { } code)
            return;
        _tell($"worker {worker.Number} ended by itself with exit code {code}, started again");
        if (code == UsageExitCode)
            _giveUp($"worker {worker.Number} refuses its settings");
        else if (OwnEnds > OwnEndsMax)
            _giveUp($"the workers ended by themselves {OwnEnds} times");
    }
}
