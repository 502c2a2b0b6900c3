using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>What a read_committed consumer sees of a topic from its beginning.</summary>
internal sealed class CommittedTopic : IDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IConsumer<byte[]?, byte[]?> _uncommitted;
    private readonly TopicPartition[] _partitions;
    private readonly Dictionary<TopicPartition, long> _ends = [];

    public CommittedTopic(string bootstrapServers, string topic, int partitions)
    {
        _partitions = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p))];
        _consumer = Open(bootstrapServers, IsolationLevel.ReadCommitted);
        _uncommitted = Open(bootstrapServers, IsolationLevel.ReadUncommitted);
        _consumer.Assign(_partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
    }

    /// <summary>Hands over what is there, and waits a moment when nothing is. How many records that were.</summary>
    public int Read(Action<ConsumeResult<byte[]?, byte[]?>> take)
    {
        var count = 0;
        for (var raw = _consumer.Consume(TimeSpan.FromMilliseconds(200)); raw is not null; raw = _consumer.Consume(TimeSpan.Zero))
        {
            if (raw.IsPartitionEOF)
            {
                _ends[raw.TopicPartition] = raw.Offset.Value;
                continue;
            }
            take(raw);
            count++;
        }
        return count;
    }

    /// <summary>Reads on until nothing is left, not even a transaction that is open. What is open after the limit, or null.</summary>
    public string? ReadToEnd(Action<ConsumeResult<byte[]?, byte[]?>> take, TimeSpan limit)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            Read(take);
            var open = _partitions.Select(p => (Partition: p, End: EndOf(p), Read: _ends.GetValueOrDefault(p))).Where(x => x.Read < x.End).ToList();
            if (open.Count == 0)
                return null;
            if (waited.Elapsed > limit)
                return string.Join(", ", open.Select(x => $"{x.Partition.Topic}-{x.Partition.Partition.Value} is committed up to {x.Read} of {x.End} only"));
        }
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _uncommitted.Dispose();
    }

    private long EndOf(TopicPartition partition) => _uncommitted.QueryWatermarkOffsets(partition, AskLimit).High.Value;

    private static IConsumer<byte[]?, byte[]?> Open(string bootstrapServers, IsolationLevel isolation) =>
        new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "chaos-check",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = isolation,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
}
