using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

/// <summary>A worker at work until it is stopped.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly CancellationTokenSource _stop = new();

    private readonly RecordingLog? _log;

    public RunningWorker(Worker worker, RecordingLog? log = null)
    {
        (Worker, _log) = (worker, log);
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
                throw new TimeoutException($"not {state} within {Limit}: {Describe()}");
            await Task.Delay(5);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        if (await Task.WhenAny(Finished, Task.Delay(Limit)) != Finished)
            throw new TimeoutException($"not stopped within {Limit}: {Describe()}");
        await Finished;
    }

    /// <summary>Throws nothing, or the failure that the test ended with would be lost; a test that wants to know that stopping works asks for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (await Task.WhenAny(Finished, Task.Delay(Limit)) != Finished)
            await Console.Error.WriteLineAsync($"a worker was left behind, not stopped within {Limit}: {Describe()}");
        else if (Finished.Exception is { } failure)
            await Console.Error.WriteLineAsync($"a worker failed: {failure.GetBaseException().Message}: {Describe()}");
    }

    /// <summary>What it is doing and what it has said.</summary>
    public string Describe() => $"the worker is {Worker.State}, {Worker.Buffered} records wait\n{string.Join('\n', _log?.Lines.TakeLast(60) ?? [])}";
}
