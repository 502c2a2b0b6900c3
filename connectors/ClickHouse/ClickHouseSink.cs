using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Carries deployments, alerts and enrichments from Kafka into ClickHouse's tables, each record at least once and none lost.</summary>
/// <remarks>
/// Offsets are committed after ClickHouse has acknowledged, so after a crash some rows come again: the tables and views are such that this
/// changes no answer. A record that cannot be read goes to dead-letters here too, though the worker may have put it there already: the worker
/// does not read enrichments, need not run, and may be behind, and a record that is in neither place would be lost to the history without a trace.
/// </remarks>
public sealed partial class ClickHouseSink(SinkSettings settings, ILoggerFactory logs)
{
    private const int PollRecordsMax = 10_000;
    private static readonly TimeSpan PollLimit = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RegistryPause = TimeSpan.FromSeconds(1);

    private readonly ILogger _log = logs.CreateLogger<ClickHouseSink>();

    /// <summary>Runs until it is cancelled; then what is under way gets <see cref="SinkSettings.FlushLimit"/>, and the task completes.</summary>
    /// <exception cref="SinkStoppedException">Someone has to mend something; the message says what.</exception>
    /// <exception cref="KafkaSettingsException">The same, about Kafka or a setting.</exception>
    public Task RunAsync(CancellationToken cancellation)
    {
        if (settings.Problem() is { } problem)
            throw new KafkaSettingsException(problem);
        // The Kafka client's calls block: they get a thread of their own.
        return Task.Factory.StartNew(() => Run(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Run(CancellationToken cancellation)
    {
        using var registry = new SchemaRegistryClient(settings.Kafka.Registry);
        using var clickHouse = new ClickHouseHttp(settings.ClickHouse);
        using var deadLetters = DeadLetterProducer.Open(settings.Kafka, "history", logs);
        IReadOnlyList<HistoryTopic> topics = HistoryTopic.All(settings.Kafka.Topics, registry);
        using var consumer = TopicConsumer.Open(settings.Kafka, [.. topics.Select(topic => topic.Name)], settings.AssignAll, logs);
        var insert = new BatchInsert(settings, clickHouse, deadLetters, _log);
        var limits = new BatchLimits(settings.BatchRowsMax, settings.BatchBytesMax, settings.BatchAgeMax);
        SinkLane[] lanes = [.. topics.Select(topic => new SinkLane(topic, limits, insert))];
        // Cancelled when what is under way has had its time, or is to no purpose.
        using var giveUp = new CancellationTokenSource();
        try
        {
            LogStarted(_log, settings.ClickHouse.Url, settings.ClickHouse.Database);
            Carry(consumer, lanes, giveUp.Token, cancellation);
            Flush(consumer, lanes, giveUp);
        }
        finally
        {
            giveUp.Cancel();
            // What they use is disposed next.
            Task.WhenAny(Task.WhenAll(lanes.Select(lane => lane.InFlight)), Task.Delay(settings.FlushLimit, CancellationToken.None)).GetAwaiter().GetResult();
        }
    }

    private void Carry(TopicConsumer consumer, SinkLane[] lanes, CancellationToken giveUp, CancellationToken stop)
    {
        Dictionary<string, SinkLane> laneOf = lanes.ToDictionary(lane => lane.Topic);
        var paused = new HashSet<SinkLane>();
        bool registryIsDown = false;
        while (!stop.IsCancellationRequested)
        {
            foreach (ConsumedRecord record in consumer.Poll(PollRecordsMax, PollLimit))
                laneOf[record.Topic].Add(record);
            bool wasDown = registryIsDown;
            registryIsDown = false;
            foreach (SinkLane lane in lanes)
            {
                registryIsDown |= !TryFill(lane, wasDown, stop);
                lane.Send(Environment.TickCount64, evenIfYoung: false, giveUp);
                CommitArrived(consumer, lane);
                SetPaused(consumer, lane, paused);
            }
            if (registryIsDown)
                stop.WaitHandle.WaitOne(RegistryPause);
        }
        foreach (SinkLane lane in paused)
            SinkMetrics.Paused.Add(-1, SinkMetrics.Topic(lane.Topic));
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

    private static void SetPaused(TopicConsumer consumer, SinkLane lane, HashSet<SinkLane> paused)
    {
        if (lane.IsFull && paused.Add(lane))
        {
            consumer.Pause(lane.Topic);
            SinkMetrics.Paused.Add(1, SinkMetrics.Topic(lane.Topic));
        }
        else if (!lane.IsFull && paused.Remove(lane))
        {
            consumer.Resume(lane.Topic);
            SinkMetrics.Paused.Add(-1, SinkMetrics.Topic(lane.Topic));
        }
    }

    private static void CommitArrived(TopicConsumer consumer, SinkLane lane)
    {
        if (lane.TakeArrived() is { } batch)
            consumer.Commit(batch.LastOfEachPartition);
    }

    /// <summary>What is read is inserted and committed; what is not done within the limit is read again by the next sink.</summary>
    private void Flush(TopicConsumer consumer, SinkLane[] lanes, CancellationTokenSource giveUp)
    {
        giveUp.CancelAfter(settings.FlushLimit);
        while (lanes.Any(lane => !lane.IsIdle))
        {
            foreach (SinkLane lane in lanes)
            {
                try
                {
                    lane.Fill(Environment.TickCount64, giveUp.Token);
                    lane.Send(Environment.TickCount64, evenIfYoung: true, giveUp.Token);
                    CommitArrived(consumer, lane);
                }
                catch (Exception e) when (e is OperationCanceledException or SchemaRegistryUnavailableException)
                {
                    if (!giveUp.IsCancellationRequested)
                        continue;
                    LogNotFlushed(_log, settings.FlushLimit);
                    return;
                }
            }
            giveUp.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10));
        }
        LogStopped(_log);
    }

    [LoggerMessage(LogLevel.Information, "History goes to {Url}, database {Database}")]
    private static partial void LogStarted(ILogger log, string url, string database);

    [LoggerMessage(LogLevel.Warning, "{Topic} waits for the schema registry: {Reason}")]
    private static partial void LogRegistryDown(ILogger log, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "Not all that was read is in ClickHouse after {Limit}: the next sink reads the rest again")]
    private static partial void LogNotFlushed(ILogger log, TimeSpan limit);

    [LoggerMessage(LogLevel.Information, "Sink stopped, all that was read is in ClickHouse")]
    private static partial void LogStopped(ILogger log);
}
