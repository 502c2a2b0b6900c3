using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Reads partitions up to the end that they have when reading begins, and no further; without a group, so nothing is committed.</summary>
/// <remarks>Blocking. Where nothing comes for longer than the limit it gives up; how long the caller takes between two records does not matter.</remarks>
internal sealed class BoundedRead(IConsumer<byte[]?, byte[]?> consumer)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    /// <param name="partitions">Each with the time from which on its records are wanted; null for all of them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KafkaException">Kafka does not answer, or not in time.</exception>
    public IEnumerable<ConsumeResult<byte[]?, byte[]?>> Records(IReadOnlyList<(TopicPartition Partition, long? FromMs)> partitions, CancellationToken cancellationToken)
    {
        var ends = new Dictionary<TopicPartition, long>();
        var starts = new List<TopicPartitionOffset>();
        foreach (var (partition, fromMs) in partitions)
        {
            var marks = consumer.QueryWatermarkOffsets(partition, Limit);
            var from = StartOf(consumer, partition, fromMs, marks);
            if (from >= marks.High.Value)
                continue;
            ends.Add(partition, marks.High.Value);
            starts.Add(new(partition, from));
        }

        consumer.Assign(starts);
        while (ends.Count > 0)
        {
            var raw = Next(ends, cancellationToken);
            var end = ends[raw.TopicPartition];
            // Behind the last record of all there may be markers of transactions: then only the end of the partition is told.
            if (raw.IsPartitionEOF || raw.Offset.Value >= end - 1)
            {
                ends.Remove(raw.TopicPartition);
                consumer.Pause([raw.TopicPartition]);
            }

            if (!raw.IsPartitionEOF && raw.Offset.Value < end)
                yield return raw;
        }
    }

    /// <summary>Where the partition's first record stands that is there and has at least the given Kafka timestamp.</summary>
    /// <exception cref="KafkaException">Kafka does not answer.</exception>
    public static long StartOf(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, long fromMs) =>
        StartOf(consumer, partition, fromMs, consumer.QueryWatermarkOffsets(partition, Limit));

    private static long StartOf(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, long? fromMs, WatermarkOffsets marks) =>
        Math.Max(marks.Low.Value, fromMs is { } ms ? OffsetAt(consumer, partition, ms, marks) : 0);

    private ConsumeResult<byte[]?, byte[]?> Next(Dictionary<TopicPartition, long> wanted, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < Limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (consumer.Consume(Turn) is { } raw && wanted.ContainsKey(raw.TopicPartition))
                    return raw;
            }
            catch (ConsumeException e) when (!KafkaClients.IsFinal(e.Error))
            {
                // What is wrong the client has logged; it may pass.
                cancellationToken.WaitHandle.WaitOne(Turn);
            }
        }

        throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{string.Join(", ", wanted.Keys)}: no record came within {Limit}"));
    }

    /// <summary>Where the first record stands that has at least the given Kafka timestamp; the end where there is none.</summary>
    private static long OffsetAt(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, long fromMs, WatermarkOffsets marks)
    {
        if (Find(consumer, partition, fromMs) is { } found)
            return found;
        // All may be older. But a broker that does not find the very first record either has no index by time: the mock cluster has none.
        return Find(consumer, partition, 0) is null ? marks.Low.Value : marks.High.Value;
    }

    private static long? Find(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, long fromMs)
    {
        var offset = consumer.OffsetsForTimes([new(partition, new Timestamp(Math.Max(0, fromMs), TimestampType.CreateTime))], Limit)[0].Offset;
        return offset == Offset.End ? null : offset.Value;
    }
}
