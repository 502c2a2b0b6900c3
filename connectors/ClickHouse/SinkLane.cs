using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>One topic on its way: a batch in flight and the next being filled.</summary>
/// <remarks>For the loop's thread; only <see cref="BatchInsert.RunAsync"/> runs beside it, on a batch that this no longer touches.</remarks>
internal sealed class SinkLane(HistoryTopic topic, BatchLimits limits, BatchInsert insert)
{
    // What was read before fetching could be paused: at most one poll.
    private readonly Queue<ConsumedRecord> _waiting = new();
    private RowBatch _filling = new(topic.Name, topic.Tables, limits);
    private (RowBatch Batch, Task Done)? _inFlight;

    public string Topic => topic.Name;

    /// <summary>Fetching should stop: one batch is in flight and the next is full.</summary>
    public bool IsFull => _waiting.Count > 0 || (_filling.IsFull && _inFlight is not null);

    public bool IsIdle => _waiting.Count == 0 && _filling.IsEmpty && _inFlight is null;

    /// <summary>Ends when nothing is in flight; fails as that does.</summary>
    public Task InFlight => _inFlight?.Done ?? Task.CompletedTask;

    public void Add(ConsumedRecord record) => _waiting.Enqueue(record);

    /// <summary>Makes rows of what waits, as long as there is room.</summary>
    /// <exception cref="SchemaRegistryUnavailableException">Call again later: nothing is lost.</exception>
    public void Fill(long nowMs, CancellationToken cancellation)
    {
        while (!_filling.IsFull && _waiting.TryPeek(out ConsumedRecord? record))
        {
            try
            {
                // It waits only for a schema that is not known yet.
                _filling.Add(record, topic.RowsOfAsync(record, cancellation).AsTask().GetAwaiter().GetResult(), nowMs);
            }
            catch (PoisonException e)
            {
                _filling.Reject(record, DeadLetters.ReasonOf(e.Reason), e.Message, nowMs);
            }
            catch (UnwritableRowException e)
            {
                _filling.Reject(record, "UNWRITABLE", e.Message, nowMs);
            }
            _waiting.Dequeue();
        }
    }

    /// <summary>Sends the filled batch off when its time has come and none is in flight.</summary>
    public void Send(long nowMs, bool evenIfYoung, CancellationToken cancellation)
    {
        if (_inFlight is not null || _filling.IsEmpty || !(evenIfYoung || _filling.IsDue(nowMs)))
            return;
        RowBatch batch = _filling;
        _filling = new RowBatch(topic.Name, topic.Tables, limits);
        _inFlight = (batch, Task.Run(() => insert.RunAsync(batch, cancellation), cancellation));
    }

    /// <summary>The batch that has arrived since the last call, to be committed before the next is sent; null when there is none.</summary>
    /// <exception cref="SinkStoppedException">It cannot arrive.</exception>
    public RowBatch? TakeArrived()
    {
        if (_inFlight is not { Done.IsCompleted: true } flight)
            return null;
        _inFlight = null;
        flight.Done.GetAwaiter().GetResult();
        return flight.Batch;
    }
}
