using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Polls, steps the pairs, waits for the acknowledgements, commits: over and over, on one thread.</summary>
/// <remarks>
/// librdkafka calls the group's handlers inside Consume, on this thread too. What goes wrong with writing is met in one way: the state is thrown away and rebuilt from what is committed.
/// </remarks>
internal sealed class WorkerLoop
{
    private const int PollMax = 2000;
    private const int StepMax = 1000;
    private const long PruneMs = 30_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(20);

    private readonly WorkerSettings _settings;
    private readonly Source<Deployment> _deployments;
    private readonly Source<Alert> _alerts;
    private readonly int _partitions;
    private readonly TableReader _tables;
    private readonly Outbox _outbox;
    private readonly ILogger _log;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly OffsetCommit _commit;
    private readonly PairStarter _starter;
    private readonly SortedDictionary<int, Pair> _pairs = [];
    private readonly List<TopicPartition> _justAssigned = [];
    private readonly Stopwatch _sinceBatch = Stopwatch.StartNew();
    private long _pruneAtMs;
    private int _taken;
    private bool _stopped;
    // Within handlers, which librdkafka calls, there is no other way to it.
    private CancellationToken _cancellation;

    // Written on librdkafka's thread.
    private volatile Error? _fatal;
    // Read by those who ask for health.
    private volatile WorkerState _state = WorkerState.Running;
    private volatile int _buffered;

    public WorkerLoop(
        WorkerSettings settings, KafkaClients clients, Source<Deployment> deployments, Source<Alert> alerts, int partitions, TableReader tables,
        Outbox outbox, ILogger log)
    {
        (_settings, _deployments, _alerts, _partitions, _tables, _outbox, _log) = (settings, deployments, alerts, partitions, tables, outbox, log);
        _consumer = clients.OpenConsumer(
            b => b.SetPartitionsAssignedHandler((_, given) => OnAssigned(given))
                .SetPartitionsRevokedHandler((_, taken) => OnRevoked(taken.Select(t => t.TopicPartition), lost: false))
                .SetPartitionsLostHandler((_, taken) => OnRevoked(taken.Select(t => t.TopicPartition), lost: true)),
            member: !settings.AssignAll,
            onError: e => _fatal = e.IsFatal ? e : _fatal);
        _commit = new OffsetCommit(_consumer);
        _starter = new PairStarter(new RestorePlan(clients, deployments, alerts, settings.Join, log), _consumer, tables, settings.Join, log);
    }

    public WorkerState State => _state;

    public int Buffered => _buffered;

