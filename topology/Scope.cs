using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Whose deployments are candidates for one alert, and with which window each; all as of the time it was raised.</summary>
internal sealed class Scope
{
    private readonly Tables _tables;
    private readonly JoinSettings _settings;
    private readonly string _accountId;
    private readonly long _alertMs;
    private readonly long? _accountBeforeMs;
    private readonly Dictionary<long, PipelineScope> _pipelines = [];

    public Scope(Tables tables, JoinSettings settings, AlertHistory alert)
    {
        (_tables, _settings, _accountId, _alertMs) = (tables, settings, alert.AccountId, alert.OccurredAtMs);
        _accountBeforeMs = tables.Account(_accountId, _alertMs)?.BeforeMs;
        TeamIds = AlertTeams(alert);
        Kind = tables.AnyPipelineOf(_accountId, TeamIds, _alertMs) ? ScopeKind.TEAM : ScopeKind.ACCOUNT;
    }

    /// <summary>The alert's teams, ascending.</summary>
    public long[] TeamIds { get; }

    /// <summary>TEAM when a pipeline of the account has one of the alert's teams, even one without a deployment near: the alert is claimed.</summary>
    public ScopeKind Kind { get; }

    /// <summary>The account's window, for a reader; each pipeline may have one of its own.</summary>
    public Window Window => new(_settings.Before(null, _accountBeforeMs), _settings.AfterMs);

    public PipelineScope Of(long pipelineId)
    {
        if (_pipelines.TryGetValue(pipelineId, out var known)) return known;
        var pipeline = _tables.Pipeline(_accountId, pipelineId, _alertMs);
        var holds = Kind == ScopeKind.ACCOUNT || pipeline is not null && (pipeline.Shared || pipeline.TeamIds.AsSpan().ContainsAny(TeamIds));
        var scope = new PipelineScope(holds, new Window(_settings.Before(pipeline?.BeforeMs, _accountBeforeMs), _settings.AfterMs), pipeline?.Name);
        _pipelines.Add(pipelineId, scope);
        return scope;
    }

    private long[] AlertTeams(AlertHistory alert)
    {
        var source = alert.AlertSourceId is { } sourceId ? _tables.Source(_accountId, sourceId, _alertMs) : null;
        var policyId = alert.EscalationPolicyId ?? source?.EscalationPolicyId;
        var policy = policyId is { } id ? _tables.Policy(_accountId, id, _alertMs) : null;
        long[] all = [.. source?.TeamIds ?? [], .. policy?.TeamIds ?? [], .. alert.TeamIds];
        return [.. all.Distinct().Order()];
    }
}

/// <summary>What the scope of an alert says of one pipeline.</summary>
internal sealed record PipelineScope(bool Holds, Window Window, string? Name);
