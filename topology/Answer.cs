using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Finds, ranks and explains the suspects of one alert from the state of its account.</summary>
/// <remarks>Looks first (cheap) and writes the answer only when asked to. Holds buffers: one per task.</remarks>
internal sealed class Answer(JoinSettings settings, Tables tables, DeploymentStore store)
{
    private readonly Ranking _ranking = new(settings, store);
    private readonly Scope _scope = new(tables, settings);
    private readonly List<(DeploymentView View, int Pipeline)> _hidden = [];
    private AlertHistory _alert = null!;
    private bool _onlyElsewhere;

    /// <summary>What the claim hides of the deployments near the alert that was last looked at.</summary>
    public IEnumerable<DeploymentKey> Hidden => _hidden.Select(hidden => KeyOf(hidden.View));

    /// <summary>All candidates of the alert that was last looked at; an answer lists the best.</summary>
    public IEnumerable<DeploymentKey> Candidates
    {
        get
        {
            for (var i = 0; i < (_onlyElsewhere ? 0 : _ranking.Count); i++) yield return KeyOf(_ranking[i].View);
        }
    }

    /// <summary>Works out the answer as far as it is known and says what a responder would see of it.</summary>
    public Gist Look(AccountState account, AlertHistory alert)
    {
        _alert = alert;
        _scope.Open(alert);
        Collect(account);
        _onlyElsewhere = _ranking.Count == 0 && _hidden.Count > 0;
        if (_onlyElsewhere)
        {
            foreach (var (view, pipeline) in _hidden) _ranking.Add(view, pipeline);
        }
        _ranking.Rank(alert, _scope, _onlyElsewhere ? settings.ElsewhereMax : Math.Max(settings.SuspectsMax, Places));
        alert.Bar = NewBar();
        return _onlyElsewhere || _ranking.Changes == 0
            ? new Gist(Outcome.NO_SUSPECT, _onlyElsewhere ? NoSuspectReason.OUT_OF_SCOPE : NoSuspectReason.NOTHING_NEAR, _scope.Kind, default, default, default)
            : new Gist(Outcome.SUSPECTS, null, _scope.Kind, PlaceOf(0), PlaceOf(1), PlaceOf(2));
    }

    /// <summary>The answer that was last looked at, in full.</summary>
    public Enrichment Write(Gist gist, bool settled)
    {
        var window = _scope.Window;
        var found = new Suspect[Math.Min(_ranking.Order.Count, _onlyElsewhere ? settings.ElsewhereMax : settings.SuspectsMax)];
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

    /// <summary>Whether a deployment that has just got its first event could change the answer that was last given; see <see cref="Bar"/>.</summary>
    public bool MayChange(AlertHistory alert, int deployment, Window window)
    {
        var bar = alert.Bar;
        if (!bar.IsSet || bar.TablesVersion != tables.Version) return true;
        var row = DeploymentRow.Of(store, deployment);
        if (!row.IsWhole || !DeploymentView.TryFold(store, row, long.MinValue, long.MaxValue, out var view)) return true;
        if (view.Repository != 0 && (view.Repository == bar.First || view.Repository == bar.Second || view.Repository == bar.Third)) return true;
        var likelihood = Likelihood.Of(settings, alert.OccurredAtMs, window, view, alert.MatchService(view.Service), alert.MatchEnvironment(view.Environment), waitsForLive: false);
        return likelihood.Units >= bar.ThirdUnits;
    }

    /// <summary>As many suspects as a gist names.</summary>
    private const int Places = 3;

    private Bar NewBar()
    {
        // A factor above 1 would make others of the repository likelier, wherever they stand.
        if (_onlyElsewhere || _ranking.Order.Count < Places || settings.NotLiveFactor > 1) return default;
        var order = _ranking.Order;
        return new(true, _ranking[order[2]].Units, tables.Version, _ranking[order[0]].View.Repository, _ranking[order[1]].View.Repository, _ranking[order[2]].View.Repository);
    }

    private void Collect(AccountState account)
    {
        _ranking.Clear();
        _hidden.Clear();
        var alertMs = _alert.OccurredAtMs;
        var countsFromMs = alertMs - settings.BeforeMaxMs;
        foreach (ref readonly var row in account.DeploymentsSince(alertMs - tables.WidestBefore(settings, account.AccountId)))
        {
            var pipeline = _scope.IndexOf(row.PipelineId);
            var window = _scope.WindowOf(pipeline);
            if (row.LatestMs < alertMs - window.BeforeMs) continue;
            if (!DeploymentView.TryFold(store, row, countsFromMs, alertMs + settings.SettleMs, out var view)) continue;
            if (!window.Holds(alertMs, view.StartMs, view.EndMs)) continue;
            if (_scope.Holds(pipeline)) _ranking.Add(view, pipeline);
            else _hidden.Add((view, pipeline));
        }
    }

    private DeploymentKey KeyOf(in DeploymentView view) => new(view.PipelineId, store.IdOf(view.Deployment));

    private Gist.Place PlaceOf(int rank)
    {
        if (rank >= Math.Min(_ranking.Order.Count, settings.SuspectsMax)) return default;
        ref readonly var view = ref _ranking[_ranking.Order[rank]].View;
        return new(view.Deployment + 1, view.Status, Lag.Of(_alert.OccurredAtMs, view).Relation);
    }

    private Suspect Suspect(int index)
    {
        ref readonly var candidate = ref _ranking[index];
        ref readonly var view = ref candidate.View;
        var lag = Lag.Of(_alert.OccurredAtMs, view);
        var window = _scope.WindowOf(candidate.Pipeline);
        var (service, environment) = (store.Names.Text(view.Service), store.Names.Text(view.Environment));
        return new Suspect
        {
            DeploymentId = store.IdOf(view.Deployment),
            PipelineId = view.PipelineId,
            PipelineName = _scope.NameOf(candidate.Pipeline),
            Kind = view.Kind,
            Status = view.Status,
            Summary = view.Text(store, EventText.Summary) ?? "",
            Environment = environment,
            Service = service,
            Version = view.Text(store, EventText.Version),
            StartMs = view.StartMs,
            EndMs = view.IsRunning ? null : view.EndMs,
            LagMs = lag.LagMs,
            Relation = lag.Relation,
            Probability = _ranking.Probability(index),
            Coincidence = _ranking.Coincidence(index, _alert.OccurredAtMs, window),
            Evidence = Explanation.Of(_ranking.LikelihoodOf(_alert, candidate, window), view, lag, _alert, service, environment, store),
            Lifeline = _ranking.Lifeline(index),
            Link = view.Text(store, EventText.Link),
        };
    }
}

/// <summary>What tells a deployment from all others of its account.</summary>
public readonly record struct DeploymentKey(long PipelineId, string DeploymentId);
