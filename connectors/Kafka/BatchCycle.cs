using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Two batches that take turns: one is filled while the other is written. Also the way back after a write that failed.</summary>
internal sealed class BatchCycle(IBatchWriter writer, Func<Batch> newBatch, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    private Batch _writing = newBatch();
    private long _startedAt = clock.GetTimestamp();
    private long _endedAt = clock.GetTimestamp();
    private TimeSpan _pause = TimeSpan.Zero;
    private bool _isReset = true;
    private bool _isPreparing;

    public Batch Filling { get; private set; } = newBatch();

    /// <summary>Whether what is committed is known to be all there is: nothing of ours is open at the broker.</summary>
    public bool IsReady => !_isReset && !_isPreparing;

    /// <summary>Whether nothing has been written yet.</summary>
    public bool IsFirst { get; private set; } = true;

    public bool IsWriting => writer.IsBusy;

    /// <summary>Whether the next batch may be started.</summary>
    public bool IsIdle => IsReady && !writer.IsBusy;

    public TimeSpan SinceStart => clock.GetElapsedTime(_startedAt);

    /// <summary>How long ago the last batch was found to be written.</summary>
    public TimeSpan SinceEnd => clock.GetElapsedTime(_endedAt);

    /// <summary>Begins to write what was filled.</summary>
    public void Start(IConsumerGroupMetadata group)
    {
        Filling.Group = group;
        (Filling, _writing) = (_writing, Filling);
        Start();
    }

    /// <summary>Looks how far it is. After a reset an empty batch is written first: then nothing of ours is open any more.</summary>
    /// <exception cref="BrokerUnavailableException">The batch was not written: <see cref="Reset"/> is to follow.</exception>
    public void SeeTo()
    {
        if (writer.IsBusy && !EndOfWriting(TimeSpan.Zero) || !_isReset || SinceStart < _pause)
            return;
        _isReset = false;
        _isPreparing = true;
        _writing.Clear();
        Start();
    }

    /// <summary>Waits for what is under way.</summary>
    /// <exception cref="BrokerUnavailableException">It was not written: <see cref="Reset"/> is to follow.</exception>
    public bool Settle(TimeSpan limit) => !writer.IsBusy || EndOfWriting(limit);

    /// <summary>Forgets what was filled; what is under way no longer counts.</summary>
    public void Reset()
    {
        Filling.Clear();
        _isReset = true;
        _isPreparing = false;
        _pause = _pause == TimeSpan.Zero ? PauseMin : _pause * 2 < PauseMax ? _pause * 2 : PauseMax;
    }

    public void Dispose() => writer.Dispose();

    private void Start()
    {
        _startedAt = clock.GetTimestamp();
        writer.Start(_writing);
    }

    private bool EndOfWriting(TimeSpan limit)
    {
        try
        {
            if (!writer.Wait(limit))
                return false;
        }
        catch (BrokerUnavailableException) when (_isReset)
        {
            // Its records are being read again already.
            return true;
        }
        _endedAt = clock.GetTimestamp();
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var timestampMs in _writing.AlertTimestampsMs)
            WorkerMetrics.Latency.Record(Math.Max(0, nowMs - timestampMs) / 1000.0);
        _writing.Clear();
        // A batch of before the reset says nothing of what is open now.
        if (_isReset)
            return true;
        // Only a batch that was written ends a run of failures.
        if (!_isPreparing)
            _pause = TimeSpan.Zero;
        (_isPreparing, IsFirst) = (false, false);
        return true;
    }
}
