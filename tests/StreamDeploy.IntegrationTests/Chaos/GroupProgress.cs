using System.Diagnostics;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>How far a group has come, by its committed offsets.</summary>
internal sealed class GroupProgress : IDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);

    private readonly KafkaSettings _settings;
    private readonly TopicPartition[] _partitions;

    // The marker of a transaction is the last offset of its partition, and no record that could be committed.
    private readonly HashSet<string> _transactional;
    private IConsumer<Ignore, Ignore> _consumer;

    /// <param name="settings">How to reach Kafka, and the group.</param>
    /// <param name="partitions">All that the group reads.</param>
    /// <param name="transactional">The topics among them that are written in transactions.</param>
    public GroupProgress(KafkaSettings settings, IEnumerable<TopicPartition> partitions, params IEnumerable<string> transactional)
    {
        (_settings, _partitions, _transactional) = (settings, [.. partitions], [.. transactional]);
        _consumer = Open();
    }

    /// <summary>The ends of all partitions together, when it was last looked.</summary>
    public long Ends { get; private set; }

    /// <summary>What is not committed, or why that is not known.</summary>
    public string Behind { get; private set; } = "";

    /// <summary>Until every record is committed. How long that took, or null when the limit passed first.</summary>
    public async Task<TimeSpan?> UntilCaughtUpAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (!await Task.Run(IsCaughtUp, cancellationToken))
        {
            if (waited.Elapsed > limit)
                return null;
            await Task.Delay(200, cancellationToken);
        }
        return waited.Elapsed;
    }

    public void Dispose() => _consumer.Dispose();

    public bool IsCaughtUp()
    {
        try
        {
            var looked = _consumer.Committed(_partitions, AskLimit)
                .Select(c => (c.TopicPartition, Committed: Math.Max(0, c.Offset.Value), End: _consumer.QueryWatermarkOffsets(c.TopicPartition, AskLimit).High.Value)).ToList();
            Ends = looked.Sum(x => x.End);
            var behind = looked.Select(x => (x.TopicPartition, Records: x.End - x.Committed - (_transactional.Contains(x.TopicPartition.Topic) ? 1 : 0))).Where(x => x.Records > 0).ToList();
            Behind = string.Join(", ", behind.Select(x => $"{x.TopicPartition.Topic}-{x.TopicPartition.Partition.Value} by {x.Records}"));
            return behind.Count == 0;
        }
        catch (KafkaException e)
        {
            // A coordinator that is being looked for says nothing about the group. And a client that has seen the brokers restart may answer
            // "Local: Unknown partition" for good: it asks for no metadata of topics that it does not read.
            Behind = e.Error.Reason;
            _consumer.Dispose();
            _consumer = Open();
            return false;
        }
    }

    private IConsumer<Ignore, Ignore> Open() =>
        new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _settings.BootstrapServers, GroupId = _settings.GroupId, SocketTimeoutMs = 6000 })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
}
