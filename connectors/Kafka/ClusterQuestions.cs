using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the brokers are asked about groups and partitions. Every answer has a limit; blocking, for one thread.</summary>
/// <remarks>
/// Throws <see cref="KafkaException"/> where they do not answer, or not in time. Offsets are asked for by consumers of the groups, which join nothing: librdkafka 2.15's
/// admin request ListOffsets ends the process (an assertion on its timer) where the broker goes away at the wrong moment.
/// </remarks>
internal sealed class ClusterQuestions(IAdminClient admin)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public IReadOnlyList<TopicPartition> PartitionsOf(IEnumerable<string> topics) => [.. topics.SelectMany(PartitionsOf)];

    public IReadOnlyList<TopicPartition> PartitionsOf(string topic)
    {
        var found = admin.GetMetadata(topic, Timeout).Topics.Single(known => known.Topic == topic);
        return found.Error.IsError ? throw new KafkaException(found.Error) : [.. found.Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }

    /// <summary>Of each partition the first offset that is there, and the one up to which committed records can be read.</summary>
    public static Dictionary<TopicPartition, (long Start, long End)> Bounds(IConsumer<byte[]?, byte[]?> consumer, IReadOnlyList<TopicPartition> partitions) =>
        partitions.ToDictionary(partition => partition, partition => consumer.QueryWatermarkOffsets(partition, Timeout) is var marks ? (marks.Low.Value, marks.High.Value) : default);

    /// <summary>Of each partition of which the consumer's group has committed anything, the offset that it reads next.</summary>
    public static Dictionary<TopicPartition, long> Committed(IConsumer<byte[]?, byte[]?> consumer, IReadOnlyList<TopicPartition> partitions) =>
        consumer.Committed(partitions, Timeout).Where(offset => !offset.Offset.IsSpecial).ToDictionary(offset => offset.TopicPartition, offset => offset.Offset.Value);

    /// <returns>Null where the brokers cannot tell.</returns>
    public IReadOnlyList<GroupMember>? Members(string group)
    {
        try
        {
            var answer = admin.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = Timeout }).WaitAsync(2 * Timeout).GetAwaiter().GetResult();
            return [.. answer.ConsumerGroupDescriptions[0].Members.Select(member => new GroupMember([.. member.Assignment.TopicPartitions.Select(p => (p.Topic, p.Partition.Value))]))];
        }
        catch (DescribeConsumerGroupsException e) when (e.Results.ConsumerGroupDescriptions is [var only])
        {
            return only.Error.Code switch
            {
                // Nobody has ever joined it, or it was forgotten after all had left.
                ErrorCode.GroupIdNotFound => [],
                ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedVersion or ErrorCode.GroupAuthorizationFailed => null,
                _ => throw new KafkaException(only.Error),
            };
        }
    }
}
