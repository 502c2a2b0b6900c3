using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>A near deployment with its weight; the strongest of a change stands for it.</summary>
internal struct Candidate
{
    public DeploymentView View;

    /// <summary>Index of its pipeline in the scope.</summary>
    public int Pipeline;

    /// <summary>Index of the change's strongest candidate; its own where it stands for itself.</summary>
    public int Strongest;

    /// <summary>Of the strongest one of a change: how many it has.</summary>
    public int Members;
    public Match Service;
    public Match Environment;
    public bool WaitsForLive;
    public UInt128 Units;
}

/// <summary>The candidates of one alert, grouped into changes and ranked by likelihood ratio.</summary>
/// <remarks>Holds its buffers from one alert to the next: the answer must be read before the next call of <see cref="Rank"/>.</remarks>
internal sealed class Ranking(JoinSettings settings, DeploymentStore store)
{
    private readonly ChangeTable _changes = new();
    private readonly List<int> _order = [];
    private readonly List<int> _changesOfPipeline = [];
    private Candidate[] _candidates = new Candidate[64];
    private int _count;
    private UInt128 _sum;
    private bool _anyChange;
    private bool _anyReady;

    /// <summary>Candidates added since the last <see cref="Clear"/>.</summary>
    public int Count => _count;

    /// <summary>Changes among the candidates.</summary>
    public int Changes { get; private set; }

    /// <summary>Indexes of the changes' strongest candidates, best first, as many as asked for.</summary>
    public List<int> Order => _order;

    public ref readonly Candidate this[int index] => ref _candidates[index];

    public void Clear()
    {
        _count = 0;
        _anyChange = _anyReady = false;
    }

    public void Add(in DeploymentView view, int pipeline)
    {
        if (_count == _candidates.Length) Array.Resize(ref _candidates, _count * 2);
        ref var candidate = ref _candidates[_count++];
        candidate.View = view;
        candidate.Pipeline = pipeline;
        _anyChange |= view.Repository != 0 && view.Commit != 0;
        _anyReady |= view.Repository != 0 && !view.IsLive;
    }

    /// <summary>Weighs, groups and orders what was added; the first so many changes are in <see cref="Order"/>.</summary>
    public void Rank(AlertHistory alert, Scope scope, int most)
    {
        Weigh(alert, scope);
        Group();
        _sum = UInt128.Zero;
        _order.Clear();
        CollectionsMarshal.SetCount(_changesOfPipeline, scope.Pipelines);
        CollectionsMarshal.AsSpan(_changesOfPipeline).Clear();
        for (var i = 0; i < _count; i++)
        {
            ref var candidate = ref _candidates[i];
            if (candidate.Strongest != i) continue;
            _sum += candidate.Units;
            _changesOfPipeline[candidate.Pipeline]++;
            Place(i, most);
        }
    }

    public double Probability(int index) =>
        settings.Prior / Changes * Likelihood.Ratio(_candidates[index].Units) / Evidence;

    /// <summary>Probability that no change caused the alert.</summary>
    public double ProbabilityNone => Changes == 0 ? 1 : (1 - settings.Prior) / Evidence;

    private double Evidence => 1 - settings.Prior + settings.Prior / Changes * Likelihood.Ratio(_sum);

    /// <summary>How likely one of the pipeline's changes is as close to the alert by chance alone.</summary>
    public double Coincidence(int index, long alertMs, Window window)
    {
        ref readonly var candidate = ref _candidates[index];
        var lag = Lag.Of(alertMs, candidate.View);
        // The nearer it lies and the shorter it is, the less of the window would have done as well.
        var closeMs = lag.Relation == Relation.AFTER
            ? -lag.LagMs
            : lag.AgeMs + Math.Min(candidate.View.EndMs, alertMs) - candidate.View.StartMs;
        var share = Math.Min(1, (double)closeMs / window.LengthMs);
        return 1 - Math.Pow(1 - share, _changesOfPipeline[candidate.Pipeline]);
    }

