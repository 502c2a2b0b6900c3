namespace StreamDeploy.Connectors.Kafka;

/// <summary>How far a group is in a partition.</summary>
/// <param name="Topic">Of the partition.</param>
/// <param name="Partition">Its number.</param>
/// <param name="Committed">The offset that is read next; null where nothing is committed.</param>
/// <param name="Lag">Records that can be read, committed ones only, and are not. While records flow, the marks that end transactions are counted among them.</param>
public sealed record PartitionLag(string Topic, int Partition, long? Committed, long Lag);

/// <summary>Who shares the work of a group.</summary>
/// <param name="Partitions">What it was given.</param>
public sealed record GroupMember(IReadOnlyList<(string Topic, int Partition)> Partitions);

/// <summary>A group as it was at one time.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Partitions">Of all topics that it reads.</param>
/// <param name="Members">Null where the brokers cannot tell.</param>
public sealed record GroupState(string Group, IReadOnlyList<PartitionLag> Partitions, IReadOnlyList<GroupMember>? Members)
{
    public GroupFigures Figures => new(Partitions.Sum(p => p.Lag), Partitions.Sum(p => p.Committed ?? 0), Partitions.Any(p => p.Committed is not null), Members?.Count);
}

/// <summary>What is kept of a group's state.</summary>
/// <param name="Lag">Of all partitions.</param>
/// <param name="Committed">The sum of all offsets: where it grows, the group gets on.</param>
/// <param name="HasCommitted">Whether anything was ever committed.</param>
/// <param name="Members">Null where the brokers cannot tell.</param>
public readonly record struct GroupFigures(long Lag, long Committed, bool HasCommitted, int? Members);

/// <summary>What one look at the cluster saw.</summary>
public sealed record ClusterLook(long AtMs, GroupState Join, GroupState Sink);

/// <summary>What is kept of a look; without figures where Kafka did not answer.</summary>
public readonly record struct ClusterSample(long AtMs, GroupFigures? Join, GroupFigures? Sink);
