using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Sets pairs going that have both their halves: finds out where each must begin, then seeks there.</summary>
/// <remarks>
/// Called by the loop's thread. Only the plan is made elsewhere, because polling must go on meanwhile for the membership's sake; if it fails, it is made again.
/// </remarks>
internal sealed class PairStarter(RestorePlan plan, IConsumer<byte[]?, byte[]?> consumer, TableReader tables, JoinSettings join, ILogger log)
{
    private const long RetryMs = 1000;

    private (Task<IReadOnlyList<PairStart>> Task, IReadOnlyList<Pair> Pairs)? _planning;
    private long _againAtMs;

    /// <summary>What has to come back before pairs can start; null when nothing is in the way.</summary>
    public WorkerState? WaitsFor { get; private set; }

    /// <summary>Starts nothing for a while.</summary>
    public void Pause(WorkerState why) => (WaitsFor, _againAtMs) = (why, Environment.TickCount64 + RetryMs);

    public void Advance(IReadOnlyDictionary<int, Pair> pairs, CancellationToken cancellationToken)
    {
        if (_planning is { Task.IsCompleted: true } made)
        {
            _planning = null;
            // A pair that was taken away meanwhile is another one if it came back: its offsets may have moved.
            Begin(made.Task, pair => pairs.GetValueOrDefault(pair.Partition) == pair && pair.IsWhole, made.Pairs);
        }
        if (_planning is not null || Environment.TickCount64 < _againAtMs)
            return;
        var waiting = pairs.Values.Where(p => p.IsWhole && !p.IsStarted).ToList();
        if (waiting.Count > 0)
            _planning = (Task.Run(() => plan.For([.. waiting.Select(p => p.Partition)], cancellationToken), CancellationToken.None), waiting);
    }

    private void Begin(Task<IReadOnlyList<PairStart>> made, Func<Pair, bool> isStillOurs, IReadOnlyList<Pair> planned)
    {
        try
        {
            var starts = made.GetAwaiter().GetResult();
            tables.RewindIfPruned();
            foreach (var (pair, start) in planned.Zip(starts).Where(x => isStillOurs(x.First)))
                Begin(pair, start);
            WaitsFor = null;
        }
        catch (Exception e) when (e is SchemaRegistryUnavailableException or KafkaException { Error.IsFatal: false } or OperationCanceledException)
        {
            log.PlanFailed(e.Message);
            Pause(e is SchemaRegistryUnavailableException ? WorkerState.WaitingForRegistry : WorkerState.WaitingForKafka);
        }
    }

    private void Begin(Pair pair, PairStart start)
    {
        var (d, a) = (start.Deployments, start.Alerts);
        consumer.Seek(new(pair.Deployments.Partition, d.From));
        consumer.Seek(new(pair.Alerts.Partition, a.From));
        pair.Start(new CorrelationTask(join, tables.Tables), start);
        pair.Deployments.IsPaused = pair.Alerts.IsPaused = false;
        consumer.Resume([pair.Deployments.Partition, pair.Alerts.Partition]);
        log.Restoring(pair.Partition, d.From, d.Committed, a.From, a.Committed);
    }
}
