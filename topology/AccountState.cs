using System.Runtime.InteropServices;

namespace StreamDeploy.Topology;

/// <summary>What the join holds of one account: its deployments and its open alerts, each in order of time.</summary>
internal sealed class AccountState(string accountId, int number, DeploymentStore store)
{
    /// <summary>Deployments by the time of their latest event: those near an alert lie together, mostly at the end.</summary>
    private DeploymentRows _byLatest;

    /// <summary>Event times of all deployment events: how many count for an alert is two searches.</summary>
    private TimeLine _events;

    /// <summary>By the time they were raised, ascending. Most accounts have none.</summary>
    private List<AlertHistory>? _alerts;

    public string AccountId { get; } = accountId;
    public bool IsEmpty => _byLatest.Count == 0 && _alerts is not { Count: > 0 };
    public ReadOnlySpan<DeploymentRow> Deployments => _byLatest.All(store.Rows);
    public IReadOnlyList<AlertHistory> Alerts => _alerts ?? [];

    /// <summary>The span of time with which it was last noted to be swept.</summary>
    public long SweptWith { get; set; } = long.MinValue;

    /// <returns>The deployment the event belongs to; −1 for an event that is already there.</returns>
    public int Add(long pipelineId, string deploymentId, in DeploymentEvent added, in DeploymentTexts texts, long heldFromMs)
    {
        var deployment = store.Find(number, pipelineId, deploymentId);
        if (deployment < 0)
        {
            deployment = store.AddDeployment(number, pipelineId, deploymentId);
            store.AddEvent(deployment, added, texts);
            _byLatest.Add(store.Rows, DeploymentRow.Of(store, deployment));
        }
        else
        {
            if (store.Holds(deployment, texts.EventId, heldFromMs)) return -1;
            var latestMs = store.Event(store.Deployment(deployment).Latest).OccurredAtMs;
            store.AddEvent(deployment, added, texts);
            var row = DeploymentRow.Of(store, deployment);
            if (row.LatestMs == latestMs) _byLatest.Replace(store.Rows, row);
            else Move(row, latestMs);
        }
        _events.Add(store.Times, added.OccurredAtMs);
        return deployment;
    }

    /// <summary>Deployment events with event time in the range, both ends included.</summary>
    public int CountEvents(long fromMs, long toMs) => _events.CountUntil(store.Times, toMs) - _events.CountUntil(store.Times, fromMs - 1);

    /// <summary>Deployments whose latest event is not before the given time.</summary>
    public ReadOnlySpan<DeploymentRow> DeploymentsSince(long fromMs) => _byLatest.All(store.Rows)[_byLatest.CountUntil(store.Rows, fromMs - 1)..];

    /// <summary>Alerts raised in the range, both ends included.</summary>
    public ReadOnlySpan<AlertHistory> AlertsBetween(long fromMs, long toMs) =>
        _alerts is null ? [] : CollectionsMarshal.AsSpan(_alerts)[AlertsUntil(fromMs - 1)..AlertsUntil(toMs)];

    public AlertHistory? Find(string alertId, long occurredAtMs)
    {
        foreach (var alert in AlertsBetween(occurredAtMs, occurredAtMs))
        {
            if (string.Equals(alert.AlertId, alertId, StringComparison.Ordinal)) return alert;
        }
        return null;
    }

    public void Add(AlertHistory alert)
    {
        _alerts ??= [];
        _alerts.Insert(AlertsUntil(alert.OccurredAtMs), alert);
    }

    public void Remove(AlertHistory alert) => _alerts!.RemoveAt(_alerts.IndexOf(alert, AlertsUntil(alert.OccurredAtMs - 1)));

    /// <summary>Drops the deployment events before the given time.</summary>
    public void Evict(long beforeMs)
    {
        var events = _events.CountUntil(store.Times, beforeMs - 1);
        if (events == 0) return;
        _events.DropFirst(store.Times, events);
        var gone = _byLatest.CountUntil(store.Rows, beforeMs - 1);
        foreach (ref readonly var row in _byLatest.All(store.Rows)[..gone]) events -= store.Remove(row.Deployment);
        _byLatest.DropFirst(store.Rows, gone);
        // What is left of them belongs to deployments that had a later event.
        if (events == 0) return;
        foreach (ref readonly var row in _byLatest.All(store.Rows)) store.Evict(row.Deployment, beforeMs);
    }

    private void Move(in DeploymentRow row, long latestMs)
    {
        _byLatest.Remove(store.Rows, latestMs, row.Deployment);
        _byLatest.Add(store.Rows, row);
    }

    private int AlertsUntil(long timeMs)
    {
        int low = 0, high = _alerts!.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_alerts[middle].OccurredAtMs <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
