using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>The join of deployments and alerts in event time: holds what may still count and says when an answer is to be given.</summary>
/// <remarks>
/// Decides nothing about lateness or impossible times (<see cref="CorrelationTask"/> does) and knows no batch but "now is its end". An answer is given at
/// once when an alert is first read, again when its <see cref="Gist"/> has changed, and a last time when stream time says that nothing can come any more.
/// </remarks>
internal sealed class WindowedJoin(JoinSettings settings, Tables tables, DeploymentStore store)
{
    private readonly Dictionary<string, AccountState> _accounts = new(StringComparer.Ordinal);
    private readonly PriorityQueue<AlertHistory, AlertHistory> _open = new(InOrderOfSettling);
    private readonly List<AlertHistory> _dirty = [];
    private readonly Answer _answer = new(settings, tables, store);
    private readonly SortedDictionary<long, List<AccountState>> _sweeps = [];
    private long _sweptMs = long.MinValue;
    private int _accountNumber;

    /// <summary>Deployment events are past their time by no more than this when they go. Accounts wait by the span of their events: most sweeps find few.</summary>
    private readonly long _sweepMs = Math.Max(1, settings.DeploymentRetentionMs / 64);

    /// <summary>Deployment events before this are past their time: they join nothing and their eventIds are forgotten, whether they were swept yet or not.</summary>
    private long _heldFromMs = long.MinValue;

    public int OpenAlerts => _open.Count;
    public int DeploymentEvents => store.Events;
    public int Deployments => store.Deployments;
    public int Accounts => _accounts.Count;

    public DeploymentStore Store => store;

    /// <summary>Told of each settled answer, where someone asks, while its candidates and what its claim hides can be asked for; the answer itself lists the best of them.</summary>
    public Action<Enrichment, Answer>? OnSettled { get; set; }

    internal IEnumerable<AccountState> States => _accounts.Values;

    /// <summary>Alerts whose answer may have changed in this batch.</summary>
    internal List<AlertHistory> Dirty => [.. _dirty.Where(alert => alert.IsDirty)];

    /// <returns>False for a duplicate.</returns>
    public bool OnDeployment(Deployment deployment)
    {
        var account = Account(deployment.AccountId);
        var eventMs = deployment.OccurredAtMs;
        // No part of a change can lie after the report of it: a producer whose clock or field is wrong must not stretch the interval. A time before
        // 1970 is cut to it, which changes no answer and keeps differences of times within a long.
        var endMs = deployment.FinishedAtMs is { } finished ? Math.Clamp(finished, 0, eventMs) : eventMs;
        var startMs = deployment.StartedAtMs is { } started ? Math.Clamp(started, 0, endMs) : endMs;
        var added = new DeploymentEvent { OccurredAtMs = eventMs, StartMs = startMs, EndMs = endMs, Kind = deployment.Kind, Status = deployment.Status };
        var texts = new DeploymentTexts
        {
            EventId = deployment.EventId,
            Service = Text(deployment.Service),
            Environment = Text(deployment.Environment),
            Repository = Text(deployment.Repository),
            Commit = Text(deployment.Commit),
            Summary = Text(deployment.Summary),
            Version = Text(deployment.Version),
            Link = deployment.Links.Length > 0 ? deployment.Links[0].Href : null,
        };
        var number = Add(account, deployment.PipelineId, deployment.DeploymentId, added, texts);
        if (number < 0) return false;
        foreach (var alert in account.AlertsBetween(eventMs - settings.SettleMs, eventMs + settings.BeforeMaxMs))
        {
            alert.Revision++;
            if (!alert.IsDirty && MayBeNear(alert, number, out var window) && _answer.MayChange(alert, number, window)) MarkDirty(alert);
        }
        return true;
    }

    /// <returns>False for a duplicate.</returns>
    public bool OnAlert(Alert alert, List<Enrichment> output)
    {
        var account = Account(alert.AccountId);
        if (account.Find(alert.AlertId, alert.OccurredAtMs) is { } known)
        {
            if (!known.Add(alert)) return false;
            known.Name(store.Names);
            known.Revision++;
            MarkDirty(known);
            return true;
        }
        var raised = new AlertHistory(alert.AccountId, alert.AlertId, alert.OccurredAtMs);
        raised.Add(alert);
        raised.Revision = 1 + account.CountEvents(raised.OccurredAtMs - settings.BeforeMaxMs, raised.OccurredAtMs + settings.SettleMs);
        Open(account, raised);
        // A responder does not wait for a window to close, nor for a batch to end.
        Emit(raised, _answer.Look(account, raised), settled: false, output);
        return true;
    }

    /// <summary>Gives the answers that have changed for a reader since the last batch; many changes of a batch are one.</summary>
    public void EndBatch(List<Enrichment> output)
    {
        // Which became so first depends on what was known to be immaterial, and that on when the task was restored.
        _dirty.Sort(InOrderOfSettling);
        foreach (var alert in _dirty)
        {
            if (!alert.IsDirty) continue;
            alert.IsDirty = false;
            var account = _accounts[alert.AccountId];
            var gist = _answer.Look(account, alert);
            if (gist != alert.Emitted) Emit(alert, gist, settled: false, output);
        }
        _dirty.Clear();
    }

