using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Where reading begins and up to where it only rebuilds state.</summary>
internal readonly record struct SideStart(long From, long Committed);

/// <summary>Where the two sides of a partition pair begin.</summary>
internal readonly record struct PairStart(int Partition, SideStart Deployments, SideStart Alerts);

/// <summary>Finds out from where the topics must be read again so that a pair's state is what it was when its offsets were committed.</summary>
/// <remarks>
/// State lives in memory only. A lower bound T of the stream time at the commit is the greatest event time among the last committed records; what the join
/// still needs then is younger than T less its retention, and event times are never more than the skew after Kafka's timestamps, so Kafka's index finds it.
/// Blocking, with its own consumer: to be used away from the thread that polls. Every wait has a limit; what fails may be tried again.
/// </remarks>
internal sealed class RestorePlan(
    Func<IConsumer<byte[]?, byte[]?>> open, Source<Deployment> deployments, Source<Alert> alerts, JoinSettings join, ILogger log)
{
    private const long TailFirst = 64;
    private const long TailGrowth = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // A deployment event is kept until stream time > its event time + beforeMax + settle + grace.
    private long DeploymentsMs => join.BeforeMaxMs + join.SettleMs + join.GraceMs + join.SkewMs;

    // An alert is kept until stream time > a + settle + grace; its events may be a skew older than a, and their Kafka timestamps another skew older.
    private long AlertsMs => join.SettleMs + join.GraceMs + 2 * join.SkewMs;

    /// <exception cref="KafkaException">Kafka does not answer.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">The last committed records cannot be read now.</exception>
    public IReadOnlyList<PairStart> For(IReadOnlyList<int> partitions, CancellationToken cancellationToken)
    {
        // Not closed, only disposed of: there is no group to leave, and Close waits for the broker.
        using var consumer = open();
        var asked = partitions.SelectMany(p => new[] { new TopicPartition(deployments.Topic, p), new TopicPartition(alerts.Topic, p) });
        var committed = consumer.Committed(asked, Limit).ToDictionary(c => c.TopicPartition, c => c.Offset);
        return [.. partitions.Select(p => For(consumer, p, committed, cancellationToken))];
    }

    private PairStart For(
        IConsumer<byte[]?, byte[]?> consumer, int partition, Dictionary<TopicPartition, Offset> committed, CancellationToken cancellationToken)
    {
        var deployment = Held(consumer, new(deployments.Topic, partition), committed);
        var alert = Held(consumer, new(alerts.Topic, partition), committed);
        var deploymentMs = LastEventTime(consumer, deployments, deployment, cancellationToken);
        var alertMs = LastEventTime(consumer, alerts, alert, cancellationToken);
        if (Max(deploymentMs, alertMs) is not { } streamTimeMs)
            return All(partition, deployment, alert);
        var deploymentFrom = OffsetAt(consumer, deployment.Partition, streamTimeMs - DeploymentsMs);
        var alertFrom = OffsetAt(consumer, alert.Partition, streamTimeMs - AlertsMs);
        // The record that T is from is younger than what was asked for. A broker that does not find it has no index by time (the mock cluster has none).
        if ((deploymentMs == streamTimeMs ? deploymentFrom : alertFrom) is null)
            return All(partition, deployment, alert);
        return new(partition, deployment.From(deploymentFrom), alert.From(alertFrom));
    }

    /// <summary>Where there is no time to go by, all that is left is read again.</summary>
    private static PairStart All(int partition, Side deployment, Side alert) => new(partition, deployment.From(deployment.Low), alert.From(alert.Low));

    private Side Held(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, Dictionary<TopicPartition, Offset> committed)
    {
        var marks = consumer.QueryWatermarkOffsets(partition, Limit);
        var (low, high) = (marks.Low.Value, marks.High.Value);
        var offset = committed[partition];
        if (offset == Offset.Unset)
            return new(partition, low, low);
        if (offset.Value >= low && offset.Value <= high)
            return new(partition, low, offset.Value);
        // Below: retention was faster than we are. Above: the topic was made anew.
        log.CommittedIsGone(partition.ToString(), offset.Value, low, high);
        return new(partition, low, low);
    }

    /// <summary>The first record with at least this Kafka timestamp; null when there is none.</summary>
    private static long? OffsetAt(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, long fromMs)
    {
        var asked = new TopicPartitionTimestamp(partition, new Timestamp(Math.Max(0, fromMs), TimestampType.CreateTime));
        var found = consumer.OffsetsForTimes([asked], Limit).Single().Offset;
        return found == Offset.End ? null : found.Value;
    }

    /// <summary>The greatest event time among the last committed records; null when none of all that are left was applied.</summary>
    private static long? LastEventTime<T>(IConsumer<byte[]?, byte[]?> consumer, Source<T> source, Side side, CancellationToken cancellationToken)
    {
        // The very last ones may be markers of transactions, or records that were never applied: then look further back.
        var (until, length) = (side.Committed, TailFirst);
        while (until > side.Low)
        {
            var from = Math.Max(side.Low, until - length);
            if (GreatestEventTime(consumer, source, side.Partition, from, until, cancellationToken) is { } found)
                return found;
            (until, length) = (from, length * TailGrowth);
        }
        return null;
    }

    private static long? GreatestEventTime<T>(
        IConsumer<byte[]?, byte[]?> consumer, Source<T> source, TopicPartition partition, long from, long until, CancellationToken cancellationToken)
    {
        consumer.Assign(new TopicPartitionOffset(partition, from));
        long? greatest = null;
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (waited.Elapsed > Limit)
                throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{partition}: no record between {from} and {until} came within {Limit}"));
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } raw)
                continue;
            waited.Restart();
            if (raw.TopicPartition != partition)
                continue;
            if (raw.Offset.Value >= until || raw.IsPartitionEOF)
                return greatest;
            greatest = Max(greatest, AppliedTime(source, raw, cancellationToken));
            if (raw.Offset.Value == until - 1)
                return greatest;
        }
    }

    /// <summary>The event time of a record that moved stream time; null for one that was set aside.</summary>
    private static long? AppliedTime<T>(Source<T> source, ConsumeResult<byte[]?, byte[]?> raw, CancellationToken cancellationToken)
    {
        if (raw.Message.Value is not { } value)
            return null;
        try
        {
            var record = source.Decoder.DecodeAsync(value, cancellationToken).AsTask().GetAwaiter().GetResult();
            return source.Judge(record, raw.Partition.Value, raw.Message.Timestamp.UnixTimestampMs, raw.Message.Headers).Kind == FateKind.Join ? source.EventTimeOf(record) : null;
        }
        catch (PoisonException)
        {
            return null;
        }
    }

    private static long? Max(long? a, long? b) => a is { } x && b is { } y ? Math.Max(x, y) : a ?? b;

    private readonly record struct Side(TopicPartition Partition, long Low, long Committed)
    {
        public SideStart From(long? offset) => new(Math.Clamp(offset ?? Committed, Low, Committed), Committed);
    }
}
