using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

/// <summary>A worker at work until it is stopped.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly CancellationTokenSource _stop = new();

    public RunningWorker(Worker worker)
    {
        Worker = worker;
        Finished = worker.RunAsync(_stop.Token);
    }

    public Worker Worker { get; }

    public Task Finished { get; }

    public async Task Reaches(WorkerState state)
    {
        var waited = Stopwatch.StartNew();
        while (Worker.State != state)
        {
            if (Finished.IsFaulted)
                await Finished;
            if (waited.Elapsed > Limit)
                throw new TimeoutException($"the worker is {Worker.State}, not {state}");
            await Task.Delay(5);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Finished.WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(Finished).WaitAsync(Limit);
        _stop.Dispose();
    }
}
