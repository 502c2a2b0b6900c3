using System.Globalization;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>What came of a run.</summary>
/// <param name="Check">Holds the answers against the oracle's.</param>
/// <param name="Records">How many were sent, copies included.</param>
/// <param name="Alerts">How many of them the oracle answers.</param>
/// <param name="Faults">Those that were injected.</param>
/// <param name="Retries">How often a record had to be sent again.</param>
/// <param name="OwnEnds">How often a worker ended without being told to.</param>
/// <param name="Problems">What went wrong beside the answers, one sentence each.</param>
/// <param name="Elapsed">From the first server to the last answer.</param>
internal sealed record ChaosReport(
    AnswerCheck Check, int Records, int Alerts, IReadOnlyList<Fault> Faults, int Retries, int OwnEnds, IReadOnlyList<string> Problems, TimeSpan Elapsed)
{
    /// <summary>Every alert has its answers, the oracle's, each once.</summary>
    public bool IsEqual => Check.IsFlawless && Problems.Count == 0;

    public string Table(int seed)
    {
        var lines = new List<string>
        {
            Line("records", Records),
            Line("  sent again until acknowledged", Retries),
            Line("alerts", Alerts),
            Line("answers", Check.Answers),
            Line("  settled alerts", Check.SettledAlerts),
        };
        lines.AddRange(Enum.GetValues<Flaw>().Select(f => Line(NameOf(f), Check.Count(f))));
        lines.Add(Line("workers that ended by themselves", OwnEnds));
        lines.Add(Line("faults", Faults.Count));
        lines.AddRange(Faults.CountBy(f => f.Kind).OrderBy(x => x.Key).Select(x => Line($"  {x.Key}", x.Value)));
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{"minutes",-36}{Elapsed.TotalMinutes,10:0.0}"));
        lines.Add(Line("seed", seed));
        foreach (var flaw in Enum.GetValues<Flaw>())
            lines.AddRange(Check.Examples(flaw).Select(e => $"{NameOf(flaw)}: {e}"));
        lines.AddRange(Problems);
        lines.Add(IsEqual ? "equal to the oracle" : "NOT equal to the oracle");
        return string.Join('\n', lines);
    }

    private static string Line(string name, int count) => string.Create(CultureInfo.InvariantCulture, $"{name,-36}{count,10}");

    private static string NameOf(Flaw flaw) => flaw switch
    {
        Flaw.Duplicate => "committed twice",
        Flaw.AfterSettled => "after the settled one",
        Flaw.RevisionBack => "revision not above the one before",
        Flaw.Different => "different from the oracle",
        Flaw.Unexpected => "to no alert of the oracle",
        Flaw.NoFirst => "missing: first answers",
        Flaw.NoSettled => "missing: settled answers",
        _ => "dead letters",
    };
}
