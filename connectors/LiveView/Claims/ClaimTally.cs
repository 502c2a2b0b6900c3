using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Claims;

/// <summary>What a team's claim did to its alerts.</summary>
/// <param name="Answered">Alerts that it claimed and that have an answer.</param>
/// <param name="Narrowed">Of them those from which something near was hidden.</param>
/// <param name="LeftWithout">Of these the ones that were left without any suspect.</param>
/// <param name="Hidden">Deployments hidden, counted for each alert.</param>
/// <param name="Examples">Of those left without: what the likeliest hidden one was, newest alert first.</param>
public sealed record ClaimTally(int Answered, int Narrowed, int LeftWithout, int Hidden, IReadOnlyList<HiddenSuspect> Examples)
{
    public const int ExamplesMax = 5;

    public static readonly ClaimTally None = new(0, 0, 0, 0, []);

    /// <summary>By team. An alert of several claiming teams counts for each.</summary>
    /// <param name="answers">The latest of each alert.</param>
    /// <param name="sinceMs">Alerts raised before do not count.</param>
    public static Dictionary<long, ClaimTally> Of(IEnumerable<Enrichment> answers, long sinceMs) => answers
        .Where(answer => answer.Scope == ScopeKind.TEAM && answer.AlertOccurredAtMs >= sinceMs)
        .SelectMany(answer => answer.TeamIds.Select(team => (Team: team, Answer: answer)))
        .GroupBy(pair => pair.Team, pair => pair.Answer)
        .ToDictionary(group => group.Key, group => Of([.. group]));

    private static ClaimTally Of(List<Enrichment> answers) => new(
        answers.Count, answers.Count(answer => answer.OutOfScope > 0), answers.Count(IsLeftWithout), answers.Sum(answer => answer.OutOfScope),
        [
            .. answers.Where(answer => IsLeftWithout(answer) && answer.Elsewhere.Length > 0).OrderByDescending(answer => answer.AlertOccurredAtMs).Take(ExamplesMax)
                .Select(answer => new HiddenSuspect(new(answer.AlertId, answer.AlertOccurredAtMs), answer.AlertSummary, answer.Elsewhere[0])),
        ]);

    private static bool IsLeftWithout(Enrichment answer) => answer.Outcome == Outcome.NO_SUSPECT && answer.Reason == NoSuspectReason.OUT_OF_SCOPE;
}

/// <summary>A change that a claim hid from an alert.</summary>
public sealed record HiddenSuspect(Changes.AlertKey Alert, string AlertSummary, Suspect Suspect);
