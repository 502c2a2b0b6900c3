using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>The worker and nothing else, as it is deployed: exactly once, with its defaults.</summary>
internal static class MeasuredWorker
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    public static void Run(ChildOrder order)
    {
        var parent = new ParentLine();
        var measured = new Measurement(order.Records);
        var group = new GroupGate(order.Threads, order.Share);
        using var meters = new WorkerMeters(measured);
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        using var stop = new CancellationTokenSource();
        var running = new Worker(Settings(order) with { MayBegin = order.WaitsForGroup ? group.IsFormed : null }, logs).RunAsync(stop.Token);
        bool IsOver() => parent.IsEnded || running.IsCompleted;

        if (order.Records > 0)
        {
            measured.Watch(IsOver);
            Check(running);
            ParentLine.Write(new() { Processed = true });
        }
        else
        {
            Wait(() => meters.PairsRestored >= order.Share || IsOver());
            Check(running);
            ParentLine.Write(new() { Restored = meters.Restored });
        }
        // What is processed is not yet committed: the parent sees when it is.
        Wait(IsOver);
        Check(running);
        if (order.Records > 0) ParentLine.Write(new() { Cost = measured.End() });
        stop.Cancel();
        if (!running.Wait(StopLimit)) throw new BenchException($"the worker did not stop within {StopLimit}");
    }

    /// <summary>
    /// Opens when every thread has its share of the partitions. With the consumer protocol the first to join is given all of them, and gives up what is too
    /// much with one of its next heartbeats, five seconds apart: half of a run would be one thread's.
    /// </summary>
    private sealed class GroupGate(int threads, int share)
    {
        private readonly ConcurrentDictionary<int, int> _pairs = new();
        private volatile bool _isFormed;

        public bool IsFormed(int pairs)
        {
            if (_isFormed) return true;
            _pairs[Environment.CurrentManagedThreadId] = pairs;
            return _isFormed = _pairs.Count == threads && _pairs.Values.All(count => count == share / threads);
        }
    }

    private static void Check(Task running)
    {
        if (!running.IsCompleted) return;
        running.GetAwaiter().GetResult();
        throw new BenchException("the worker stopped by itself");
    }

    private static void Wait(Func<bool> until)
    {
        while (!until()) Thread.Sleep(1);
    }

    private static WorkerSettings Settings(ChildOrder order) => new()
    {
        Kafka = new()
        {
            BootstrapServers = order.BootstrapServers,
            Registry = new() { Url = order.RegistryUrl },
            TopicPrefix = order.TopicPrefix,
            GroupId = order.Group,
            GroupProtocol = order.Protocol,
            GroupInstanceId = order.GroupInstanceId,
            Properties = order.Properties,
        },
        Join = Workload.Join,
        Threads = order.Threads,
    };
}