    public void Run(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        if (_settings.AssignAll)
            AssignAll();
        else
            _consumer.Subscribe([_deployments.Topic, _alerts.Topic]);
        var wait = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            Poll(wait);
            _starter.Advance(_pairs, cancellationToken);
            wait = Work() ? TimeSpan.Zero : Idle;
            _state = Now();
            _buffered = _pairs.Values.Sum(p => p.Deployments.Count + p.Alerts.Count);
        }
    }

    /// <summary>Leaves the group. May take as long as Kafka hangs: to be called on a thread that can be given up.</summary>
    /// <param name="finish">Whether what is applied is to be answered and committed first.</param>
    public void Stop(bool finish)
    {
        if (finish)
            FinishLastBatch();
        _stopped = true;
        try
        {
            _consumer.Close();
        }
        catch (KafkaException e)
        {
            _log.CloseFailed(e.Error.Reason);
        }
        // Not under a commit's feet: then it stays until the process ends.
        if (_commit.Settle(_settings.StopTimeout))
            _consumer.Dispose();
    }

    private void AssignAll()
    {
        var all = Enumerable.Range(0, _partitions).SelectMany(p => new[] { new TopicPartition(_deployments.Topic, p), new TopicPartition(_alerts.Topic, p) }).ToList();
        _consumer.Assign(all);
        OnAssigned(all);
    }

    private void Poll(TimeSpan wait)
    {
        for (var i = 0; i < PollMax; i++)
        {
            if (_fatal is { } fatal)
                throw Explain(fatal);
            try
            {
                if (_consumer.Consume(i == 0 ? wait : TimeSpan.Zero) is not { } raw)
                    break;
                Accept(raw);
            }
            catch (ConsumeException e) when (!KafkaClients.IsFinal(e.Error))
            {
                _log.ConsumeFailed(e.Error.Reason);
                break;
            }
            catch (ConsumeException e)
            {
                throw Explain(e.Error);
            }
        }
        if (_justAssigned.Count == 0)
            return;
        // Until it is known where to begin nothing needs to be fetched.
        _consumer.Pause(_justAssigned);
        _justAssigned.Clear();
    }

    private void Accept(ConsumeResult<byte[]?, byte[]?> raw)
    {
        // What comes before the pair has begun will come again: it begins with a seek.
        if (!_pairs.TryGetValue(raw.Partition.Value, out var pair) || !pair.IsStarted)
            return;
        if (raw.Topic == _deployments.Topic)
            Accept(pair.Deployments, raw);
        else
            Accept(pair.Alerts, raw);
    }

    private void Accept<T>(Inbox<T> inbox, ConsumeResult<byte[]?, byte[]?> raw)
    {
        if (raw.IsPartitionEOF)
        {
            inbox.ReachedEnd(raw.Offset.Value);
            return;
        }
        inbox.Add(raw);
        if (inbox.IsPaused || !inbox.IsFull)
            return;
        _consumer.Pause([inbox.Partition]);
        inbox.IsPaused = true;
    }

    /// <returns>Whether there may be more to do at once.</returns>
    private bool Work()
    {
        try
        {
            var taken = 0;
            // Tables are read ahead of events, or an answer would be given without the pipeline that was set up just before.
            if (_tables.CatchUp(TimeSpan.Zero))
            {
                foreach (var pair in _pairs.Values)
                    taken += pair.Step(StepMax, p => _consumer.GetWatermarkOffsets(p).High.Value, _outbox);
            }
            _taken += taken;
            ResumeThoseWithRoom();
            if (_taken > 0 && _sinceBatch.Elapsed >= (_outbox.IsEmpty ? _settings.CommitInterval : _settings.CommitPause))
                FinishBatch(_settings.Kafka.DeliveryTimeout, _cancellation);
            PruneTables();
            return taken > 0;
        }
        catch (BrokerUnavailableException e)
        {
            StartOver(e);
            return false;
        }
        catch (OperationCanceledException)
        {
            // The stop finishes the batch, within its own limit.
            return false;
        }
    }

    /// <summary>Answers out, acknowledged, offsets committed: in this order nothing is lost.</summary>
    private void FinishBatch(TimeSpan limit, CancellationToken cancellationToken)
    {
        _taken = 0;
        _sinceBatch.Restart();
        foreach (var pair in _pairs.Values)
            pair.EndBatch(_outbox);
        _outbox.Flush(limit, cancellationToken);
        var offsets = _pairs.Values.SelectMany(p => p.Uncommitted()).ToList();
        if (offsets.Count == 0)
            return;
        if (_commit.IsPending)
        {
            // Once that one is answered these get their turn, even if no record comes any more.
            _taken = 1;
            return;
        }
        try
        {
            _commit.Commit(offsets, limit - _sinceBatch.Elapsed, cancellationToken);
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            // The answers are out. The next commit covers these offsets too, or the partitions are ours no more.
            _log.CommitFailed(e.Error.Reason);
            _taken = _commit.IsPending ? 1 : 0;
            return;
        }
        foreach (var pair in _pairs.Values)
            pair.Committed();
    }

    private void StartOver(BrokerUnavailableException e)
    {
        _log.BatchFailed(e.Message);
        _outbox.Reset();
        _starter.Pause(WorkerState.WaitingForKafka);
        foreach (var pair in _pairs.Values.Where(p => p.IsStarted))
        {
            pair.Drop();
            _justAssigned.AddRange([pair.Deployments.Partition, pair.Alerts.Partition]);
        }
    }

    private void ResumeThoseWithRoom()
    {
        foreach (var pair in _pairs.Values.Where(p => p.IsStarted))
        {
            Resume(pair.Deployments);
            Resume(pair.Alerts);
        }
    }

    private void Resume<T>(Inbox<T> inbox)
    {
        if (!inbox.IsPaused || !inbox.HasRoom)
            return;
        _consumer.Resume([inbox.Partition]);
        inbox.IsPaused = false;
    }

    private void PruneTables()
    {
        if (Environment.TickCount64 < _pruneAtMs)
            return;
        _pruneAtMs = Environment.TickCount64 + PruneMs;
        // A pair without stream time may yet get records of any age.
        if (_pairs.Count > 0 && _pairs.Values.All(p => p.IsStarted && !p.IsRestoring && p.StreamTimeMs > long.MinValue))
            _tables.Prune(_settings.Join, _pairs.Values.Min(p => p.StreamTimeMs));
    }

    private void OnAssigned(List<TopicPartition> given)
    {
        _log.Assigned(string.Join(", ", given));
        foreach (var partition in given)
        {
            if (partition.Partition.Value >= _partitions)
                _fatal = new Error(ErrorCode.Local_InvalidArg, $"{partition.Topic} has more partitions than when the worker started ({_partitions}): restart every worker", isFatal: true);
            if (!_pairs.TryGetValue(partition.Partition.Value, out var pair))
                _pairs.Add(partition.Partition.Value, pair = NewPair(partition.Partition.Value));
            SetAssigned(pair, partition, true);
        }
        _justAssigned.AddRange(given);
    }

    private void OnRevoked(IEnumerable<TopicPartition> taken, bool lost)
    {
        if (_stopped)
            return;
        _log.Revoked(string.Join(", ", taken));
        try
        {
            if (!lost)
                FinishBatch(_settings.Kafka.DeliveryTimeout, _cancellation);
        }
        catch (BrokerUnavailableException e)
        {
            StartOver(e);
        }
        catch (OperationCanceledException)
        {
            // We are stopping: who gets them answers again what is not committed.
        }
        foreach (var partition in taken)
        {
            _justAssigned.Remove(partition);
            if (!_pairs.TryGetValue(partition.Partition.Value, out var pair))
                continue;
            SetAssigned(pair, partition, false);
            pair.Drop();
            if (!pair.Deployments.IsAssigned && !pair.Alerts.IsAssigned)
                _pairs.Remove(pair.Partition);
        }
    }

    private void SetAssigned(Pair pair, TopicPartition partition, bool assigned)
    {
        if (partition.Topic == _deployments.Topic)
            pair.Deployments.IsAssigned = assigned;
        else
            pair.Alerts.IsAssigned = assigned;
    }

    private Pair NewPair(int partition) => new(partition, new(_deployments, partition, _settings, _log), new(_alerts, partition, _settings, _log), _log);

    private WorkerState Now() =>
        _tables.RegistryIsDown || _pairs.Values.Any(p => p.RegistryIsDown) ? WorkerState.WaitingForRegistry
        : _commit.IsPending ? WorkerState.WaitingForKafka
        : _starter.WaitsFor ?? (_pairs.Values.Any(p => p.IsWhole && (!p.IsStarted || p.IsRestoring)) ? WorkerState.Restoring
            : WorkerState.Running);

    private void FinishLastBatch()
    {
        // The other half is for leaving the group.
        var limit = _settings.StopTimeout / 2;
        var waited = Stopwatch.StartNew();
        try
        {
            if (_commit.Settle(limit))
                FinishBatch(limit - waited.Elapsed, CancellationToken.None);
        }
        catch (Exception e) when (e is BrokerUnavailableException or KafkaException or OperationCanceledException)
        {
            _log.LastBatchFailed(e.Message);
        }
    }

    private static Exception Explain(Error error) => error.Code switch
    {
        ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature =>
            new KafkaSettingsException($"the brokers do not know the new group protocol (Kafka 4.0 and later do): set the group protocol to classic ({error.Reason})"),
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.Local_InvalidArg => new KafkaSettingsException(error.Reason),
        ErrorCode.FencedInstanceId => new KafkaSettingsException($"another worker has taken this one's group instance id: give each its own ({error.Reason})"),
        _ => new KafkaException(error),
    };
}
