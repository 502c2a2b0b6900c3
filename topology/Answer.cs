using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Finds, ranks and explains the suspects of one alert from the state of its account.</summary>
/// <remarks>Looks first (cheap) and writes the answer only when asked to. Holds buffers: one per task.</remarks>
internal sealed class Answer(JoinSettings settings, Tables tables)
{
    private readonly Ranking _ranking = new(settings);
    private readonly List<(DeploymentView View, PipelineScope Pipeline)> _hidden = [];
    private AlertHistory _alert = null!;
    private Scope _scope = null!;
    private bool _onlyElsewhere;

    /// <summary>Works out the answer as far as it is known and says what a responder would see of it.</summary>
    public Gist Look(AccountState account, AlertHistory alert)
    {
        _alert = alert;
        _scope = new Scope(tables, settings, alert);
        Collect(account);
        _onlyElsewhere = _ranking.Count == 0 && _hidden.Count > 0;
        if (_onlyElsewhere)
        {
            foreach (var (view, pipeline) in _hidden) _ranking.Add(view, pipeline);
        }
        _ranking.Rank(alert, _onlyElsewhere ? settings.ElsewhereMax : settings.SuspectsMax);
        return _onlyElsewhere || _ranking.Changes == 0
            ? new Gist(Outcome.NO_SUSPECT, _onlyElsewhere ? NoSuspectReason.OUT_OF_SCOPE : NoSuspectReason.NOTHING_NEAR, _scope.Kind, default, default, default)
            : new Gist(Outcome.SUSPECTS, null, _scope.Kind, PlaceOf(0), PlaceOf(1), PlaceOf(2));
    }

    /// <summary>The answer that was last looked at, in full.</summary>
    public Enrichment Write(Gist gist, bool settled)
    {
        var window = _scope.Window;
        var found = new Suspect[_ranking.Order.Count];
        for (var i = 0; i < found.Length; i++) found[i] = Suspect(_ranking.Order[i]);
        var suspects = _onlyElsewhere ? [] : found;
        var none = suspects.Length == 0 ? 1 : _ranking.ProbabilityNone;
        var considered = _onlyElsewhere ? 0 : _ranking.Changes;
        return new Enrichment
        {
            AccountId = _alert.AccountId,
            AlertId = _alert.AlertId,
            AlertSummary = _alert.Summary,
            AlertOccurredAtMs = _alert.OccurredAtMs,
            Revision = _alert.Revision,
            Settled = settled,
            Outcome = gist.Outcome,
            Reason = gist.Reason,
            Headline = Sentences.Headline(suspects, none, considered, _hidden.Count, _scope.Kind, window),
            Scope = _scope.Kind,
            TeamIds = _scope.TeamIds,
            WindowFromMs = _alert.OccurredAtMs - window.BeforeMs,
            WindowToMs = _alert.OccurredAtMs + window.AfterMs,
            Considered = considered,
            OutOfScope = _hidden.Count,
            ProbabilityNone = none,
            Suspects = suspects,
            Elsewhere = _onlyElsewhere ? found : [],
        };
    }

    /// <summary>Drops what the last look held on to.</summary>
    public void Clear()
    {
        _ranking.Clear();
        _hidden.Clear();
    }

    private void Collect(AccountState account)
    {
        Clear();
        var alertMs = _alert.OccurredAtMs;
        var countsFromMs = alertMs - settings.BeforeMaxMs;
        foreach (var history in account.DeploymentsSince(alertMs - tables.WidestBefore(settings, account.AccountId)))
        {
            var pipeline = _scope.Of(history.PipelineId);
            if (history.Latest!.OccurredAtMs < alertMs - pipeline.Window.BeforeMs) continue;
            if (!history.TryView(countsFromMs, alertMs + settings.SettleMs, out var view)) continue;
            if (!pipeline.Window.Holds(alertMs, view.StartMs, view.EndMs)) continue;
            if (pipeline.Holds) _ranking.Add(view, pipeline);
            else _hidden.Add((view, pipeline));
        }
    }

    private Gist.Place PlaceOf(int rank)
    {
        if (rank >= _ranking.Order.Count) return default;
        ref readonly var candidate = ref _ranking[_ranking.Order[rank]];
        return new(candidate.View.History.PipelineId, candidate.View.History.DeploymentId, candidate.View.Status,
            Lag.Of(_alert.OccurredAtMs, candidate.View).Relation);
    }

    private Suspect Suspect(int index)
    {
        ref readonly var candidate = ref _ranking[index];
        ref readonly var view = ref candidate.View;
        var lag = Lag.Of(_alert.OccurredAtMs, view);
        return new Suspect
        {
            DeploymentId = view.History.DeploymentId,
            PipelineId = view.History.PipelineId,
            PipelineName = candidate.Pipeline.Name,
            Kind = view.Kind,
            Status = view.Status,
            Summary = view.Summary ?? "",
            Environment = view.Environment,
            Service = view.Service,
            Version = view.Version,
            StartMs = view.StartMs,
            EndMs = view.IsRunning ? null : view.EndMs,
            LagMs = lag.LagMs,
            Relation = lag.Relation,
            Probability = _ranking.Probability(index),
            Coincidence = _ranking.Coincidence(index, _alert.OccurredAtMs),
            Evidence = Explanation.Of(candidate, _alert, lag),
            Lifeline = _ranking.Lifeline(index),
            Link = view.Link,
        };
    }
}
