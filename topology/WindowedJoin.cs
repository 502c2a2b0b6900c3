using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>The join of deployments and alerts in event time: holds what may still count and says when an answer is to be given.</summary>
/// <remarks>
/// Decides nothing about lateness or impossible times (<see cref="CorrelationTask"/> does) and knows no batch but "now is its end". An answer is given at
/// once when an alert is first read, again when its <see cref="Gist"/> has changed, and a last time when stream time says that nothing can come any more.
/// </remarks>
internal sealed class WindowedJoin(JoinSettings settings, Tables tables)
{
    private readonly Dictionary<string, AccountState> _accounts = new(StringComparer.Ordinal);
    private readonly PriorityQueue<AlertHistory, AlertHistory> _open = new(InOrderOfSettling);
    private readonly List<AlertHistory> _dirty = [];
    private readonly Answer _answer = new(settings, tables);
    private long _sweptMs = long.MinValue;

    /// <summary>Deployment events before this are past their time: they join nothing and their eventIds are forgotten, whether they were swept yet or not.</summary>
    private long _heldFromMs = long.MinValue;

    public int OpenAlerts => _open.Count;
    public int DeploymentEvents => _accounts.Values.Sum(account => account.DeploymentEvents);
    public int Deployments => _accounts.Values.Sum(account => account.Deployments.Count);
    public int Accounts => _accounts.Count;

    internal IEnumerable<AccountState> States => _accounts.Values;

    /// <summary>Alerts whose answer may have changed in this batch, in that order.</summary>
    internal List<AlertHistory> Dirty => [.. _dirty.Where(alert => alert.IsDirty)];

    /// <returns>False for a duplicate.</returns>
    public bool OnDeployment(Deployment deployment)
    {
        var account = Account(deployment.AccountId);
        if (account.Add(deployment.PipelineId, deployment.DeploymentId, DeploymentEvent.Of(deployment), _heldFromMs) is not { } history) return false;
        var eventMs = deployment.OccurredAtMs;
        foreach (var alert in account.AlertsBetween(eventMs - settings.SettleMs, eventMs + settings.BeforeMaxMs))
        {
            alert.Revision++;
            if (MayBeNear(alert, history)) MarkDirty(alert);
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
        foreach (var alert in _dirty)
        {
            if (!alert.IsDirty) continue;
            alert.IsDirty = false;
            var account = _accounts[alert.AccountId];
            var gist = _answer.Look(account, alert);
            if (gist != alert.Emitted) Emit(alert, gist, settled: false, output);
        }
        _dirty.Clear();
        _answer.Clear();
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
        if (_sweptMs != long.MinValue && streamTimeMs - _sweptMs < settings.DeploymentRetentionMs / 64) return;
        _sweptMs = streamTimeMs;
        Sweep(_heldFromMs);
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
        return account ??= new AccountState(accountId);
    }

    internal void Open(AccountState account, AlertHistory alert)
    {
        account.Add(alert);
        _open.Enqueue(alert, alert);
    }

    internal void MarkDirty(AlertHistory alert)
    {
        if (alert.IsDirty) return;
        alert.IsDirty = true;
        _dirty.Add(alert);
    }

    /// <summary>Whether any of the deployment's events could bring it near the alert: if not, it was not near before either, and the answer stands.</summary>
    private bool MayBeNear(AlertHistory alert, DeploymentHistory history)
    {
        long startMs = long.MaxValue, endMs = long.MinValue;
        for (var e = history.Latest; e is not null; e = e.Older)
        {
            startMs = Math.Min(startMs, e.StartMs);
            endMs = Math.Max(endMs, e.OccurredAtMs);
        }
        var own = tables.Pipeline(alert.AccountId, history.PipelineId, alert.OccurredAtMs)?.BeforeMs;
        var beforeMs = settings.Before(own, tables.Account(alert.AccountId, alert.OccurredAtMs)?.BeforeMs);
        return new Window(beforeMs, settings.AfterMs).Holds(alert.OccurredAtMs, startMs, endMs);
    }

    private void Settle(AlertHistory alert, List<Enrichment> output)
    {
        var account = _accounts[alert.AccountId];
        alert.IsDirty = false;
        Emit(alert, _answer.Look(account, alert), settled: true, output);
        account.Remove(alert);
    }

    private void Emit(AlertHistory alert, Gist gist, bool settled, List<Enrichment> output)
    {
        alert.Emitted = gist;
        output.Add(_answer.Write(gist, settled));
    }

    private void Sweep(long beforeMs)
    {
        foreach (var (accountId, account) in _accounts)
        {
            account.Evict(beforeMs);
            if (account.IsEmpty) _accounts.Remove(accountId);
        }
    }

    /// <summary>Settling has one order whatever the order of arrival: by the time raised, then account, then alert.</summary>
    private static readonly Comparer<AlertHistory> InOrderOfSettling = Comparer<AlertHistory>.Create(static (a, b) =>
    {
        if (a.OccurredAtMs != b.OccurredAtMs) return a.OccurredAtMs.CompareTo(b.OccurredAtMs);
        var byAccount = string.CompareOrdinal(a.AccountId, b.AccountId);
        return byAccount != 0 ? byAccount : string.CompareOrdinal(a.AlertId, b.AlertId);
    });
}
