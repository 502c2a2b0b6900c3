using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>A near deployment with its weight; the strongest of a change stands for it.</summary>
internal struct Candidate
{
    public DeploymentView View;
    public PipelineScope Pipeline;
    public string? Repository;
    public string? Commit;
    public Likelihood Likelihood;
    public UInt128 Units;

    /// <summary>Index of the change's strongest candidate; its own where it stands for itself.</summary>
    public int Strongest;
}

/// <summary>The candidates of one alert, grouped into changes and ranked by likelihood ratio.</summary>
/// <remarks>Holds its buffers from one alert to the next: the answer must be read before the next call of <see cref="Rank"/>.</remarks>
internal sealed class Ranking(JoinSettings settings)
{
    private readonly HashSet<string> _liveRepositories = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Repository, string Commit), int> _changes = [];
    private readonly List<int> _order = [];
    private Candidate[] _candidates = new Candidate[64];
    private int _count;
    private UInt128 _sum;

    /// <summary>Candidates added since the last <see cref="Clear"/>.</summary>
    public int Count => _count;

    /// <summary>Changes among the candidates.</summary>
    public int Changes { get; private set; }

    /// <summary>Indexes of the changes' strongest candidates, best first, as many as asked for.</summary>
    public IReadOnlyList<int> Order => _order;

    public ref readonly Candidate this[int index] => ref _candidates[index];

    public void Clear()
    {
        Array.Clear(_candidates, 0, _count);
        _count = 0;
    }

    public void Add(in DeploymentView view, PipelineScope pipeline)
    {
        if (_count == _candidates.Length) Array.Resize(ref _candidates, _count * 2);
        _candidates[_count++] = new Candidate { View = view, Pipeline = pipeline, Repository = view.Repository, Commit = view.Commit };
    }

    /// <summary>Weighs, groups and orders what was added; the first so many changes are in <see cref="Order"/>.</summary>
    public void Rank(AlertHistory alert, int most)
    {
        Weigh(alert);
        Group();
        _sum = UInt128.Zero;
        _order.Clear();
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i].Strongest != i) continue;
            _sum += _candidates[i].Units;
            Place(i, most);
        }
    }

    public double Probability(int index) =>
        settings.Prior / Changes * Likelihood.Ratio(_candidates[index].Units) / Evidence;

    /// <summary>Probability that no change caused the alert.</summary>
    public double ProbabilityNone => Changes == 0 ? 1 : (1 - settings.Prior) / Evidence;

    private double Evidence => 1 - settings.Prior + settings.Prior / Changes * Likelihood.Ratio(_sum);

    /// <summary>How likely one of the pipeline's changes is as close to the alert by chance alone.</summary>
    public double Coincidence(int index, long alertMs)
    {
        ref readonly var candidate = ref _candidates[index];
        var samePipeline = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i].Strongest == i && _candidates[i].View.History.PipelineId == candidate.View.History.PipelineId) samePipeline++;
        }
        var lag = Lag.Of(alertMs, candidate.View);
        // The nearer it lies and the shorter it is, the less of the window would have done as well.
        var closeMs = lag.Relation == Relation.AFTER
            ? -lag.LagMs
            : lag.AgeMs + Math.Min(candidate.View.EndMs, alertMs) - candidate.View.StartMs;
        var share = Math.Min(1, (double)closeMs / candidate.Pipeline.Window.LengthMs);
        return 1 - Math.Pow(1 - share, samePipeline);
    }

    /// <summary>The other deployments of a change, oldest first.</summary>
    public LifelineEntry[] Lifeline(int index)
    {
        List<int>? members = null;
        for (var i = 0; i < _count; i++)
        {
            if (i != index && _candidates[i].Strongest == index) (members ??= []).Add(i);
        }
        if (members is null) return [];
        return [.. members.Select(i => _candidates[i].View)
            .OrderBy(view => view.OccurredAtMs).ThenBy(view => view.History.DeploymentId, StringComparer.Ordinal).ThenBy(view => view.History.PipelineId)
            .Select(view => new LifelineEntry
            {
                DeploymentId = view.History.DeploymentId,
                Kind = view.Kind,
                Status = view.Status,
                Environment = view.Environment,
                OccurredAtMs = view.OccurredAtMs,
            })];
    }

    private void Weigh(AlertHistory alert)
    {
        var (service, environment) = (alert.Service, alert.Environment);
        _liveRepositories.Clear();
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i].Repository is { } repository && _candidates[i].View.IsLive) _liveRepositories.Add(repository);
        }
        for (var i = 0; i < _count; i++)
        {
            ref var candidate = ref _candidates[i];
            var waitsForLive = !candidate.View.IsLive && candidate.Repository is { } repository && _liveRepositories.Contains(repository);
            candidate.Likelihood = Likelihood.Of(settings, alert, service, environment, candidate.Pipeline.Window, candidate.View, waitsForLive);
            candidate.Units = candidate.Likelihood.Units;
        }
    }

    /// <summary>Candidates that share repository and commit are one change: a push, its merge, its release, its deployment to production.</summary>
    private void Group()
    {
        _changes.Clear();
        Changes = 0;
        for (var i = 0; i < _count; i++)
        {
            ref var candidate = ref _candidates[i];
            candidate.Strongest = i;
            if (candidate.Repository is not { } repository || candidate.Commit is not { } commit)
            {
                Changes++;
            }
            else if (!_changes.TryGetValue((repository, commit), out var strongest))
            {
                _changes.Add((repository, commit), i);
                Changes++;
            }
            else if (IsStronger(candidate, _candidates[strongest]))
            {
                _changes[(repository, commit)] = i;
            }
        }
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i] is { Repository: { } repository, Commit: { } commit }) _candidates[i].Strongest = _changes[(repository, commit)];
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

    private static bool IsStronger(in Candidate a, in Candidate b) =>
        a.View.IsLive != b.View.IsLive ? a.View.IsLive : IsBefore(a, b);

    /// <summary>Likelihood ratio descending, then end descending, then deploymentId, then pipelineId.</summary>
    private static bool IsBefore(in Candidate a, in Candidate b)
    {
        if (a.Units != b.Units) return a.Units > b.Units;
        if (a.View.EndMs != b.View.EndMs) return a.View.EndMs > b.View.EndMs;
        var byId = string.CompareOrdinal(a.View.History.DeploymentId, b.View.History.DeploymentId);
        return byId != 0 ? byId < 0 : a.View.History.PipelineId < b.View.History.PipelineId;
    }
}
