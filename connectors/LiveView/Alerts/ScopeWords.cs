using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>Whose deployments could be suspects, and what that hid.</summary>
internal static class ScopeWords
{
    public static string Of(Enrichment answer, Entries entries)
    {
        if (answer.Scope == ScopeKind.TEAM)
        {
            var claiming = ClaimingTeams(answer, entries);
            var isOne = claiming.Length == 1;
            return $"{Names(claiming, entries)} {(isOne ? "claims" : "claim")} this alert: only deployments of {(isOne ? "its" : "their")} pipelines, and of pipelines that everybody shares, can be suspects.";
        }

        return answer.TeamIds.Length == 0
            ? "No team claims this alert: every deployment of the account can be a suspect."
            : $"The alert falls to {Names(answer.TeamIds, entries)}, but no pipeline does: every deployment of the account can be a suspect.";
    }

    /// <summary>What the claim cost; null where there is none.</summary>
    /// <param name="answer">Whose scope it is.</param>
    /// <param name="entries">The names of teams.</param>
    /// <param name="knownNow">How many are known by now: an answer is not given anew when only this number changes.</param>
    public static string? HiddenOf(Enrichment answer, Entries entries, int knownNow)
    {
        if (answer.Scope != ScopeKind.TEAM)
            return null;
        if (answer.OutOfScope <= 0)
            return "It hid nothing: when this answer was given, nobody else had changed anything near the alert.";
        var claiming = ClaimingTeams(answer, entries);
        return $"{Sentences.Count(answer.OutOfScope, "deployment")} of other teams' pipelines near the alert {(answer.OutOfScope == 1 ? "is not a suspect" : "are not suspects")}, "
            + $"because {Names(claiming, entries)} {(claiming.Length == 1 ? "claims" : "claim")} it."
            + (knownNow > answer.OutOfScope ? $" Since this answer more were reported: {knownNow} by now." : "");
    }

    /// <summary>Of the alert's teams those that have a pipeline: they make the claim.</summary>
    private static long[] ClaimingTeams(Enrichment answer, Entries entries)
    {
        long[] claiming = [.. answer.TeamIds.Where(team => entries.Pipelines.Any(pipeline => pipeline.TeamIds.Contains(team)))];
        // The tables are those of now: who claimed then may have given its pipelines away since.
        return claiming.Length > 0 ? claiming : answer.TeamIds;
    }

    private static string Names(IReadOnlyList<long> teams, Entries entries)
    {
        string[] names = [.. teams.Select(team => ForeignText.Within(entries.TeamName(team), 60))];
        return names.Length switch
        {
            0 => "A team",
            1 => names[0],
            _ => $"{string.Join(", ", names[..^1])} and {names[^1]}",
        };
    }
}
