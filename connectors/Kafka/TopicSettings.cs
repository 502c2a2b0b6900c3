namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the topics are created with.</summary>
public sealed record TopicSettings
{
    private const long HourMs = 3_600_000;
    private const long DayMs = 24 * HourMs;

    /// <summary>Of deployments, alerts, enrichments and deliveries alike: as many workers can share the work, and an account is in the same partition of each.</summary>
    public int Partitions { get; init; } = 12;

    /// <summary>Of the tables and of dead-letters.</summary>
    public int TablePartitions { get; init; } = 4;

    /// <summary>Copies of each partition; -1 leaves it to the broker's default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>How long deployments and alerts stay. Lost state is rebuilt from them, so it must be longer than the join looks back.</summary>
    public long EventRetentionMs { get; init; } = 7 * DayMs;

    public long EnrichmentRetentionMs { get; init; } = 30 * DayMs;

    public long DeadLetterRetentionMs { get; init; } = 30 * DayMs;

    public long AuditRetentionMs { get; init; } = 400 * DayMs;

    public long DeliveryRetentionMs { get; init; } = 7 * DayMs;

    /// <summary>How long replaced versions of table entries stay readable: settle + grace + a day.</summary>
    public long TableCompactionLagMs { get; init; } = 27 * HourMs;

    /// <summary>How far ahead of the broker's clock a record's timestamp may lie.</summary>
    public long TimestampAfterMaxMs { get; init; } = 600_000;

    /// <summary>What each topic is to be like, in the order of creation.</summary>
    internal IReadOnlyList<TopicPlan> Plan(TopicNames topics)
    {
        var events = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = Text(EventRetentionMs),
            // A record's own time counts, but none may push the stream's clock into the future.
            ["message.timestamp.type"] = "CreateTime",
            ["message.timestamp.after.max.ms"] = Text(TimestampAfterMaxMs),
        };
        var table = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "compact",
            ["min.compaction.lag.ms"] = Text(TableCompactionLagMs),
            ["message.timestamp.type"] = "CreateTime",
            ["message.timestamp.after.max.ms"] = Text(TimestampAfterMaxMs),
        };
        var enrichments = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "compact,delete",
            ["retention.ms"] = Text(EnrichmentRetentionMs),
            ["max.message.bytes"] = "4194304",
        };
        var deadLetters = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = Text(DeadLetterRetentionMs),
            // Larger than any source's limit: a dead letter is a record with headers added.
            ["max.message.bytes"] = "4194304",
        };
        var audit = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = Text(AuditRetentionMs),
        };
        var deliveries = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = Text(DeliveryRetentionMs),
        };
        return
        [
            new(topics.Deployments, Partitions, events),
            new(topics.Alerts, Partitions, events),
            new(topics.Enrichments, Partitions, enrichments),
            .. topics.Tables.Select(name => new TopicPlan(name, TablePartitions, table)),
            new(topics.Audit, TablePartitions, audit),
            new(topics.Deliveries, Partitions, deliveries),
            new(topics.DeadLetters, TablePartitions, deadLetters),
        ];
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What one topic is to be like.</summary>
internal sealed record TopicPlan(string Name, int Partitions, IReadOnlyDictionary<string, string> Configs);

/// <summary>Where a topic that exists is not as it would be created.</summary>
public sealed record TopicDifference(string Topic, string What, string Expected, string Actual)
{
    public override string ToString() => $"{Topic}: {What} is {Actual}, not {Expected}";
}

/// <summary>What creating the topics did.</summary>
public sealed record TopicReport(IReadOnlyList<string> Created, IReadOnlyList<TopicDifference> Differences);
