using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Polls, steps the pairs, hands full batches to the writer: over and over, on one thread.</summary>
/// <remarks>
/// While one batch is being written the next is filled. What goes wrong with writing is met in one way: all state is thrown away and rebuilt from what is
/// committed. It holds no clock and no Kafka of its own, so that it can be run step by step against a model of both.
/// </remarks>
internal sealed class WorkerLoop : IPolled, IDisposable
{
    private const int StepMax = 1000;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    // The broker still marks the end of a transaction when it has told that it is over. One that begins meanwhile is told to try again, which takes longer.
    private static readonly TimeSpan MarkersTake = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ReportEach = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PruneEach = TimeSpan.FromSeconds(30);

    private readonly WorkerSettings _settings;
    private readonly Source<Deployment> _deployments;
    private readonly Source<Alert> _alerts;
    private readonly int _partitions;
    private readonly TableReader _tables;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly IGroupInput _input;
    private readonly BatchCycle _batches;
    private readonly PairStarter _starter;
    private readonly SortedDictionary<int, Pair> _pairs = [];
    private readonly List<TopicPartition> _justAssigned = [];
    private long _prunedAt;
    private long _reportedAt;
    private int _taken;
    private bool _isMoreAtHand;
    private bool _stopped;
    private Error? _fatal;
    // Read by those who ask for health.
    private volatile WorkerState _state = WorkerState.Running;
    private volatile LoopStatus _status = new([]);

    public WorkerLoop(
        WorkerSettings settings, IWorkerKafka kafka, Source<Deployment> deployments, Source<Alert> alerts, int partitions, TableReader tables,
        RecordEncoder<Enrichment> encoder, Func<Func<IReadOnlyList<PairStart>>, Task<IReadOnlyList<PairStart>>> aside, TimeProvider clock, ILogger log)
    {
        (_settings, _deployments, _alerts, _partitions, _tables, _clock, _log) = (settings, deployments, alerts, partitions, tables, clock, log);
        _input = kafka.OpenInput(this);
        _batches = new(kafka.OpenWriter(_input), () => new Batch(encoder, settings.Kafka.Topics), clock);
        var plan = new RestorePlan(kafka.OpenReader, deployments, alerts, settings.Join, log);
        _starter = new((pairs, cancellationToken) => aside(() => plan.For(pairs, cancellationToken)), _input, tables, settings, clock, log);
        _prunedAt = clock.GetTimestamp();
    }

    public WorkerState State => _state;

    public LoopStatus Status => _status;

    public void Begin()
    {
        if (_settings.AssignAll)
            AssignAll();
        else
            _input.Subscribe([_deployments.Topic, _alerts.Topic]);
    }

    /// <summary>One round: what has come, what can be applied, what is to be written.</summary>
    public void Turn(TimeSpan wait, CancellationToken cancellationToken)
    {
        Poll(wait);
        SeeToWriting();
        if (_batches.IsReady)
            _starter.Advance(_pairs, cancellationToken);
        Step();
        ReleaseThoseWithRoom();
        if (IsDue())
            HandOver();
        PruneTables();
        _state = Now();
        Report();
    }

