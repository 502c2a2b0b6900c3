using System.Runtime.InteropServices;

namespace StreamDeploy.Topology;

/// <summary>What the join holds of one account: its deployments and its open alerts, each in order of time.</summary>
internal sealed class AccountState(string accountId)
{
    private readonly Dictionary<(long PipelineId, string DeploymentId), DeploymentHistory> _deployments = [];

    /// <summary>By the time of their latest event, ascending: those near an alert lie together, mostly at the end.</summary>
    private readonly List<DeploymentHistory> _byLatest = [];

    /// <summary>Event times of all deployment events, ascending: how many count for an alert is two searches.</summary>
    private readonly List<long> _eventTimesMs = [];

    /// <summary>By the time they were raised, ascending.</summary>
    private readonly List<AlertHistory> _alerts = [];

    public string AccountId { get; } = accountId;
    public bool IsEmpty => _deployments.Count == 0 && _alerts.Count == 0;
    public int DeploymentEvents => _eventTimesMs.Count;
    public IReadOnlyCollection<DeploymentHistory> Deployments => _byLatest;
    public IReadOnlyList<AlertHistory> Alerts => _alerts;

    /// <returns>The deployment the event belongs to; null for an event that is already there.</returns>
    public DeploymentHistory? Add(long pipelineId, string deploymentId, DeploymentEvent added, long heldFromMs)
    {
        ref var history = ref CollectionsMarshal.GetValueRefOrAddDefault(_deployments, (pipelineId, deploymentId), out _);
        history ??= new DeploymentHistory(pipelineId, deploymentId);
        if (history.Holds(added.EventId, heldFromMs)) return null;
        if (history.Latest is { } latest && added.OccurredAtMs > latest.OccurredAtMs)
        {
            _byLatest.RemoveAt(_byLatest.IndexOf(history, FirstLatestAfter(latest.OccurredAtMs - 1)));
        }
        if (history.Latest is null || added.OccurredAtMs > history.Latest.OccurredAtMs) _byLatest.Insert(FirstLatestAfter(added.OccurredAtMs), history);
        history.Add(added);
        _eventTimesMs.Insert(FirstEventAfter(added.OccurredAtMs), added.OccurredAtMs);
        return history;
    }

    /// <summary>Deployment events with event time in the range, both ends included.</summary>
    public int CountEvents(long fromMs, long toMs) => FirstEventAfter(toMs) - FirstEventAfter(fromMs - 1);

    /// <summary>Deployments whose latest event is not before the given time.</summary>
    public ReadOnlySpan<DeploymentHistory> DeploymentsSince(long fromMs) => CollectionsMarshal.AsSpan(_byLatest)[FirstLatestAfter(fromMs - 1)..];

    /// <summary>Alerts raised in the range, both ends included.</summary>
    public ReadOnlySpan<AlertHistory> AlertsBetween(long fromMs, long toMs) =>
        CollectionsMarshal.AsSpan(_alerts)[FirstAlertAfter(fromMs - 1)..FirstAlertAfter(toMs)];

    public AlertHistory? Find(string alertId, long occurredAtMs)
    {
        foreach (var alert in AlertsBetween(occurredAtMs, occurredAtMs))
        {
            if (string.Equals(alert.AlertId, alertId, StringComparison.Ordinal)) return alert;
        }
        return null;
    }

    public void Add(AlertHistory alert) => _alerts.Insert(FirstAlertAfter(alert.OccurredAtMs), alert);

    public void Remove(AlertHistory alert) => _alerts.RemoveAt(_alerts.IndexOf(alert, FirstAlertAfter(alert.OccurredAtMs - 1)));

    /// <summary>Drops the deployment events before the given time.</summary>
    public void Evict(long beforeMs)
    {
        var events = FirstEventAfter(beforeMs - 1);
        if (events == 0) return;
        _eventTimesMs.RemoveRange(0, events);
        var gone = FirstLatestAfter(beforeMs - 1);
        foreach (var history in CollectionsMarshal.AsSpan(_byLatest)[..gone]) _deployments.Remove((history.PipelineId, history.DeploymentId));
        _byLatest.RemoveRange(0, gone);
        foreach (var history in _byLatest) history.Evict(beforeMs);
    }

    private int FirstLatestAfter(long timeMs) => FirstAfter(_byLatest, timeMs, static history => history.Latest!.OccurredAtMs);

    private int FirstEventAfter(long timeMs) => FirstAfter(_eventTimesMs, timeMs, static ms => ms);

    private int FirstAlertAfter(long timeMs) => FirstAfter(_alerts, timeMs, static alert => alert.OccurredAtMs);

    private static int FirstAfter<T>(List<T> sorted, long timeMs, Func<T, long> timeOf)
    {
        int low = 0, high = sorted.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (timeOf(sorted[middle]) <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
