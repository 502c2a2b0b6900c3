using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Joins one account's records twice, without a claim and with it, and counts what the claim hides from its team.</summary>
/// <remarks>Holds what two tasks hold, and of each alert that loses its first suspect what is said of it.</remarks>
public sealed class ClaimComparison
{
    private readonly ClaimTables _tables;
    private readonly long _sinceMs;
    private readonly SettledRun _without;
    private readonly SettledRun _with;
    private readonly List<SettledAnswer> _settledWithout = [];
    private readonly List<SettledAnswer> _settledWith = [];
    private readonly Dictionary<long, PipelineCount> _pipelines = [];
    private readonly HashSet<DeploymentKey> _shown = [];
    private readonly List<LostSuspect> _lost = [];
    private int _alerts;
    private int _changed;
    private int _narrowed;
    private int _otherFirst;

    /// <param name="settings">Of the answers.</param>
    /// <param name="tables">To be filled before the first record.</param>
    /// <param name="sinceMs">Alerts raised before this do not count; what they need to be told apart may be given all the same.</param>
    public ClaimComparison(JoinSettings settings, ClaimTables tables, long sinceMs)
    {
        (_tables, _sinceMs) = (tables, sinceMs);
        _without = new SettledRun(settings, tables.Without, (answer, details) => _settledWithout.Add(new(answer, [.. details.Hidden])));
        _with = new SettledRun(settings, tables.With, (answer, details) => _settledWith.Add(new(answer, [.. details.Hidden])));
    }

    public void OnDeployment(Deployment deployment, long kafkaTimestampMs)
    {
        if (deployment.AccountId != _tables.AccountId) return;
        Both(run => run.OnDeployment(deployment, kafkaTimestampMs));
    }

    public void OnAlert(Alert alert, long kafkaTimestampMs)
    {
        if (alert.AccountId != _tables.AccountId) return;
        Both(run => run.OnAlert(alert, kafkaTimestampMs));
    }

    /// <summary>The records are over: what the claim does to the answers as they stand then.</summary>
    public ClaimEffect RunOut()
    {
        Both(static run => run.RunOut());
        return new ClaimEffect
        {
            Alerts = _alerts,
            Changed = _changed,
            Narrowed = _narrowed,
            OtherFirst = _otherFirst,
            Shown = _shown.Count,
            Lost = [.. _lost.OrderBy(lost => lost.AlertOccurredAtMs).ThenBy(lost => lost.AlertId, StringComparer.Ordinal)],
            Pipelines =
            [
                .. _pipelines.Select(entry => new HiddenPipeline(entry.Key, entry.Value.Deployments.Count, entry.Value.Suspected, entry.Value.Led))
                    .OrderByDescending(pipeline => pipeline.Led).ThenByDescending(pipeline => pipeline.Deployments).ThenBy(pipeline => pipeline.PipelineId),
            ],
        };
    }

    private void Both(Action<SettledRun> apply)
    {
        apply(_without);
        apply(_with);
        // The same records settle the same alerts in the same order, whatever the claims.
        foreach (var (without, with) in _settledWithout.Zip(_settledWith)) Compare(without, with);
        _settledWithout.Clear();
        _settledWith.Clear();
    }

    private void Compare(SettledAnswer without, SettledAnswer with)
    {
        if (with.Answer.AlertOccurredAtMs < _sinceMs || !with.Answer.TeamIds.Contains(_tables.TeamId)) return;
        _alerts++;
        // What other teams' claims hide anyhow is in both.
        var hidden = with.Hidden.Except(without.Hidden).ToHashSet();
        var shown = without.Hidden.Except(with.Hidden).ToHashSet();
        if (hidden.Count + shown.Count == 0) return;
        _changed++;
        if (hidden.Count > 0) _narrowed++;
        _shown.UnionWith(shown);
        var (first, instead) = (without.Answer.Suspects.FirstOrDefault(), with.Answer.Suspects.FirstOrDefault());
        if (first is not null && hidden.Contains(KeyOf(first)))
            _lost.Add(new LostSuspect(with.Answer.AlertId, with.Answer.AlertOccurredAtMs, with.Answer.AlertSummary, first, instead));
        else if (instead is not null && (first is null || KeyOf(first) != KeyOf(instead)))
            _otherFirst++;
        Count(hidden, without.Answer.Suspects);
    }

    private void Count(HashSet<DeploymentKey> hidden, Suspect[] suspects)
    {
        foreach (var deployment in hidden) PipelineOf(deployment.PipelineId).Deployments.Add(deployment.DeploymentId);
        var lost = suspects.Where(suspect => hidden.Contains(KeyOf(suspect))).Select(suspect => suspect.PipelineId).Distinct();
        foreach (var pipelineId in lost) PipelineOf(pipelineId).Suspected++;
        if (suspects.Length > 0 && hidden.Contains(KeyOf(suspects[0]))) PipelineOf(suspects[0].PipelineId).Led++;
    }

    private PipelineCount PipelineOf(long id)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_pipelines, id, out _);
        return count ??= new PipelineCount();
    }

    private static DeploymentKey KeyOf(Suspect suspect) => new(suspect.PipelineId, suspect.DeploymentId);

    private sealed record SettledAnswer(Enrichment Answer, DeploymentKey[] Hidden);

    private sealed class PipelineCount
    {
        public readonly HashSet<string> Deployments = new(StringComparer.Ordinal);
        public int Suspected, Led;
    }
}

/// <summary>What a claim does to the answers of its team.</summary>
public sealed record ClaimEffect
{
    /// <summary>Alerts of the team.</summary>
    public required int Alerts { get; init; }

    /// <summary>Of them those with other candidates than without the claim.</summary>
    public required int Changed { get; init; }

    /// <summary>Of these the ones that something is hidden from.</summary>
    public required int Narrowed { get; init; }

    /// <summary>Of the changed ones those whose first suspect stays a candidate, or that had none, but another one leads.</summary>
    public required int OtherFirst { get; init; }

    /// <summary>Deployments that only the claim makes candidates: those of a pipeline that joins others the team has claimed already.</summary>
    public required int Shown { get; init; }

    /// <summary>The alerts whose first suspect the claim hides, by the time they were raised.</summary>
    public required IReadOnlyList<LostSuspect> Lost { get; init; }

    /// <summary>The pipelines that something is hidden of, those that led most alerts first.</summary>
    public required IReadOnlyList<HiddenPipeline> Pipelines { get; init; }
}

/// <summary>An alert whose first suspect a claim hides.</summary>
/// <param name="AlertId">Of the alert.</param>
/// <param name="AlertOccurredAtMs">When it was raised.</param>
/// <param name="AlertSummary">What it says.</param>
/// <param name="Lost">The first suspect without the claim.</param>
/// <param name="Instead">The first suspect with it; null where none is left.</param>
public sealed record LostSuspect(string AlertId, long AlertOccurredAtMs, string AlertSummary, Suspect Lost, Suspect? Instead);

/// <summary>What a claim hides of one pipeline.</summary>
/// <param name="PipelineId">Of the pipeline.</param>
/// <param name="Deployments">Deployments near alerts of the team that the claim hides, each once.</param>
/// <param name="Suspected">Alerts that listed one of them among their suspects.</param>
/// <param name="Led">Alerts whose first suspect was one of them.</param>
public sealed record HiddenPipeline(long PipelineId, int Deployments, int Suspected, int Led);
