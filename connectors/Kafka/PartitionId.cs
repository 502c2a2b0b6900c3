using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>A partition of a topic, for those who know nothing of the Kafka client.</summary>
internal readonly record struct PartitionId(string Topic, int Partition)
{
    public static PartitionId Of(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);
}
