using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>One raising of an alert: its events that count, and what was last said of it.</summary>
internal sealed class AlertHistory(string accountId, string alertId, long occurredAtMs)
{
    /// <summary>Latest first, by updatedAt, then eventId.</summary>
    private readonly List<Alert> _events = new(1);

    private int _service;
    private int _environment;

    public string AccountId { get; } = accountId;
    public string AlertId { get; } = alertId;
    public long OccurredAtMs { get; } = occurredAtMs;

    /// <summary>Distinct events that count for it: its own and the deployment events of its account.</summary>
    public long Revision { get; set; }

    /// <summary>Whether something that may change the answer came since it was last looked at.</summary>
    public bool IsDirty { get; set; }

    /// <summary>What must change for another emission. Set with the first one.</summary>
    public Gist Emitted { get; set; }

    /// <summary>What a new deployment must be like to change the answer; set whenever it is looked at.</summary>
    public Bar Bar { get; set; }

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
        (Service, Environment) = (First(static e => e.Service), First(static e => e.Environment));
        return true;
    }

    public string Summary => First(static e => e.Summary) ?? "";
    public string? Service { get; private set; }
    public string? Environment { get; private set; }
    public long? AlertSourceId => FirstId(static e => e.AlertSourceId);
    public long? EscalationPolicyId => FirstId(static e => e.EscalationPolicyId);

    /// <summary>Takes the numbers of what it says now; to be called after each event, and <see cref="Close"/> at the end.</summary>
    public void Name(Names names)
    {
        Close(names);
        // Every candidate is compared with these.
        (_service, _environment) = (names.Use(Service), names.Use(Environment));
    }

    public void Close(Names names)
    {
        names.Release(_service);
        names.Release(_environment);
        (_service, _environment) = (0, 0);
    }

    public Match MatchService(int name) => MatchOf(_service, name);

    public Match MatchEnvironment(int name) => MatchOf(_environment, name);

    private static Match MatchOf(int own, int other) => own == 0 || other == 0 ? Match.Unknown : own == other ? Match.Same : Match.Other;

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
    /// <param name="Number">The deployment's number in the store plus one; 0 for none. It keeps it for as long as an open alert may name it.</param>
    /// <param name="Status">As of then.</param>
    /// <param name="Relation">As of then.</param>
    internal readonly record struct Place(int Number, DeploymentStatus Status, Relation Relation);
}

/// <summary>What a deployment that was not there before must be like to change an answer that lists at least three suspects.</summary>
/// <remarks>
/// It must be at least as likely as the third, or be of the repository of one of the three: a deployment that is live makes those of its repository that are
/// not less likely, and it may stand for a change it shares with them. Every other one leaves the three as they are.
/// </remarks>
/// <param name="IsSet">Not where fewer than three suspects are listed: then any may change it.</param>
/// <param name="ThirdUnits">How likely the third is.</param>
/// <param name="TablesVersion">Where tables have changed since, so may the answer.</param>
/// <param name="First">The first suspect's repository, as a number of <see cref="Names"/>; 0 for none.</param>
/// <param name="Second">Likewise.</param>
/// <param name="Third">Likewise.</param>
internal readonly record struct Bar(bool IsSet, UInt128 ThirdUnits, long TablesVersion, int First, int Second, int Third);
