using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the brokers are asked about groups and partitions. Every answer has a limit.</summary>
/// <remarks>Throws <see cref="KafkaException"/> where they do not answer, or not in time.</remarks>
internal sealed class ClusterQuestions(IAdminClient admin)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public IReadOnlyList<TopicPartition> PartitionsOf(IEnumerable<string> topics) => [.. topics.SelectMany(PartitionsOf)];

    public IReadOnlyList<TopicPartition> PartitionsOf(string topic)
    {
        var found = admin.GetMetadata(topic, Timeout).Topics.Single(known => known.Topic == topic);
        return found.Error.IsError ? throw new KafkaException(found.Error) : [.. found.Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }

    /// <summary>Of each partition the offset up to which committed records can be read.</summary>
    public Task<Dictionary<TopicPartition, long>> EndsAsync(IReadOnlyList<TopicPartition> partitions) => OffsetsAsync(partitions, OffsetSpec.Latest());

    /// <summary>Of each partition the first offset that is there.</summary>
    public Task<Dictionary<TopicPartition, long>> StartsAsync(IReadOnlyList<TopicPartition> partitions) => OffsetsAsync(partitions, OffsetSpec.Earliest());

    /// <summary>Of each partition of which the group has committed anything, the offset that it reads next.</summary>
    public async Task<Dictionary<TopicPartition, long>> CommittedAsync(string group, IReadOnlyList<TopicPartition> partitions)
    {
        var answer = await Limited(admin.ListConsumerGroupOffsetsAsync([new(group, [.. partitions])], new() { RequestTimeout = Timeout, RequireStableOffsets = false })).ConfigureAwait(false);
        var offsets = answer[0].Partitions;
        if (offsets.FirstOrDefault(offset => offset.Error.IsError) is { } failed)
            throw new KafkaException(failed.Error);
        return offsets.Where(offset => !offset.Offset.IsSpecial).ToDictionary(offset => offset.TopicPartition, offset => offset.Offset.Value);
    }

    /// <returns>Null where the brokers cannot tell.</returns>
    public async Task<IReadOnlyList<GroupMember>?> MembersAsync(string group)
    {
        try
        {
            var answer = await Limited(admin.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = Timeout })).ConfigureAwait(false);
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

    private async Task<Dictionary<TopicPartition, long>> OffsetsAsync(IReadOnlyList<TopicPartition> partitions, OffsetSpec spec)
    {
        var asked = partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec });
        var answer = await Limited(admin.ListOffsetsAsync(asked, new() { IsolationLevel = IsolationLevel.ReadCommitted, RequestTimeout = Timeout })).ConfigureAwait(false);
        return answer.ResultInfos.ToDictionary(info => info.TopicPartitionOffsetError.TopicPartition, info => info.TopicPartitionOffsetError.Offset.Value);
    }

    private static async Task<T> Limited<T>(Task<T> question)
    {
        try
        {
            return await question.WaitAsync(2 * Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new KafkaException(new Error(ErrorCode.Local_TimedOut));
        }
    }
}
