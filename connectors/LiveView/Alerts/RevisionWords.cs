using System.Globalization;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>What an answer changed against the one before it, for whoever read that one.</summary>
internal static class RevisionWords
{
    /// <summary>A probability that moved by less is not worth a sentence.</summary>
    private const double MovedMin = 0.05;

    private const int NamedMax = 3;

    /// <param name="before">Null where there was none.</param>
    /// <param name="after">What came then.</param>
    public static string Of(Enrichment? before, Enrichment after)
    {
        if (before is null)
            return after.Suspects is [var suspect, ..] ? $"First answer: {Name(suspect)} is suspected first, {Sentences.Percent(suspect.Probability)}." : $"First answer: no suspect, {Reason(after)}.";
        var difference = AnswerDifference.Between(new(before), new(after), MovedMin);
        List<string> parts = [.. Changed(difference, before, after), .. Became(before, after)];
        if (after.Settled && !before.Settled)
            parts.Add("Settled: this answer stays.");
        return parts.Count > 0 ? string.Join(' ', parts) : "More events were read, and the answer stayed the same.";
    }

    private static IEnumerable<string> Changed(AnswerDifference difference, Enrichment before, Enrichment after)
    {
        switch (difference.Kind)
        {
            case AnswerChange.SUSPECTS_GONE:
                yield return $"No suspect any more: {Reason(after)}.";
                break;
            case AnswerChange.SUSPECTS_FOUND:
                yield return $"A suspect where there was none: {Name(after.Suspects[0])}, {Sentences.Percent(after.Suspects[0].Probability)}.";
                break;
            case AnswerChange.FIRST_REPLACED:
                var old = before.Suspects[0];
                var now = Same(after, old) is { } still ? $"now {Sentences.Percent(still.Probability)}" : "not listed any more";
                yield return $"Another first suspect: {Name(after.Suspects[0])}, {Sentences.Percent(after.Suspects[0].Probability)}. Before it was {Name(old)}, {now}.";
                break;
            case AnswerChange.OTHERS_CHANGED:
                yield return "The first suspect stays." + Names(" New behind it: ", difference.Gained) + Names(" Not among the first any more: ", difference.Lost);
                break;
            case AnswerChange.REORDERED:
                yield return "The same suspects, in another order behind the first.";
                break;
            case AnswerChange.PROBABILITY_MOVED:
                yield return string.Create(CultureInfo.InvariantCulture, $"The same suspects; a probability moved by {difference.Moved * 100:0} points.");
                break;
            case AnswerChange.SCOPE_CHANGED:
                yield return after.Scope != before.Scope
                    ? after.Scope == ScopeKind.TEAM ? "A team claims the alert now." : "No team claims the alert any more."
                    : $"Still no suspect, but for another reason: {Reason(after)}.";
                break;
        }

        // Where the first one stays, whoever read the answer before wants to know what has become of it.
        if (difference.Kind is not (AnswerChange.FIRST_REPLACED or AnswerChange.SUSPECTS_FOUND)
            && before.Suspects is [var was, ..] && after.Suspects is [var becomes, ..] && Sentences.Percent(was.Probability) != Sentences.Percent(becomes.Probability))
        {
            yield return $"The first suspect: {Sentences.Percent(becomes.Probability)}, before {Sentences.Percent(was.Probability)}.";
        }
    }

    private static IEnumerable<string> Became(Enrichment before, Enrichment after)
    {
        foreach (var suspect in after.Suspects.Take(NamedMax))
        {
            if (Same(before, suspect) is not { } known || known.Status == suspect.Status)
                continue;
            yield return Name(suspect) + suspect.Status switch
            {
                DeploymentStatus.SUCCEEDED => " has succeeded.",
                DeploymentStatus.FAILED => " has failed.",
                DeploymentStatus.ROLLED_BACK => " was rolled back.",
                DeploymentStatus.CANCELLED => " was cancelled.",
                DeploymentStatus.STARTED => " is running.",
                _ => " was reported again.",
            };
        }
    }

    private static Suspect? Same(Enrichment answer, Suspect suspect) =>
        Array.Find(answer.Suspects, other => other.DeploymentId == suspect.DeploymentId && other.PipelineId == suspect.PipelineId);

    private static string Reason(Enrichment answer) => answer.Reason == NoSuspectReason.OUT_OF_SCOPE ? "what is near the alert is out of scope" : "nothing changed near the alert";

    private static string Names(string lead, IReadOnlyList<Suspect> suspects) => suspects.Count == 0
        ? ""
        : lead + string.Join(", ", suspects.Take(NamedMax).Select(Name)) + (suspects.Count > NamedMax ? $" and {suspects.Count - NamedMax} more" : "") + ".";

    private static string Name(Suspect suspect) => ForeignText.Within(suspect.Summary.Length > 0 ? suspect.Summary : suspect.DeploymentId);
}
