using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Chaos;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>All that a reader of committed records sees in the history's topics, for the oracle.</summary>
internal static class HistoryTopics
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<List<HistoryRecord>> ReadAsync(KafkaSettings settings)
    {
        using var registry = new SchemaRegistryClient(settings.Registry);
        var reader = new HistoryReader(settings.Topics, registry);
        var records = new List<HistoryRecord>();
        foreach (string name in reader.Topics)
        {
            var raws = new List<ConsumeResult<byte[]?, byte[]?>>();
            using var topic = new CommittedTopic(settings.BootstrapServers, name, PartitionsOf(settings, name).Length);
            Assert.Null(topic.ReadToEnd(raws.Add, Limit));
            foreach (ConsumeResult<byte[]?, byte[]?> raw in raws)
            {
                if (await reader.ReadAsync(raw) is { } record)
                    records.Add(record);
            }
        }
        return records;
    }

    public static TopicPartition[] PartitionsOf(KafkaSettings settings, string topic)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();
        return [.. admin.GetMetadata(topic, Limit).Topics.Single().Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }
}