    /// <summary>How long the next poll may wait for a record.</summary>
    public TimeSpan Rest()
    {
        if (_isMoreAtHand)
            return TimeSpan.Zero;
        if (_taken > 0 && _batches.IsIdle)
            return Later(UntilDue);
        return _batches.IsWriting || _taken > 0 ? Tick : Idle;
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
            _input.Close();
        }
        catch (KafkaException e)
        {
            _log.CloseFailed(e.Error.Reason);
        }
        Dispose();
    }

    public void Dispose()
    {
        // Not under a batch's feet: then they stay until the process ends. What becomes of the batch matters to nobody here any more.
        _batches.Reset();
        if (!TrySettle())
            return;
        _batches.Dispose();
        _input.Dispose();
    }

    void IPolled.OnRecord(in PolledRecord record)
    {
        // What comes before the pair has begun will come again: it begins with a seek.
        if (!_pairs.TryGetValue(record.Partition, out var pair) || !pair.IsStarted)
            return;
        if (record.Topic == _deployments.Topic)
            Accept(pair.Deployments, record);
        else
            Accept(pair.Alerts, record);
    }

    void IPolled.OnEnd(string topic, int partition, long offset)
    {
        if (!_pairs.TryGetValue(partition, out var pair) || !pair.IsStarted)
            return;
        if (topic == _deployments.Topic)
            pair.Deployments.ReachedEnd(offset);
        else
            pair.Alerts.ReachedEnd(offset);
    }

    void IPolled.OnError(Error error)
    {
        if (KafkaClients.IsFinal(error))
            _fatal ??= error;
        else
            _log.ConsumeFailed(error.Reason);
    }

    void IPolled.OnAssigned(IReadOnlyList<TopicPartition> given)
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

    void IPolled.OnRevoked(IReadOnlyList<TopicPartition> taken, bool lost)
    {
        if (_stopped)
            return;
        _log.Revoked(string.Join(", ", taken));
        // What they have answered goes out while it may; where it may not, nothing of the batch may.
        if (lost)
            StartOver("the partitions were lost to another worker");
        else
            FinishBeforeRevoke();
        foreach (var partition in taken)
        {
            // More than once where state was thrown away twice since the last poll.
            _justAssigned.RemoveAll(partition.Equals);
            if (!_pairs.TryGetValue(partition.Partition.Value, out var pair))
                continue;
            SetAssigned(pair, partition, false);
            pair.Drop();
            if (!pair.Deployments.IsAssigned && !pair.Alerts.IsAssigned)
                _pairs.Remove(pair.Partition);
        }
    }

    private TimeSpan UntilDue
    {
        get
        {
            var (sinceStart, sinceEnd) = (Due - _batches.SinceStart, MarkersTake - _batches.SinceEnd);
            return sinceStart > sinceEnd ? sinceStart : sinceEnd;
        }
    }

    private TimeSpan Due => _batches.Filling.Records.Count == 0 ? _settings.CommitInterval : _settings.CommitPause;

    private void AssignAll()
    {
        var all = Enumerable.Range(0, _partitions).SelectMany(p => new[] { new TopicPartition(_deployments.Topic, p), new TopicPartition(_alerts.Topic, p) }).ToList();
        _input.Assign(all);
        ((IPolled)this).OnAssigned(all);
    }

    private void Poll(TimeSpan wait)
    {
        _input.Poll(wait);
        if (_fatal is { } fatal)
            throw Explain(fatal);
        if (_justAssigned.Count == 0)
            return;
        // Until it is known where to begin nothing needs to be fetched.
        _input.Pause(_justAssigned);
        _justAssigned.Clear();
    }

    private void Accept<T>(Inbox<T> inbox, in PolledRecord record)
    {
        inbox.Add(record);
        if (inbox.IsHeld || !inbox.IsFull)
            return;
        _input.Hold(inbox.Partition);
        inbox.IsHeld = true;
    }

    private void SeeToWriting()
    {
        try
        {
            _batches.SeeTo();
        }
        catch (BrokerUnavailableException e)
        {
            StartOver(e.Message);
        }
    }

    private void Step()
    {
        _isMoreAtHand = false;
        // Tables are read ahead of events, or an answer would be given without the pipeline that was set up just before.
        if (_pairs.Count == 0 || !_tables.CatchUp(TimeSpan.Zero))
            return;
        foreach (var pair in _pairs.Values)
        {
            // A batch that is not taken by the broker grows until this bound, then the inboxes fill up, then librdkafka's queues, then fetching stops.
            if (_batches.Filling.Bytes >= _settings.BatchBytesMax)
                return;
            var taken = pair.Step(StepMax, _batches.Filling);
            _taken += taken;
            _isMoreAtHand |= taken >= StepMax;
        }
    }

    private bool IsDue() => _taken > 0 && _batches.IsIdle && UntilDue <= TimeSpan.Zero;

    private void HandOver()
    {
        _taken = 0;
        foreach (var pair in _pairs.Values)
            pair.EndBatch(_batches.Filling);
        if (_batches.Filling.Records.Count + _batches.Filling.Offsets.Count > 0)
            _batches.Start(_input.Group());
    }

    private void FinishBeforeRevoke()
    {
        try
        {
            if (!Finish(_settings.Kafka.DeliveryTimeout))
                StartOver("the last batch was not written before its partitions were taken away");
        }
        catch (BrokerUnavailableException e)
        {
            StartOver(e.Message);
        }
    }

    /// <returns>Whether all that was applied is written and committed.</returns>
    private bool Finish(TimeSpan limit)
    {
        if (!_batches.Settle(limit) || !_batches.IsReady)
            return false;
        HandOver();
        return _batches.Settle(limit);
    }

    private void StartOver(string reason)
    {
        _log.BatchFailed(reason);
        _batches.Reset();
        _taken = 0;
        foreach (var pair in _pairs.Values)
        {
            pair.Drop();
            if (pair.Deployments.IsAssigned)
                _justAssigned.Add(pair.Deployments.Partition);
            if (pair.Alerts.IsAssigned)
                _justAssigned.Add(pair.Alerts.Partition);
        }
    }

    private void ReleaseThoseWithRoom()
    {
        foreach (var pair in _pairs.Values)
        {
            if (!pair.IsStarted)
                continue;
            Release(pair.Deployments);
            Release(pair.Alerts);
        }
    }

    private void Release<T>(Inbox<T> inbox)
    {
        if (inbox.IsHeld && inbox.HasRoom)
            inbox.Release(_input.Release(inbox.Partition));
    }

    private void PruneTables()
    {
        if (_clock.GetElapsedTime(_prunedAt) < PruneEach)
            return;
        _prunedAt = _clock.GetTimestamp();
        // A pair without stream time may yet get records of any age.
        if (_pairs.Count > 0 && _pairs.Values.All(p => p.IsStarted && !p.IsRestoring && p.StreamTimeMs > long.MinValue))
            _tables.Prune(_settings.Join, _pairs.Values.Min(p => p.StreamTimeMs));
    }

    private void SetAssigned(Pair pair, TopicPartition partition, bool assigned)
    {
        if (partition.Topic == _deployments.Topic)
            pair.Deployments.IsAssigned = assigned;
        else
            pair.Alerts.IsAssigned = assigned;
    }

    private Pair NewPair(int partition) =>
        new(partition, new(_deployments, partition, _settings, _clock, _log), new(_alerts, partition, _settings, _clock, _log), _input.HighWatermark, _clock, _log);

    private void Report()
    {
        if (_clock.GetElapsedTime(_reportedAt) < ReportEach)
            return;
        _reportedAt = _clock.GetTimestamp();
        _status = new([.. _pairs.Values.Select(p => p.Status())]);
    }

    private WorkerState Now() =>
        _tables.RegistryIsDown || _pairs.Values.Any(p => p.RegistryIsDown) ? WorkerState.WaitingForRegistry
        : !_batches.IsReady && !_batches.IsFirst || _batches.SinceStart > _settings.Patience && _batches.IsWriting ? WorkerState.WaitingForKafka
        : _starter.WaitsFor ?? (_pairs.Values.Any(p => p.IsWhole && (!p.IsStarted || p.IsRestoring)) ? WorkerState.Restoring
            : WorkerState.Running);

    private bool TrySettle()
    {
        try
        {
            return _batches.Settle(_settings.StopTimeout);
        }
        catch (KafkaSettingsException e)
        {
            _log.LastBatchFailed(e.Message);
            return true;
        }
    }

    private void FinishLastBatch()
    {
        try
        {
            // The other half is for leaving the group.
            if (!Finish(_settings.StopTimeout / 4))
                _log.LastBatchFailed("Kafka does not answer");
        }
        catch (Exception e) when (e is BrokerUnavailableException or KafkaSettingsException or KafkaException)
        {
            _log.LastBatchFailed(e.Message);
        }
    }

    private static TimeSpan Later(TimeSpan time) => time > Tick ? time : Tick;

    private static Exception Explain(Error error) => error.Code switch
    {
        ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature =>
            new KafkaSettingsException($"the brokers do not know the new group protocol (Kafka 4.0 and later do): set the group protocol to classic ({error.Reason})"),
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.Local_InvalidArg => new KafkaSettingsException(error.Reason),
        ErrorCode.FencedInstanceId => new KafkaSettingsException($"another worker has taken this one's group instance id: give each its own ({error.Reason})"),
        _ => new KafkaException(error),
    };
}
