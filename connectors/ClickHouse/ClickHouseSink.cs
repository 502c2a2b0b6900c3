using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Carries deployments, alerts, enrichments and dead letters from Kafka into ClickHouse's tables, each record at least once and none lost.</summary>
/// <remarks>
/// Offsets are committed after ClickHouse has acknowledged, so after a crash some rows come again: the tables and views are such that this
/// changes no answer. A record that cannot be read goes to dead-letters here too, though the worker may have put it there already: the worker
/// does not read enrichments, need not run, and may be behind, and a record that is in neither place would be lost to the history without a trace.
/// </remarks>
public sealed partial class ClickHouseSink(SinkSettings settings, ILoggerFactory logs)
{
    private readonly ILogger _log = logs.CreateLogger<ClickHouseSink>();

    /// <summary>Whether it carries: it reads, and nothing has stopped it. For health checks.</summary>
    public bool IsRunning { get; private set; }

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
        using var loop = new SinkLoop(settings, consumer, topics, new BatchInsert(settings, clickHouse, deadLetters, _log), _log);
        SinkMetrics.Add(loop);
        try
        {
            IsRunning = true;
            LogStarted(_log, settings.ClickHouse.Url, settings.ClickHouse.Database);
            loop.Run(cancellation);
        }
        finally
        {
            IsRunning = false;
            SinkMetrics.Remove(loop);
        }
    }

    [LoggerMessage(LogLevel.Information, "History goes to {Url}, database {Database}")]
    private static partial void LogStarted(ILogger log, string url, string database);
}
