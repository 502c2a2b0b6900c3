using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>From a consumer through the lanes into ClickHouse, and back to the consumer what may be committed.</summary>
/// <remarks>For one thread: the Kafka client's calls block.</remarks>
internal sealed partial class SinkLoop : IDisposable
{
    private const int PollRecordsMax = 10_000;
    private static readonly TimeSpan PollLimit = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RegistryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LagInterval = TimeSpan.FromSeconds(1);

    private readonly SinkSettings _settings;
    private readonly TopicConsumer _consumer;
    private readonly SinkLane[] _lanes;
    private readonly Dictionary<string, SinkLane> _laneOf;
    private readonly ILogger _log;

    /// <summary>Cancelled when what is under way has had its time, or is to no purpose.</summary>
    private readonly CancellationTokenSource _giveUp = new();
    private readonly HashSet<SinkLane> _paused = [];
    private bool _registryIsDown;
    private long _lagToldAt;

    public SinkLoop(SinkSettings settings, TopicConsumer consumer, IReadOnlyList<HistoryTopic> topics, BatchInsert insert, ILogger log)
    {
        (_settings, _consumer, _log) = (settings, consumer, log);
        var limits = new BatchLimits(settings.BatchRowsMax, settings.BatchBytesMax, settings.BatchAgeMax);
        _lanes = [.. topics.Select(topic => new SinkLane(topic, limits, insert))];
        _laneOf = _lanes.ToDictionary(lane => lane.Topic);
    }

    public SinkProgress Progress { get; } = new();

    /// <summary>The lag as of about a second ago; for any thread.</summary>
    public IReadOnlyList<SinkLag> Lag { get; private set; } = [];

    /// <summary>Carries until it is told to stop, and then flushes: what is read is inserted and committed, as far as the limit allows.</summary>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            Turn(stop);
        ForgetPaused();
        Flush();
    }

    /// <summary>Carries until every partition has been read to its end and all of that is in ClickHouse.</summary>
    /// <exception cref="OperationCanceledException" />
    public void RunToEnd(CancellationToken stop)
    {
        // No further than to where the ends were: where records keep coming, there is always one more.
        while (!_consumer.IsAtEnd)
        {
            stop.ThrowIfCancellationRequested();
            Turn(stop);
        }
        while (_lanes.Any(lane => !lane.IsIdle))
        {
            stop.ThrowIfCancellationRequested();
            Forward(evenIfYoung: true, stop);
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10));
        }
        ForgetPaused();
    }

    public void Dispose()
    {
        _giveUp.Cancel();
        // What they use is disposed next.
        Task.WhenAny(Task.WhenAll(_lanes.Select(lane => lane.InFlight)), Task.Delay(_settings.FlushLimit, CancellationToken.None)).GetAwaiter().GetResult();
        _giveUp.Dispose();
    }

    private void Turn(CancellationToken stop)
    {
        foreach (ConsumedRecord record in _consumer.Poll(PollRecordsMax, PollLimit))
        {
            Progress.Read(record);
            _laneOf[record.Topic].Add(record);
        }
        Forward(evenIfYoung: false, stop);
    }

    private void Forward(bool evenIfYoung, CancellationToken stop)
    {
        bool wasDown = _registryIsDown;
        _registryIsDown = false;
        foreach (SinkLane lane in _lanes)
        {
            _registryIsDown |= !TryFill(lane, wasDown, stop);
            lane.Send(Environment.TickCount64, evenIfYoung, _giveUp.Token);
            CommitArrived(lane);
            SetPaused(lane);
        }
        TellLag();
        if (_registryIsDown)
            stop.WaitHandle.WaitOne(RegistryPause);
    }

    /// <summary>False while the schema registry is down: the records stay where they are.</summary>
    private bool TryFill(SinkLane lane, bool wasDown, CancellationToken stop)
    {
        try
        {
            lane.Fill(Environment.TickCount64, stop);
            return true;
        }
        catch (SchemaRegistryUnavailableException e)
        {
            if (!wasDown)
                LogRegistryDown(_log, lane.Topic, e.Message);
            return false;
        }
        catch (SchemaRegistryDeniedException e)
        {
            throw new KafkaSettingsException($"schema registry: {e.Message}", e);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return true;
        }
    }

    private void SetPaused(SinkLane lane)
    {
        if (lane.IsFull && _paused.Add(lane))
        {
            _consumer.Pause(lane.Topic);
            SinkMetrics.Paused.Add(1, SinkMetrics.Topic(lane.Topic));
        }
        else if (!lane.IsFull && _paused.Remove(lane))
        {
            _consumer.Resume(lane.Topic);
            SinkMetrics.Paused.Add(-1, SinkMetrics.Topic(lane.Topic));
        }
    }

    private void ForgetPaused()
    {
        foreach (SinkLane lane in _paused)
            SinkMetrics.Paused.Add(-1, SinkMetrics.Topic(lane.Topic));
        _paused.Clear();
    }

    private void CommitArrived(SinkLane lane)
    {
        if (lane.TakeArrived() is not { } batch)
            return;
        Progress.Done(batch.LastOfEachPartition);
        _consumer.Commit(batch.LastOfEachPartition);
    }

    private void TellLag()
    {
        if (Environment.TickCount64 - _lagToldAt < LagInterval.TotalMilliseconds)
            return;
        _lagToldAt = Environment.TickCount64;
        Lag = Progress.LagOf(_consumer);
    }

    /// <summary>What is not done within the limit is read again by the next sink.</summary>
    private void Flush()
    {
        _giveUp.CancelAfter(_settings.FlushLimit);
        while (_lanes.Any(lane => !lane.IsIdle))
        {
            foreach (SinkLane lane in _lanes)
            {
                try
                {
                    lane.Fill(Environment.TickCount64, _giveUp.Token);
                    lane.Send(Environment.TickCount64, evenIfYoung: true, _giveUp.Token);
                    CommitArrived(lane);
                }
                catch (Exception e) when (e is OperationCanceledException or SchemaRegistryUnavailableException)
                {
                    if (!_giveUp.IsCancellationRequested)
                        continue;
                    LogNotFlushed(_log, _settings.FlushLimit);
                    return;
                }
            }
            _giveUp.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10));
        }
        LogStopped(_log);
    }

    [LoggerMessage(LogLevel.Warning, "{Topic} waits for the schema registry: {Reason}")]
    private static partial void LogRegistryDown(ILogger log, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "Not all that was read is in ClickHouse after {Limit}: the next sink reads the rest again")]
    private static partial void LogNotFlushed(ILogger log, TimeSpan limit);

    [LoggerMessage(LogLevel.Information, "Sink stopped, all that was read is in ClickHouse")]
    private static partial void LogStopped(ILogger log);
}
