using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>What became of a record.</summary>
public enum Verdict
{
    /// <summary>It counts.</summary>
    Applied,

    /// <summary>Its eventId was seen before for the same deployment or alert; the first one counts.</summary>
    Duplicate,

    /// <summary>An alert event after the alert's answer can change (resolved the next day): it moves stream time and nothing else.</summary>
    OfNoInterest,

    /// <summary>Stream time has left it behind; to be kept as a dead letter.</summary>
    Late,

    /// <summary>Its times cannot be; to be kept as a dead letter. It does not move stream time.</summary>
    ImpossibleTime,

    /// <summary>It does not say of which account, deployment, alert or event it is; to be kept as a dead letter. It does not move stream time.</summary>
    MissingId,
}

/// <summary>One task per partition pair: takes the records in merged order and gives the answers.</summary>
/// <remarks>
/// Pure and single-threaded: the same records in the same order give the same answers, whatever the clock. Stream time is the greatest event time seen and
/// never goes back. The settled answers are the contract's function of the records, whatever order they came in inside the grace period.
/// </remarks>
public sealed class CorrelationTask
{
    /// <summary>The last millisecond of the year 9999, after which no calendar has a name for it.</summary>
    private const long LastTimeMs = 253_402_300_799_999;

    private readonly JoinSettings _settings;
    private readonly WindowedJoin _join;

    public CorrelationTask(JoinSettings settings, Tables tables)
    {
        if (settings.Problem() is { } problem) throw new ArgumentException(problem, nameof(settings));
        _settings = settings;
        _join = new WindowedJoin(settings, tables, new DeploymentStore());
    }

    /// <summary>The greatest event time seen; the least possible value before the first record.</summary>
    public long StreamTimeMs { get; private set; } = long.MinValue;

    /// <summary>How much state the task holds.</summary>
    public StateSize State => new(_join.Accounts, _join.Deployments, _join.DeploymentEvents, _join.OpenAlerts);

    /// <inheritdoc cref="WindowedJoin.OnSettled"/>
    internal Action<Enrichment, Answer>? OnSettled { set => _join.OnSettled = value; }

    /// <summary>Why a deployment event cannot be joined, whatever the state; null where it can be.</summary>
    /// <remarks>To be asked before the two topics are merged: an event time in the far future would otherwise wait at the head of its topic.</remarks>
    public static Verdict? Reject(JoinSettings settings, Deployment deployment, long kafkaTimestampMs)
    {
        if (deployment.AccountId.Length == 0 || deployment.DeploymentId.Length == 0 || deployment.EventId.Length == 0) return Verdict.MissingId;
        return CanBe(settings, deployment.OccurredAtMs, kafkaTimestampMs) ? null : Verdict.ImpossibleTime;
    }

    /// <inheritdoc cref="Reject(JoinSettings, Deployment, long)"/>
    public static Verdict? Reject(JoinSettings settings, Alert alert, long kafkaTimestampMs)
    {
        if (alert.AccountId.Length == 0 || alert.AlertId.Length == 0 || alert.EventId.Length == 0) return Verdict.MissingId;
        var raisedInTime = alert.OccurredAtMs >= 0 && alert.OccurredAtMs <= alert.UpdatedAtMs + settings.SkewMs;
        return CanBe(settings, alert.UpdatedAtMs, kafkaTimestampMs) && raisedInTime ? null : Verdict.ImpossibleTime;
    }

    /// <summary>Applies a deployment event; answers that settle because it moved stream time go to the output.</summary>
    public Verdict OnDeployment(Deployment deployment, long kafkaTimestampMs, List<Enrichment> output)
    {
        if (Reject(_settings, deployment, kafkaTimestampMs) is { } rejected) return rejected;
        Advance(deployment.OccurredAtMs, output);
        if (StreamTimeMs > deployment.OccurredAtMs + _settings.GraceMs) return Verdict.Late;
        return _join.OnDeployment(deployment) ? Verdict.Applied : Verdict.Duplicate;
    }

    /// <summary>Applies an alert event; its first answer, and those that settle because it moved stream time, go to the output.</summary>
    public Verdict OnAlert(Alert alert, long kafkaTimestampMs, List<Enrichment> output)
    {
        if (Reject(_settings, alert, kafkaTimestampMs) is { } rejected) return rejected;
        Advance(alert.UpdatedAtMs, output);
        if (alert.UpdatedAtMs > alert.OccurredAtMs + _settings.SettleMs) return Verdict.OfNoInterest;
        if (StreamTimeMs > alert.OccurredAtMs + _settings.AlertRetentionMs) return Verdict.Late;
        return _join.OnAlert(alert, output) ? Verdict.Applied : Verdict.Duplicate;
    }

    /// <summary>Gives the answers that changed materially since the last call. To be called before outputs and offsets are committed.</summary>
    public void EndBatch(List<Enrichment> output) => _join.EndBatch(output);

    /// <summary>Time runs out: every open alert settles. For the end of a file; a topic has none.</summary>
    public void RunOut(List<Enrichment> output)
    {
        _join.EndBatch(output);
        _join.SettleAll(output);
    }

    /// <summary>Writes the whole state, between any two records.</summary>
    public void Save(BinaryWriter writer) => Snapshot.Write(writer, StreamTimeMs, _join);

    /// <summary>Reads a state that <see cref="Save"/> wrote; goes on as the task that wrote it would have.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a state.</exception>
    public static CorrelationTask Restore(BinaryReader reader, JoinSettings settings, Tables tables)
    {
        var task = new CorrelationTask(settings, tables);
        task.StreamTimeMs = Snapshot.Read(reader, task._join);
        return task;
    }

    private void Advance(long eventTimeMs, List<Enrichment> output)
    {
        if (eventTimeMs <= StreamTimeMs) return;
        StreamTimeMs = eventTimeMs;
        _join.AdvanceTo(eventTimeMs, output);
    }

    private static bool CanBe(JoinSettings settings, long eventTimeMs, long kafkaTimestampMs) =>
        eventTimeMs is >= 0 and <= LastTimeMs && eventTimeMs - settings.SkewMs <= kafkaTimestampMs;
}

/// <summary>What a task holds in memory.</summary>
public readonly record struct StateSize(int Accounts, int Deployments, int DeploymentEvents, int OpenAlerts);