    /// <summary>Settles the alerts whose time has come, then drops what can no longer count.</summary>
    public void AdvanceTo(long streamTimeMs, List<Enrichment> output)
    {
        while (_open.TryPeek(out var alert, out _) && streamTimeMs > alert.OccurredAtMs + settings.AlertRetentionMs)
        {
            _open.Dequeue();
            Settle(alert, output);
        }
        _heldFromMs = streamTimeMs - settings.DeploymentRetentionMs;
        // What is past its time is not looked at, so when exactly it goes shows in no answer: a sweep now and then will do.
        if (_sweptMs != long.MinValue && streamTimeMs - _sweptMs < _sweepMs) return;
        _sweptMs = streamTimeMs;
        while (_sweeps.Count > 0 && _sweeps.First() is var (fromMs, accounts) && fromMs < _heldFromMs)
        {
            foreach (var account in accounts) Sweep(account, _heldFromMs);
            // Of the last of them a part is not past its time yet.
            if (fromMs + _sweepMs > _heldFromMs) return;
            _sweeps.Remove(fromMs);
        }
    }

    /// <summary>Goes on at the stream time of a restored state.</summary>
    public void ResumeAt(long streamTimeMs)
    {
        if (streamTimeMs != long.MinValue) _heldFromMs = streamTimeMs - settings.DeploymentRetentionMs;
    }

    /// <summary>Settles every open alert: no record comes any more.</summary>
    public void SettleAll(List<Enrichment> output)
    {
        while (_open.TryDequeue(out var alert, out _)) Settle(alert, output);
    }

    internal AccountState Account(string accountId)
    {
        ref var account = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, accountId, out _);
        return account ??= new AccountState(accountId, _accountNumber++, store);
    }

    /// <returns>The deployment's number; −1 for an event that is already there.</returns>
    internal int Add(AccountState account, long pipelineId, string deploymentId, in DeploymentEvent added, in DeploymentTexts texts)
    {
        var number = account.Add(pipelineId, deploymentId, added, texts, _heldFromMs);
        if (number < 0) return number;
        var fromMs = added.OccurredAtMs / _sweepMs * _sweepMs;
        if (account.SweptWith == fromMs) return number;
        account.SweptWith = fromMs;
        if (!_sweeps.TryGetValue(fromMs, out var accounts)) _sweeps.Add(fromMs, accounts = []);
        accounts.Add(account);
        return number;
    }

    internal void Open(AccountState account, AlertHistory alert)
    {
        account.Add(alert);
        alert.Name(store.Names);
        _open.Enqueue(alert, alert);
    }

    internal void MarkDirty(AlertHistory alert)
    {
        if (alert.IsDirty) return;
        alert.IsDirty = true;
        _dirty.Add(alert);
    }

    /// <summary>Whether any of the deployment's events could bring it near the alert: if not, it was not near before either, and the answer stands.</summary>
    private bool MayBeNear(AlertHistory alert, int deployment, out Window window)
    {
        long startMs = long.MaxValue, endMs = long.MinValue;
        for (var e = store.Deployment(deployment).Latest; e >= 0; e = store.Event(e).Older)
        {
            startMs = Math.Min(startMs, store.Event(e).StartMs);
            endMs = Math.Max(endMs, store.Event(e).OccurredAtMs);
        }
        var hasTables = tables.Has(alert.AccountId);
        var own = hasTables ? tables.Pipeline(alert.AccountId, store.Deployment(deployment).PipelineId, alert.OccurredAtMs)?.BeforeMs : null;
        var beforeMs = settings.Before(own, hasTables ? tables.Account(alert.AccountId, alert.OccurredAtMs)?.BeforeMs : null);
        window = new Window(beforeMs, settings.AfterMs);
        return window.Holds(alert.OccurredAtMs, startMs, endMs);
    }

    private void Settle(AlertHistory alert, List<Enrichment> output)
    {
        var account = _accounts[alert.AccountId];
        alert.IsDirty = false;
        Emit(alert, _answer.Look(account, alert), settled: true, output);
        account.Remove(alert);
        alert.Close(store.Names);
        if (account.IsEmpty) _accounts.Remove(account.AccountId);
    }

    private void Emit(AlertHistory alert, Gist gist, bool settled, List<Enrichment> output)
    {
        alert.Emitted = gist;
        output.Add(_answer.Write(gist, settled));
        if (settled) OnSettled?.Invoke(output[^1], _answer);
    }

    private void Sweep(AccountState account, long beforeMs)
    {
        account.Evict(beforeMs);
        // One that was dropped before may have a successor by now.
        if (account.IsEmpty && _accounts.TryGetValue(account.AccountId, out var held) && held == account) _accounts.Remove(account.AccountId);
    }

    /// <summary>An empty text says nothing.</summary>
    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Settling has one order whatever the order of arrival: by the time raised, then account, then alert.</summary>
    private static readonly Comparer<AlertHistory> InOrderOfSettling = Comparer<AlertHistory>.Create(static (a, b) =>
    {
        if (a.OccurredAtMs != b.OccurredAtMs) return a.OccurredAtMs.CompareTo(b.OccurredAtMs);
        var byAccount = string.CompareOrdinal(a.AccountId, b.AccountId);
        return byAccount != 0 ? byAccount : string.CompareOrdinal(a.AlertId, b.AlertId);
    });
}
