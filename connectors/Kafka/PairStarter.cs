using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Sets pairs going that have both their halves: finds out where each must begin, then seeks there.</summary>
/// <remarks>
/// Called by the loop's thread. Only the plan is made elsewhere, because polling must go on meanwhile for the membership's sake; if it fails, it is made again.
/// </remarks>
/// <param name="plan">Where these partitions begin; blocks, within limits.</param>
/// <param name="input">Where they are read.</param>
/// <param name="tables">Read before any event.</param>
/// <param name="settings">The join's are what tasks are made with.</param>
/// <param name="clock">Of the loop.</param>
/// <param name="log">Says what begins where.</param>
internal sealed class PairStarter(
    Func<IReadOnlyList<int>, CancellationToken, Task<IReadOnlyList<PairStart>>> plan, IGroupInput input, TableReader tables, WorkerSettings settings,
    TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private (Task<IReadOnlyList<PairStart>> Task, IReadOnlyList<Pair> Pairs)? _planning;
    private long? _failedAt;

    /// <summary>What has to come back before pairs can start; null when nothing is in the way.</summary>
    public WorkerState? WaitsFor { get; private set; }

    public void Advance(IReadOnlyDictionary<int, Pair> pairs, CancellationToken cancellationToken)
    {
        if (_planning is { Task.IsCompleted: true } made)
        {
            _planning = null;
            // A pair that was taken away or dropped meanwhile is planned again: its offsets may have moved.
            Begin(made.Task, pair => pairs.GetValueOrDefault(pair.Partition) == pair && pair.IsWhole && pair.IsPlanned, made.Pairs);
        }
        if (_planning is not null || _failedAt is { } at && clock.GetElapsedTime(at) < Retry)
            return;
        var waiting = pairs.Values.Where(p => p.IsWhole && !p.IsStarted).ToList();
        if (settings.MayBegin?.Invoke(pairs.Count) == false || waiting.Count == 0)
            return;
        foreach (var pair in waiting)
            pair.Plan();
        _planning = (plan([.. waiting.Select(p => p.Partition)], cancellationToken), waiting);
    }

    private void Begin(Task<IReadOnlyList<PairStart>> made, Func<Pair, bool> isStillOurs, IReadOnlyList<Pair> planned)
    {
        try
        {
            var starts = made.GetAwaiter().GetResult();
            tables.RewindIfPruned();
            foreach (var (pair, start) in planned.Zip(starts).Where(x => isStillOurs(x.First)))
                Begin(pair, start);
            (WaitsFor, _failedAt) = (null, null);
        }
        catch (Exception e) when (e is SchemaRegistryUnavailableException or KafkaException { Error.IsFatal: false } or OperationCanceledException)
        {
            log.PlanFailed(e.Message);
            (WaitsFor, _failedAt) = (e is SchemaRegistryUnavailableException ? WorkerState.WaitingForRegistry : WorkerState.WaitingForKafka, clock.GetTimestamp());
        }
    }

    private void Begin(Pair pair, PairStart start)
    {
        var (d, a) = (start.Deployments, start.Alerts);
        input.Seek(new(pair.Deployments.Partition, d.From));
        input.Seek(new(pair.Alerts.Partition, a.From));
        pair.Start(new CorrelationTask(settings.Join, tables.Tables), start);
        input.Release(pair.Deployments.Partition);
        input.Release(pair.Alerts.Partition);
        input.Resume([pair.Deployments.Partition, pair.Alerts.Partition]);
        log.Restoring(pair.Partition, d.From, d.Committed, a.From, a.Committed);
    }
}
