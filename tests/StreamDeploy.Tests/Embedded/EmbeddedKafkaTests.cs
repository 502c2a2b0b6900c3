using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Embedded;

public sealed class EmbeddedKafkaTests
{
    [Fact]
    public void Another_client_connects_over_the_wire_and_reads_what_was_written()
    {
        using var kafka = EmbeddedKafka.Start();
        Assert.Matches(@"^127\.0\.0\.1:\d+$", kafka.BootstrapServers);
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        producer.Produce("events", new() { Key = "k", Value = "v" });
        producer.Flush(TimeSpan.FromSeconds(30));
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "g" }).Build();
        consumer.Assign(Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartitionOffset("events", p, Offset.Beginning)));
        Assert.Equal("v", consumer.Consume(TimeSpan.FromSeconds(30))?.Message.Value);
    }

    [Fact]
    public void A_topic_comes_into_being_by_asking_for_it()
    {
        using var kafka = EmbeddedKafka.Start();
        kafka.CreateTopics(["a", "b"]);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        var topics = admin.GetMetadata(TimeSpan.FromSeconds(30)).Topics;
        Assert.Equal(["a", "b"], topics.Select(t => t.Topic).Order());
        Assert.All(topics, t => Assert.Equal(EmbeddedKafka.PartitionsPerTopic, t.Partitions.Count));
    }

    [Fact]
    public async Task The_librdkafka_partitioner_in_use_is_Javas()
    {
        using var kafka = EmbeddedKafka.Start();
        using var producer = new ProducerBuilder<byte[], string>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, Partitioner = Partitioner.Murmur2Random }).Build();
        foreach (var key in Enumerable.Range(0, 100).Select(i => "account-" + i * 7919))
        {
            var report = await producer.ProduceAsync("events", new() { Key = Encoding.UTF8.GetBytes(key), Value = "" });
            Assert.Equal(Murmur2.PartitionOf(key, EmbeddedKafka.PartitionsPerTopic), report.Partition.Value);
        }
    }
}
