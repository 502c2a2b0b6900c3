using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>One raising of an alert: its events that count, and what was last said of it.</summary>
internal sealed class AlertHistory(string accountId, string alertId, long occurredAtMs)
{
    /// <summary>Latest first, by updatedAt, then eventId.</summary>
    private readonly List<Alert> _events = new(1);

    public string AccountId { get; } = accountId;
    public string AlertId { get; } = alertId;
    public long OccurredAtMs { get; } = occurredAtMs;

    /// <summary>Distinct events that count for it: its own and the deployment events of its account.</summary>
    public long Revision { get; set; }

    /// <summary>Whether something that may change the answer came since it was last looked at.</summary>
    public bool IsDirty { get; set; }

    /// <summary>What must change for another emission. Set with the first one.</summary>
    public Gist Emitted { get; set; }

    public IReadOnlyList<Alert> Events => _events;

    /// <returns>False for an event that is already there.</returns>
    public bool Add(Alert added)
    {
        var at = 0;
        for (var i = 0; i < _events.Count; i++)
        {
            if (_events[i].EventId == added.EventId) return false;
            if (IsAfter(_events[i], added)) at = i + 1;
        }
        _events.Insert(at, added);
        return true;
    }

    public string Summary => First(static e => e.Summary) ?? "";
    public string? Service => First(static e => e.Service);
    public string? Environment => First(static e => e.Environment);
    public long? AlertSourceId => FirstId(static e => e.AlertSourceId);
    public long? EscalationPolicyId => FirstId(static e => e.EscalationPolicyId);

    public long[] TeamIds
    {
        get
        {
            foreach (var e in _events)
            {
                if (e.TeamIds.Length > 0) return e.TeamIds;
            }
            return [];
        }
    }

    private string? First(Func<Alert, string?> field)
    {
        foreach (var e in _events)
        {
            if (field(e) is { Length: > 0 } text) return text;
        }
        return null;
    }

    private long? FirstId(Func<Alert, long?> field)
    {
        foreach (var e in _events)
        {
            if (field(e) is { } id) return id;
        }
        return null;
    }

    private static bool IsAfter(Alert a, Alert b) =>
        a.UpdatedAtMs != b.UpdatedAtMs ? a.UpdatedAtMs > b.UpdatedAtMs : string.CompareOrdinal(a.EventId, b.EventId) > 0;
}

/// <summary>What a responder would call a different answer: outcome, reason, scope and the first three suspects.</summary>
/// <remarks>Nobody wants thirty updates because a probability moved in the third digit.</remarks>
internal readonly record struct Gist(
    Outcome Outcome, NoSuspectReason? Reason, ScopeKind Scope, Gist.Place First, Gist.Place Second, Gist.Place Third)
{
    internal readonly record struct Place(long PipelineId, string? DeploymentId, DeploymentStatus Status, Relation Relation);
}
