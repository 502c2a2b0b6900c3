using System.Diagnostics;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>How far the workers' group has come, by its committed offsets.</summary>
internal sealed class GroupProgress : IDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);

    private readonly IConsumer<Ignore, Ignore> _consumer;
    private readonly TopicPartition[] _partitions;

    public GroupProgress(KafkaSettings settings, int partitions)
    {
        _partitions = [.. from topic in new[] { settings.Topics.Deployments, settings.Topics.Alerts } from p in Enumerable.Range(0, partitions) select new TopicPartition(topic, p)];
        _consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = settings.BootstrapServers, GroupId = settings.GroupId, SocketTimeoutMs = 6000 })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>Until every record is committed. How long that took, or null when the limit passed first.</summary>
    public async Task<TimeSpan?> UntilCaughtUpAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (await Task.Run(Lag, cancellationToken) > 0)
        {
            if (waited.Elapsed > limit)
                return null;
            await Task.Delay(200, cancellationToken);
        }
        return waited.Elapsed;
    }

    public void Dispose() => _consumer.Dispose();

    private long Lag()
    {
        try
        {
            var committed = _consumer.Committed(_partitions, AskLimit).Sum(c => Math.Max(0, c.Offset.Value));
            return _partitions.Sum(p => _consumer.QueryWatermarkOffsets(p, AskLimit).High.Value) - committed;
        }
        catch (KafkaException)
        {
            // A coordinator that is being looked for says nothing about the group.
            return long.MaxValue;
        }
    }
}
