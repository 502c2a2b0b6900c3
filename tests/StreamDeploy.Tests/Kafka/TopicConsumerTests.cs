using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

public sealed class TopicConsumerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly IProducer<Null, string> _producer;
    private readonly KafkaSettings _settings;

    public TopicConsumerTests()
    {
        _kafka.CreateTopics(["a", "b"]);
        _producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers }).Build();
        // The mock cluster has no groups of the newer protocol.
        _settings = new KafkaSettings
        {
            BootstrapServers = _kafka.BootstrapServers,
            Registry = new SchemaRegistrySettings { Url = "http://localhost" },
            GroupProtocol = "classic",
            // Nor does it see a member leave: the session must time out.
            Properties = new Dictionary<string, string> { ["consumer.session.timeout.ms"] = "3000", ["consumer.heartbeat.interval.ms"] = "300" },
        };
    }

    public void Dispose()
    {
        _producer.Dispose();
        _kafka.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_reads_all_partitions_from_the_beginning_and_goes_on_after_what_is_committed(bool assignAll)
    {
        Produce("a", 0, "1", "2", "3");
        Produce("b", 3, "4");
        using (TopicConsumer consumer = Open(assignAll))
        {
            List<ConsumedRecord> records = Read(consumer, 4);
            Assert.Equal(["1", "2", "3", "4"], records.Select(Text).Order());
            Assert.True(consumer.Commit([records.Single(r => Text(r) == "2")]));
        }
        using TopicConsumer next = Open(assignAll);
        Assert.Equal(["3", "4"], Read(next, 2).Select(Text).Order());
    }

    [Fact]
    public void A_paused_topic_is_not_read_until_it_is_resumed_and_the_other_is()
    {
        using TopicConsumer consumer = Open(assignAll: true);
        consumer.Pause("a");
        Produce("a", 0, "1");
        Produce("b", 0, "2");
        Assert.Equal("2", Text(Read(consumer, 1)[0]));
        Assert.Empty(consumer.Poll(10, TimeSpan.FromMilliseconds(300)));
        consumer.Resume("a");
        Assert.Equal("1", Text(Read(consumer, 1)[0]));
    }

    [Fact]
    public void What_was_read_before_a_partition_went_to_another_member_is_not_committed()
    {
        for (int partition = 0; partition < EmbeddedKafka.PartitionsPerTopic; partition++)
            Produce("a", partition, "1", "2", "3");
        using TopicConsumer first = Open(assignAll: false);
        List<ConsumedRecord> early = Read(first, 3 * EmbeddedKafka.PartitionsPerTopic);
        using TopicConsumer second = Open(assignAll: false);
        var late = new List<ConsumedRecord>();
        WaitFor(() =>
        {
            // Both must poll, for the group to settle.
            late.AddRange(first.Poll(100, TimeSpan.FromMilliseconds(50)));
            late.AddRange(second.Poll(100, TimeSpan.FromMilliseconds(50)));
            return late.Count == early.Count;
        }, "the partitions are read again after the rebalance, for nothing was committed");
        // The other member and this one itself have read from the beginning: what was read earlier is out of date for every partition.
        Assert.True(first.Commit(early.Where(record => record.Offset == 2)));
        Assert.Equal(0, Committed());
        Assert.True(first.Commit(late.Where(record => record.Offset == 2)));
        long ofFirst = Committed();
        Assert.InRange(ofFirst, 1, (3 * EmbeddedKafka.PartitionsPerTopic) - 1);
        Assert.Equal(0, ofFirst % 3);
    }

    [Fact]
    public void Without_a_broker_taking_all_says_so()
    {
        KafkaSettings nowhere = _settings with { BootstrapServers = "127.0.0.1:1" };
        BrokerUnavailableException e = Assert.Throws<BrokerUnavailableException>(
            () => TopicConsumer.Open(nowhere, ["a"], assignAll: true, NullLoggerFactory.Instance));
        Assert.Contains("127.0.0.1:1", e.Message, StringComparison.Ordinal);
    }

    private TopicConsumer Open(bool assignAll) => TopicConsumer.Open(_settings, ["a", "b"], assignAll, NullLoggerFactory.Instance);

    private void Produce(string topic, int partition, params string[] values)
    {
        foreach (string value in values)
            _producer.Produce(new TopicPartition(topic, partition), new() { Value = value });
        Assert.Equal(0, _producer.Flush(Limit));
    }

    private static List<ConsumedRecord> Read(TopicConsumer consumer, int count)
    {
        var records = new List<ConsumedRecord>();
        WaitFor(() =>
        {
            records.AddRange(consumer.Poll(100, TimeSpan.FromMilliseconds(100)));
            return records.Count >= count;
        }, $"{count} records");
        Assert.Equal(count, records.Count);
        return records;
    }

    private long Committed()
    {
        using IConsumer<Null, string> consumer = new ConsumerBuilder<Null, string>(
            new ConsumerConfig { BootstrapServers = _kafka.BootstrapServers, GroupId = _settings.GroupId }).Build();
        return consumer.Committed(Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartition("a", p)), Limit)
            .Where(offset => !offset.Offset.IsSpecial).Sum(offset => offset.Offset.Value);
    }

    private static void WaitFor(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            Assert.False(limit.IsCancellationRequested, "not within the limit: " + what);
    }

    private static string Text(ConsumedRecord record) => Encoding.UTF8.GetString(record.Value!);
}
