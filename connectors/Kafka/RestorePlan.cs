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

    /// <remarks>Each question is asked for all partitions at once: a worker that takes over many must not wait for the broker many times.</remarks>
    /// <exception cref="KafkaException">Kafka does not answer.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">The last committed records cannot be read now.</exception>
    public IReadOnlyList<PairStart> For(IReadOnlyList<int> partitions, CancellationToken cancellationToken)
    {
        // Not closed, only disposed of: there is no group to leave, and Close waits for the broker.
        using var consumer = open();
        var asked = partitions.SelectMany(p => new[] { Deployments(p), Alerts(p) });
        var sides = consumer.Committed(asked, Limit).ToDictionary(c => c.TopicPartition, c => Held(consumer, c));
        var lastMs = LastEventTimes(consumer, sides.Values, cancellationToken);
        var streamTimes = partitions.ToDictionary(p => p, p => Max(lastMs[Deployments(p)], lastMs[Alerts(p)]));
        var from = OffsetsAt(consumer, streamTimes);
        return [.. partitions.Select(p => Start(p, sides[Deployments(p)], sides[Alerts(p)]))];

        PairStart Start(int partition, Side deployment, Side alert)
        {
            // Where there is no time to go by, all that is left is read again.
            var all = new PairStart(partition, deployment.From(deployment.Low), alert.From(alert.Low));
            if (streamTimes[partition] is not { } streamTimeMs)
                return all;
            // The record that T is from is younger than what was asked for. A broker that does not find it has no index by time (the mock cluster has none).
            var known = lastMs[deployment.Partition] == streamTimeMs ? deployment.Partition : alert.Partition;
            return from[known] is null ? all : new(partition, deployment.From(from[deployment.Partition]), alert.From(from[alert.Partition]));
        }
    }

    private TopicPartition Deployments(int partition) => new(deployments.Topic, partition);

    private TopicPartition Alerts(int partition) => new(alerts.Topic, partition);

    private Side Held(IConsumer<byte[]?, byte[]?> consumer, TopicPartitionOffset committed)
    {
        var (partition, offset) = (committed.TopicPartition, committed.Offset);
        var marks = consumer.QueryWatermarkOffsets(partition, Limit);
        var (low, high) = (marks.Low.Value, marks.High.Value);
        if (offset == Offset.Unset)
            return new(partition, low, low);
        if (offset.Value >= low && offset.Value <= high)
            return new(partition, low, offset.Value);
        // Below: retention was faster than we are. Above: the topic was made anew.
        log.CommittedIsGone(partition.ToString(), offset.Value, low, high);
        return new(partition, low, low);
    }

    /// <summary>The first records with at least the Kafka timestamps that the pairs' state goes back to; null where there is none.</summary>
    private Dictionary<TopicPartition, long?> OffsetsAt(IConsumer<byte[]?, byte[]?> consumer, Dictionary<int, long?> streamTimes)
    {
        static TopicPartitionTimestamp At(TopicPartition partition, long fromMs) => new(partition, new Timestamp(Math.Max(0, fromMs), TimestampType.CreateTime));
        var known = streamTimes.Where(t => t.Value is not null).Select(t => (Partition: t.Key, Ms: t.Value!.Value));
        List<TopicPartitionTimestamp> asked = [.. known.SelectMany(t => new[] { At(Deployments(t.Partition), t.Ms - DeploymentsMs), At(Alerts(t.Partition), t.Ms - AlertsMs) })];
        if (asked.Count == 0)
            return [];
        return consumer.OffsetsForTimes(asked, Limit).ToDictionary(o => o.TopicPartition, o => o.Offset == Offset.End ? null : (long?)o.Offset.Value);
    }

    /// <summary>The greatest event time among the last committed records of each; null when none of all that are left was applied.</summary>
    private Dictionary<TopicPartition, long?> LastEventTimes(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<Side> sides, CancellationToken cancellationToken)
    {
        var found = sides.ToDictionary(s => s.Partition, _ => (long?)null);
        var tails = sides.Select(s => new Tail(s, s.Committed, TailFirst)).Where(t => t.Until > t.Side.Low).ToList();
        while (tails.Count > 0)
        {
            foreach (var (partition, ms) in GreatestEventTimes(consumer, tails, cancellationToken))
                found[partition] = ms;
            // The very last ones may be markers of transactions, or records that were never applied: then look further back.
            tails = [.. tails.Where(t => found[t.Side.Partition] is null && t.From > t.Side.Low).Select(t => new Tail(t.Side, t.From, t.Length * TailGrowth))];
        }
        return found;
    }

    private Dictionary<TopicPartition, long?> GreatestEventTimes(IConsumer<byte[]?, byte[]?> consumer, List<Tail> tails, CancellationToken cancellationToken)
    {
        var greatest = tails.ToDictionary(t => t.Side.Partition, _ => (long?)null);
        var reading = tails.ToDictionary(t => t.Side.Partition);
        consumer.Assign(tails.Select(t => new TopicPartitionOffset(t.Side.Partition, t.From)));
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (reading.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (waited.Elapsed > Limit)
                throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{string.Join(", ", reading.Values)}: no record came within {Limit}"));
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } raw || !reading.TryGetValue(raw.TopicPartition, out var tail))
                continue;
            waited.Restart();
            if (!raw.IsPartitionEOF && raw.Offset.Value < tail.Until)
                greatest[raw.TopicPartition] = Max(greatest[raw.TopicPartition], AppliedTime(raw, cancellationToken));
            if (!raw.IsPartitionEOF && raw.Offset.Value < tail.Until - 1)
                continue;
            reading.Remove(raw.TopicPartition);
            // What follows is not looked at, and need not come.
            consumer.Pause([raw.TopicPartition]);
        }
        return greatest;
    }

    private long? AppliedTime(ConsumeResult<byte[]?, byte[]?> raw, CancellationToken cancellationToken) =>
        raw.Topic == deployments.Topic ? AppliedTime(deployments, raw, cancellationToken) : AppliedTime(alerts, raw, cancellationToken);

    /// <summary>The event time of a record that moved stream time; null for one that was set aside.</summary>
    private static long? AppliedTime<T>(Source<T> source, ConsumeResult<byte[]?, byte[]?> raw, CancellationToken cancellationToken)
    {
        if (raw.Message.Value is not { } value)
            return null;
        try
        {
            var record = source.Decoder.DecodeAsync(value, raw.Message.Headers, cancellationToken).AsTask().GetAwaiter().GetResult();
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

    /// <summary>Some of the last committed records.</summary>
    private readonly record struct Tail(Side Side, long Until, long Length)
    {
        public long From => Math.Max(Side.Low, Until - Length);

        public override string ToString() => $"{Side.Partition} between {From} and {Until}";
    }
}
