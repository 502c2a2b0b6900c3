using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>How two answers to one alert differ, for whoever reads them; of several kinds the first in this order.</summary>
public enum AnswerChange
{
    /// <summary>There was an answer, and now there is none: the alert is late or its time impossible.</summary>
    UNANSWERED,

    /// <summary>There was no answer, and now there is one.</summary>
    ANSWERED,

    /// <summary>There were suspects, and now there is none.</summary>
    SUSPECTS_GONE,

    /// <summary>There was no suspect, and now there are.</summary>
    SUSPECTS_FOUND,

    /// <summary>Another change is suspected first.</summary>
    FIRST_REPLACED,

    /// <summary>The first suspect stays, but others are not listed any more, or newly.</summary>
    OTHERS_CHANGED,

    /// <summary>The same suspects, another order of the first three.</summary>
    REORDERED,

    /// <summary>The same suspects with other probabilities.</summary>
    PROBABILITY_MOVED,

    /// <summary>The same suspects, but another scope, or another reason why there is none.</summary>
    SCOPE_CHANGED,

    /// <summary>Nothing that a reader would notice.</summary>
    NONE,
}

/// <summary>An answer, and what an answer does not say.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Candidates">All its candidates, of which it lists the best; null where nobody knows.</param>
public sealed record ReplayedAnswer(Enrichment Answer, IReadOnlySet<DeploymentKey>? Candidates = null);

/// <summary>What is different in an answer.</summary>
/// <param name="Kind">The greatest of the differences.</param>
/// <param name="Lost">Suspects that are no candidates of the later answer; where its candidates are not known, those that it does not list.</param>
/// <param name="Gained">Suspects of the later answer that are no candidates of the earlier one, likewise.</param>
/// <param name="Moved">By how much the probability of one that stayed moved, at most; or that of no deployment.</param>
public sealed record AnswerDifference(AnswerChange Kind, IReadOnlyList<Suspect> Lost, IReadOnlyList<Suspect> Gained, double Moved)
{
    /// <summary>As many suspects as an answer that is not settled is kept up to date for.</summary>
    private const int FirstOnes = 3;

    private static readonly AnswerDifference Nothing = new(AnswerChange.NONE, [], [], 0);

    /// <param name="before">Null where there is none.</param>
    /// <param name="after">Likewise.</param>
    /// <param name="movedMin">The least change of a probability that counts.</param>
    /// <remarks>
    /// An answer that is not settled says what held when the first three suspects changed last: of it nothing else is compared, for nothing else is promised.
    /// </remarks>
    public static AnswerDifference Between(ReplayedAnswer? before, ReplayedAnswer? after, double movedMin)
    {
        if (before is null || after is null)
            return before == after ? Nothing : new(before is null ? AnswerChange.ANSWERED : AnswerChange.UNANSWERED, before?.Answer.Suspects ?? [], after?.Answer.Suspects ?? [], 0);
        var (was, becomes) = (before.Answer, after.Answer);
        var isWhole = was.Settled && becomes.Settled;
        Suspect[] old = isWhole ? was.Suspects : [.. was.Suspects.Take(FirstOnes)], now = isWhole ? becomes.Suspects : [.. becomes.Suspects.Take(FirstOnes)];
        var (lost, gained) = (NotIn(after, now, old), NotIn(before, old, now));
        var moved = isWhole ? Moves(was, becomes).Max() : 0;
        var kind = was.Outcome != becomes.Outcome ? becomes.Outcome == Outcome.NO_SUSPECT ? AnswerChange.SUSPECTS_GONE : AnswerChange.SUSPECTS_FOUND
            : old.Length > 0 && now.Length > 0 && !IsSame(old[0], now[0]) ? AnswerChange.FIRST_REPLACED
            : lost.Length + gained.Length > 0 ? AnswerChange.OTHERS_CHANGED
            : !old.Take(FirstOnes).Zip(now, IsSame).All(static same => same) ? AnswerChange.REORDERED
            : moved > movedMin ? AnswerChange.PROBABILITY_MOVED
            : was.Scope != becomes.Scope || was.Reason != becomes.Reason ? AnswerChange.SCOPE_CHANGED
            : AnswerChange.NONE;
        return kind == AnswerChange.NONE ? Nothing with { Moved = moved } : new(kind, lost, gained, moved);
    }

    /// <summary>Who only makes room in a list is not lost.</summary>
    private static Suspect[] NotIn(ReplayedAnswer answer, Suspect[] listed, Suspect[] suspects) =>
    [
        .. suspects.Where(suspect => !Array.Exists(listed, other => IsSame(suspect, other)) && answer.Candidates?.Contains(new(suspect.PipelineId, suspect.DeploymentId)) is not true),
    ];

    /// <summary>A change is the same whichever of its deployments stands for it.</summary>
    private static bool IsSame(Suspect a, Suspect b) =>
        a.DeploymentId == b.DeploymentId ? a.PipelineId == b.PipelineId
        : Array.Exists(a.Lifeline, entry => entry.DeploymentId == b.DeploymentId) || Array.Exists(b.Lifeline, entry => entry.DeploymentId == a.DeploymentId);

    private static IEnumerable<double> Moves(Enrichment before, Enrichment after) =>
        before.Suspects.Select(suspect => Array.Find(after.Suspects, other => IsSame(suspect, other)) is { } same ? Math.Abs(same.Probability - suspect.Probability) : 0)
            .Append(Math.Abs(after.ProbabilityNone - before.ProbabilityNone));
}
