using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Tells whether what lies between a committed offset and the end of its partition holds a record at all.</summary>
/// <remarks>
/// Each transaction leaves a mark with an offset of its own, and a group commits up to the last record: without this look a group that has done all would be one
/// behind in every partition for ever. For one thread.
/// </remarks>
internal sealed class TransactionMarks(IConsumer<byte[]?, byte[]?> consumer)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    // Of each partition the last gap that was looked at; where there was a record, there is one whatever the end.
    private readonly Dictionary<(string Group, TopicPartition Partition), (long From, long End, bool HasRecord)> _known = [];

    /// <param name="group">Whose gaps they are: what is known of them is kept.</param>
    /// <param name="gaps">From the committed offset to the end.</param>
    /// <returns>Those that hold no record that can be read.</returns>
    public HashSet<TopicPartition> WithoutRecords(string group, IReadOnlyDictionary<TopicPartition, (long From, long End)> gaps)
    {
        var open = gaps.Where(gap => !IsKnown(group, gap.Key, gap.Value)).ToDictionary();
        if (open.Count > 0)
            Look(group, open);
        return [.. gaps.Where(gap => IsKnown(group, gap.Key, gap.Value) && !_known[(group, gap.Key)].HasRecord).Select(gap => gap.Key)];
    }

    private bool IsKnown(string group, TopicPartition partition, (long From, long End) gap) =>
        _known.TryGetValue((group, partition), out var known) && known.From == gap.From && (known.HasRecord || known.End == gap.End);

    // What is not found out within the limit is asked again next time.
    private void Look(string group, Dictionary<TopicPartition, (long From, long End)> open)
    {
        var waited = Stopwatch.StartNew();
        consumer.Assign(open.Select(gap => new TopicPartitionOffset(gap.Key, gap.Value.From)));
        while (open.Count > 0 && waited.Elapsed < Limit)
        {
            if (consumer.Consume(Turn) is not { } raw || !open.TryGetValue(raw.TopicPartition, out var gap))
                continue;
            _known[(group, raw.TopicPartition)] = (gap.From, gap.End, !raw.IsPartitionEOF && raw.Offset.Value < gap.End);
            open.Remove(raw.TopicPartition);
            consumer.Pause([raw.TopicPartition]);
        }

        consumer.Unassign();
    }
}
