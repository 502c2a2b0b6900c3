using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>What becomes of a record when it is read.</summary>
public enum Fate { Applied, Duplicate, Late, OfNoInterest, Rejected }

/// <summary>An alert's identity: another occurredAt is another raising.</summary>
public readonly record struct AlertKey(string AccountId, string AlertId, long OccurredAtMs)
{
    public static AlertKey Of(Alert alert) => new(alert.AccountId, alert.AlertId, alert.OccurredAtMs);

    public static AlertKey Of(Enrichment answer) => new(answer.AccountId, answer.AlertId, answer.AlertOccurredAtMs);
}

/// <summary>
/// Reads a log from its beginning to its end and says of each record what became of it and what the stream time was.
/// From product.md: Late, State, Time that cannot be, and the rule for duplicates under Event time.
/// </summary>
public sealed class NaiveReading
{
    /// <summary>The end of the year 9999.</summary>
    private const long LastTimeMs = 253_402_300_799_999;

    private readonly OracleSettings settings;
    private readonly List<Fate> fates = [];
    private readonly List<long> streamTimes = [];

    public NaiveReading(IReadOnlyList<LogRecord> log, OracleSettings settings)
    {
        this.settings = settings;
        Log = log;
        long streamTimeMs = long.MinValue;
        foreach (LogRecord record in log)
        {
            bool rejected = IsRejected(record);
            if (!rejected)
                streamTimeMs = Math.Max(streamTimeMs, record.EventTimeMs);
            fates.Add(rejected ? Fate.Rejected : FateOf(record, streamTimeMs));
            streamTimes.Add(streamTimeMs);
        }
    }

    public IReadOnlyList<LogRecord> Log { get; }

    public IReadOnlyList<Fate> Fates => fates;

    /// <summary>The stream time after each record moved it, which is what the record itself was judged by.</summary>
    public IReadOnlyList<long> StreamTimesMs => streamTimes;

    /// <summary>The first <paramref name="count"/> records, less those that joined nothing.</summary>
    public IEnumerable<LogRecord> Applied(int count) => Log.Take(count).Where((_, i) => fates[i] == Fate.Applied);

    /// <summary>How many deployment events the state may still hold at a stream time: those that an alert to come could ask for.</summary>
    /// <param name="count">How many records were read.</param>
    /// <param name="slackMs">How much longer than its time an event may be kept.</param>
    public int DeploymentEventsHeld(int count, long slackMs = 0) =>
        Applied(count).Count(r => r.Deployment is not null && IsHeld(r, streamTimes[count - 1] - slackMs));

    /// <summary>How many alerts have been answered and not yet settled.</summary>
    public int AlertsOpen(int count, long slackMs = 0) => Applied(count)
        .Where(r => r.Alert is not null && IsHeld(r, streamTimes[count - 1] - slackMs))
        .Select(r => AlertKey.Of(r.Alert!))
        .Distinct()
        .Count();

    private bool IsRejected(LogRecord record) =>
        record.AccountId.Length == 0 || record.EventId.Length == 0 || (record.Deployment?.DeploymentId ?? record.Alert!.AlertId).Length == 0
        || record.EventTimeMs is < 0 or > LastTimeMs
        || record.EventTimeMs - settings.SkewMs > record.KafkaTimestampMs
        || (record.Alert is { } alert && (alert.OccurredAtMs < 0 || alert.OccurredAtMs - settings.SkewMs > alert.UpdatedAtMs));

    private Fate FateOf(LogRecord record, long streamTimeMs)
    {
        if (record.Alert is { } alert)
        {
            if (alert.UpdatedAtMs > alert.OccurredAtMs + settings.SettleMs)
                return Fate.OfNoInterest;
            if (streamTimeMs > alert.OccurredAtMs + settings.SettleMs + settings.GraceMs)
                return Fate.Late;
        }
        else if (streamTimeMs > record.EventTimeMs + settings.GraceMs)
            return Fate.Late;

        bool seen = Applied(fates.Count).Any(r => IsHeld(r, streamTimeMs) && r.EventId == record.EventId && OfTheSame(r, record));
        return seen ? Fate.Duplicate : Fate.Applied;
    }

    /// <summary>Whether the state still holds what an applied record brought.</summary>
    private bool IsHeld(LogRecord record, long streamTimeMs) => record.Alert is { } alert
        ? streamTimeMs <= alert.OccurredAtMs + settings.SettleMs + settings.GraceMs
        : streamTimeMs <= record.EventTimeMs + settings.BeforeMaxMs + settings.SettleMs + settings.GraceMs;

    private static bool OfTheSame(LogRecord one, LogRecord other) => (one, other) switch
    {
        ({ Alert: { } x }, { Alert: { } y }) => AlertKey.Of(x) == AlertKey.Of(y),
        ({ Deployment: { } x }, { Deployment: { } y }) =>
            x.AccountId == y.AccountId && x.PipelineId == y.PipelineId && x.DeploymentId == y.DeploymentId,
        _ => false,
    };
}
