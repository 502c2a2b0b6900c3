using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Reads a whole topic from its beginning, without a group.</summary>
internal sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly List<ConsumeResult<byte[]?, byte[]?>> _read = [];
    private readonly string _topic;

    public TopicReader(string bootstrapServers, string topic)
    {
        _topic = topic;
        var config = new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "reader", EnableAutoCommit = false, IsolationLevel = IsolationLevel.ReadCommitted };
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(config).Build();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).Build();
        var partitions = admin.GetMetadata(topic, Limit).Topics.Single().Partitions;
        _consumer.Assign(partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));
    }

    /// <summary>Everything read so far, once it is at least so many.</summary>
    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Read(int count) => ReadUntil(read => read.Count >= count, $"{count} records");

    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> ReadUntil(Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]?>>, bool> enough, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!enough(_read))
        {
            if (waited.Elapsed > Limit)
                throw new TimeoutException($"{_topic}: {what} did not come within {Limit}, only {_read.Count} records");
            if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } raw)
                _read.Add(raw);
        }
        return _read;
    }

    public void Dispose() => _consumer.Dispose();
}
