using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Whose deployments are candidates for one alert, and with which window each; all as of the time it was raised.</summary>
/// <remarks>Holds its buffers from one alert to the next.</remarks>
internal sealed class Scope(Tables tables, JoinSettings settings)
{
    private readonly Dictionary<long, int> _numbers = [];
    private readonly List<PipelineScope> _pipelines = [];
    private string _accountId = "";
    private long _alertMs;
    private long? _accountBeforeMs;
    private bool _hasTables;
    private long _lastId;
    private int _last = -1;

    /// <summary>The alert's teams, ascending.</summary>
    public long[] TeamIds { get; private set; } = [];

    /// <summary>TEAM when a pipeline of the account has one of the alert's teams, even one without a deployment near: the alert is claimed.</summary>
    public ScopeKind Kind { get; private set; }

    /// <summary>The account's window, for a reader; each pipeline may have one of its own.</summary>
    public Window Window { get; private set; }

    /// <summary>How many pipelines have been asked for.</summary>
    public int Pipelines => _pipelines.Count;

    public void Open(AlertHistory alert)
    {
        (_accountId, _alertMs, _last) = (alert.AccountId, alert.OccurredAtMs, -1);
        _numbers.Clear();
        _pipelines.Clear();
        _hasTables = tables.Has(_accountId);
        _accountBeforeMs = _hasTables ? tables.Account(_accountId, _alertMs)?.BeforeMs : null;
        Window = new(settings.Before(null, _accountBeforeMs), settings.AfterMs);
        TeamIds = AlertTeams(alert);
        Kind = _hasTables && tables.AnyPipelineOf(_accountId, TeamIds, _alertMs) ? ScopeKind.TEAM : ScopeKind.ACCOUNT;
    }

    /// <summary>The pipeline's index, by which the rest is asked.</summary>
    public int IndexOf(long pipelineId)
    {
        if (_last >= 0 && _lastId == pipelineId) return _last;
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, pipelineId, out var known);
        if (!known)
        {
            index = _pipelines.Count;
            _pipelines.Add(Look(pipelineId));
        }
        (_lastId, _last) = (pipelineId, index);
        return index;
    }

    public bool Holds(int pipeline) => _pipelines[pipeline].Holds;

    public Window WindowOf(int pipeline) => _pipelines[pipeline].Window;

    public string? NameOf(int pipeline) => _pipelines[pipeline].Name;

    private PipelineScope Look(long pipelineId)
    {
        var pipeline = _hasTables ? tables.Pipeline(_accountId, pipelineId, _alertMs) : null;
        var holds = Kind == ScopeKind.ACCOUNT || pipeline is not null && (pipeline.Shared || pipeline.TeamIds.AsSpan().ContainsAny(TeamIds));
        return new(holds, new Window(settings.Before(pipeline?.BeforeMs, _accountBeforeMs), settings.AfterMs), pipeline?.Name);
    }

    private long[] AlertTeams(AlertHistory alert)
    {
        var own = alert.TeamIds;
        if (!_hasTables) return own.Length < 2 ? own : [.. own.Distinct().Order()];
        var source = alert.AlertSourceId is { } sourceId ? tables.Source(_accountId, sourceId, _alertMs) : null;
        var policyId = alert.EscalationPolicyId ?? source?.EscalationPolicyId;
        var policy = policyId is { } id ? tables.Policy(_accountId, id, _alertMs) : null;
        long[] all = [.. source?.TeamIds ?? [], .. policy?.TeamIds ?? [], .. own];
        return all.Length < 2 ? all : [.. all.Distinct().Order()];
    }
}

/// <summary>What the scope of an alert says of one pipeline.</summary>
internal readonly record struct PipelineScope(bool Holds, Window Window, string? Name);