    /// <summary>The other deployments of a change, oldest first.</summary>
    public LifelineEntry[] Lifeline(int index)
    {
        if (_candidates[index].Members == 1) return [];
        return [.. Enumerable.Range(0, _count).Where(i => i != index && _candidates[i].Strongest == index)
            .Select(i => _candidates[i].View)
            .Select(view => (View: view, Id: store.IdOf(view.Deployment), OccurredAtMs: store.Event(view.Latest(store)).OccurredAtMs))
            .OrderBy(x => x.OccurredAtMs).ThenBy(x => x.Id, StringComparer.Ordinal).ThenBy(x => x.View.PipelineId)
            .Select(x => new LifelineEntry
            {
                DeploymentId = x.Id,
                Kind = x.View.Kind,
                Status = x.View.Status,
                Environment = store.Names.Text(x.View.Environment),
                OccurredAtMs = x.OccurredAtMs,
            })];
    }

    private void Weigh(AlertHistory alert, Scope scope)
    {
        if (_anyReady) _changes.FindLive(_candidates.AsSpan(0, _count));
        for (var i = 0; i < _count; i++)
        {
            ref var candidate = ref _candidates[i];
            ref readonly var view = ref candidate.View;
            candidate.WaitsForLive = _anyReady && !view.IsLive && view.Repository != 0 && _changes.IsLive(view.Repository);
            candidate.Service = alert.MatchService(view.Service);
            candidate.Environment = alert.MatchEnvironment(view.Environment);
            candidate.Units = LikelihoodOf(alert, candidate, scope.WindowOf(candidate.Pipeline)).Units;
        }
    }

    /// <summary>What speaks for and against a candidate that was ranked.</summary>
    public Likelihood LikelihoodOf(AlertHistory alert, in Candidate candidate, Window window) =>
        Likelihood.Of(settings, alert.OccurredAtMs, window, candidate.View, candidate.Service, candidate.Environment, candidate.WaitsForLive);

    /// <summary>Candidates that share repository and commit are one change: a push, its merge, its release, its deployment to production.</summary>
    private void Group()
    {
        var candidates = _candidates.AsSpan(0, _count);
        Changes = _count;
        for (var i = 0; i < candidates.Length; i++) (candidates[i].Strongest, candidates[i].Members) = (i, 1);
        if (!_anyChange) return;
        _changes.Clear(_count);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].View is not { Repository: not 0, Commit: not 0 }) continue;
            candidates[i].Members = 0;
            ref var strongest = ref _changes.Strongest(candidates, i);
            if (strongest == i) continue;
            Changes--;
            if (IsStronger(candidates[i], candidates[strongest])) strongest = i;
        }
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].View is not { Repository: not 0, Commit: not 0 }) continue;
            candidates[i].Strongest = _changes.Strongest(candidates, i);
            candidates[candidates[i].Strongest].Members++;
        }
    }

    /// <summary>Puts a change in its place among the best so far, if it has one there.</summary>
    private void Place(int index, int most)
    {
        var at = _order.Count;
        while (at > 0 && IsBefore(_candidates[index], _candidates[_order[at - 1]])) at--;
        if (at >= most) return;
        if (_order.Count == most) _order.RemoveAt(most - 1);
        _order.Insert(at, index);
    }

    private bool IsStronger(in Candidate a, in Candidate b) =>
        a.View.IsLive != b.View.IsLive ? a.View.IsLive : IsBefore(a, b);

    /// <summary>Likelihood ratio descending, then end descending, then deploymentId, then pipelineId.</summary>
    private bool IsBefore(in Candidate a, in Candidate b)
    {
        if (a.Units != b.Units) return a.Units > b.Units;
        if (a.View.EndMs != b.View.EndMs) return a.View.EndMs > b.View.EndMs;
        var byId = string.CompareOrdinal(store.IdOf(a.View.Deployment), store.IdOf(b.View.Deployment));
        return byId != 0 ? byId < 0 : a.View.PipelineId < b.View.PipelineId;
    }
}
