using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>The page of one alert.</summary>
/// <param name="Alert">With all its answers that are known.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="Hidden">Deployments near the alert that the claim hides, as far as they are known.</param>
/// <param name="NowMs">When the page was made.</param>
/// <param name="SettlesAtMs">From when on the answer does not change any more.</param>
/// <param name="Position">Up to which it is; what comes after it, the browser is told.</param>
/// <param name="Seen">The answer that the reader has before them; null where it is this one.</param>
public sealed record AlertModel(AlertTrail Alert, Entries Entries, IReadOnlyList<DeploymentTrail> Hidden, long NowMs, long SettlesAtMs, Position Position, SeenAnswer? Seen)
{
    public const int HiddenMax = 50;

    public Enrichment? Answer => Alert.Answer;

    public WindowPicture? Window => Answer is { } answer
        ? WindowPicture.Of(answer, Hidden.Count > 0 ? Hidden.Select(Deployed.Of) : answer.Elsewhere.Select(Deployed.Of), NowMs)
        : null;

    /// <summary>What the reader does not know yet, in words; null for nothing.</summary>
    public string? News
    {
        get
        {
            if (Seen is not { } seen || Answer is not { } answer || seen == SeenAnswer.Of(answer))
                return null;
            var known = Alert.Answers.LastOrDefault(known => SeenAnswer.Of(known) == seen);
            return RevisionWords.Of(known, answer);
        }
    }

    /// <summary>The deployments that a claim keeps from being suspects.</summary>
    /// <param name="alert">Whose.</param>
    /// <param name="deployments">Of its account.</param>
    /// <param name="entries">Who has which pipeline now; the answer was made by who had it when the alert was raised.</param>
    public static IReadOnlyList<DeploymentTrail> HiddenFrom(AlertTrail alert, IEnumerable<DeploymentTrail> deployments, Entries entries)
    {
        if (alert.Answer is not { Scope: ScopeKind.TEAM, OutOfScope: > 0 } answer)
            return [];
        var suspects = answer.Suspects.Select(suspect => new DeploymentKey(suspect.PipelineId, suspect.DeploymentId)).ToHashSet();
        return
        [
            .. deployments.Where(d => d.EndMs >= answer.WindowFromMs && d.StartMs <= answer.WindowToMs && !suspects.Contains(d.Key))
                .Where(d => entries.Pipeline(d.Key.PipelineId) is not { } pipeline || (!pipeline.Shared && !pipeline.TeamIds.Intersect(answer.TeamIds).Any()))
                .OrderByDescending(d => d.EndMs).ThenBy(d => d.Key.DeploymentId, StringComparer.Ordinal).Take(HiddenMax),
        ];
    }
}

/// <summary>Which answer a reader has before them.</summary>
/// <param name="Revision">-1 for none.</param>
/// <param name="IsSettled">The settled one may repeat the revision before it.</param>
public readonly record struct SeenAnswer(long Revision, bool IsSettled)
{
    public static readonly SeenAnswer None = new(-1, false);

    public static SeenAnswer Of(Enrichment? answer) => answer is null ? None : new(answer.Revision, answer.Settled);
}
