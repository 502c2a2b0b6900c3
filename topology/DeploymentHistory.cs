using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>What the join keeps of one deployment event; a node of its deployment's events, latest first.</summary>
internal sealed class DeploymentEvent
{
    public required string EventId { get; init; }
    public required long OccurredAtMs { get; init; }

    /// <summary>startedAt ?? finishedAt ?? occurredAt, after clamping.</summary>
    public required long StartMs { get; init; }

    /// <summary>finishedAt ?? occurredAt, after clamping.</summary>
    public required long EndMs { get; init; }

    public required DeploymentKind Kind { get; init; }
    public required DeploymentStatus Status { get; init; }
    public required string? Summary { get; init; }
    public required string? Service { get; init; }
    public required string? Environment { get; init; }
    public required string? Version { get; init; }
    public required string? Repository { get; init; }
    public required string? Commit { get; init; }
    public required string? Link { get; init; }

    /// <summary>The next older event of the same deployment.</summary>
    public DeploymentEvent? Older { get; set; }

    public static DeploymentEvent Of(Deployment deployment)
    {
        // No part of a change can lie after the report of it: a producer whose clock or field is wrong must not stretch the interval. A time before
        // 1970 is cut to it, which changes no answer and keeps differences of times within a long.
        var endMs = deployment.FinishedAtMs is { } finished ? Math.Clamp(finished, 0, deployment.OccurredAtMs) : deployment.OccurredAtMs;
        var startMs = deployment.StartedAtMs is { } started ? Math.Clamp(started, 0, endMs) : endMs;
        return new DeploymentEvent
        {
            EventId = deployment.EventId,
            OccurredAtMs = deployment.OccurredAtMs,
            StartMs = startMs,
            EndMs = endMs,
            Kind = deployment.Kind,
            Status = deployment.Status,
            Summary = Text(deployment.Summary),
            Service = Text(deployment.Service),
            Environment = Text(deployment.Environment),
            Version = Text(deployment.Version),
            Repository = Text(deployment.Repository),
            Commit = Text(deployment.Commit),
            Link = deployment.Links.Length > 0 ? deployment.Links[0].Href : null,
        };
    }

    /// <summary>An empty text says nothing.</summary>
    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Order in which events of one deployment override each other: time, then status rank, then eventId.</summary>
    public bool IsAfter(DeploymentEvent other)
    {
        if (OccurredAtMs != other.OccurredAtMs) return OccurredAtMs > other.OccurredAtMs;
        if (Status != other.Status) return Status > other.Status;
        return string.CompareOrdinal(EventId, other.EventId) > 0;
    }
}

/// <summary>All events of one deployment that the state holds.</summary>
internal sealed class DeploymentHistory(long pipelineId, string deploymentId)
{
    public long PipelineId { get; } = pipelineId;
    public string DeploymentId { get; } = deploymentId;

    /// <summary>The latest event; the others hang on it. Null only before the first.</summary>
    public DeploymentEvent? Latest { get; private set; }

    /// <param name="eventId">Of the event looked for.</param>
    /// <param name="heldFromMs">Events before this are past their time, whether they were dropped yet or not.</param>
    public bool Holds(string eventId, long heldFromMs)
    {
        for (var e = Latest; e is not null && e.OccurredAtMs >= heldFromMs; e = e.Older)
        {
            if (string.Equals(e.EventId, eventId, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    public void Add(DeploymentEvent added)
    {
        if (Latest is null || added.IsAfter(Latest))
        {
            added.Older = Latest;
            Latest = added;
            return;
        }
        var newer = Latest;
        while (newer.Older is { } older && !added.IsAfter(older)) newer = older;
        added.Older = newer.Older;
        newer.Older = added;
    }

    /// <summary>Drops the events before the given time, all but the latest: a deployment whose latest event goes, goes whole.</summary>
    public void Evict(long beforeMs)
    {
        var kept = Latest;
        while (kept?.Older is { } older && older.OccurredAtMs >= beforeMs) kept = older;
        if (kept is not null) kept.Older = null;
    }

    /// <summary>The deployment as the events in a range tell it; false where none lies in it.</summary>
    public bool TryView(long fromMs, long toMs, out DeploymentView view)
    {
        var latest = Latest;
        while (latest is not null && latest.OccurredAtMs > toMs) latest = latest.Older;
        if (latest is null || latest.OccurredAtMs < fromMs)
        {
            view = default;
            return false;
        }
        view = new DeploymentView(this, latest, fromMs);
        return true;
    }
}

/// <summary>A deployment folded over the events that count for one alert.</summary>
/// <remarks>
/// Times and status are folded at once, because every candidate is asked for them. The other fields come from the latest event that has them and are
/// looked for only when asked.
/// </remarks>
internal readonly struct DeploymentView
{
    private readonly DeploymentEvent _latest;
    private readonly long _fromMs;

    public DeploymentView(DeploymentHistory history, DeploymentEvent latest, long fromMs)
    {
        History = history;
        _latest = latest;
        _fromMs = fromMs;
        long startMs = long.MaxValue, endMs = long.MinValue, firstMs = latest.OccurredAtMs;
        for (var e = latest; e is not null && e.OccurredAtMs >= fromMs; e = e.Older)
        {
            firstMs = e.OccurredAtMs;
            // A rollback hours later does not stretch the deployment.
            if (e.Status == DeploymentStatus.ROLLED_BACK) continue;
            startMs = Math.Min(startMs, e.StartMs);
            endMs = Math.Max(endMs, e.EndMs);
        }
        (StartMs, EndMs) = startMs == long.MaxValue ? (firstMs, firstMs) : (startMs, endMs);
    }

    public DeploymentHistory History { get; }
    public long StartMs { get; }

    /// <summary>Its end, or its end so far while it is running.</summary>
    public long EndMs { get; }

    public long OccurredAtMs => _latest.OccurredAtMs;
    public DeploymentKind Kind => _latest.Kind;
    public DeploymentStatus Status => _latest.Status;
    public bool IsRunning => Status == DeploymentStatus.STARTED;

    /// <summary>A push, a merge or a release says that something is ready; every other kind says that it is live.</summary>
    public bool IsLive => Kind is not (DeploymentKind.PUSH or DeploymentKind.MERGE or DeploymentKind.RELEASE);

    public string? Summary => First(static e => e.Summary);
    public string? Service => First(static e => e.Service);
    public string? Environment => First(static e => e.Environment);
    public string? Version => First(static e => e.Version);
    public string? Repository => First(static e => e.Repository);
    public string? Commit => First(static e => e.Commit);
    public string? Link => First(static e => e.Link);

    private string? First(Func<DeploymentEvent, string?> field)
    {
        for (var e = _latest; e is not null && e.OccurredAtMs >= _fromMs; e = e.Older)
        {
            if (field(e) is { } text) return text;
        }
        return null;
    }
}
