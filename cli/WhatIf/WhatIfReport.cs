using Spectre.Console;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>What a supposition changes, for people: counts, then the alerts with the greatest changes.</summary>
/// <param name="listedMax">How many alerts are listed; no more are held.</param>
internal sealed class WhatIfReport(WhatIfQuestion question, Supposition supposition, string source, int listedMax)
{
    private const int SuspectsListedMax = 5;

    private readonly SortedSet<ReplayedAlert> _listed = new(GreatestChangeFirst);

    public void Add(ReplayedAlert alert)
    {
        if (!alert.IsChanged) return;
        _listed.Add(alert);
        if (_listed.Count > listedMax) _listed.Remove(_listed.Max!);
    }

    public void Print(IAnsiConsole console, WhatIfTally tally, IReadOnlyList<string> replaced)
    {
        console.MarkupLine($"[bold]{Markup.Escape(Title)}[/]");
        if (replaced.Count > 0) console.WriteLine($"before replaces windows of their own, too: {string.Join(", ", replaced)}");
        console.WriteLine();
        PrintCounts(console, tally);
        PrintRecorded(console, tally);
        if (_listed.Count > 0) console.MarkupLine("[bold]The greatest changes first[/]");
        foreach (var alert in _listed) Print(console, alert);
        if (tally.Changed > _listed.Count) console.WriteLine($"and {tally.Changed - _listed.Count} more: --limit lists more, --json all of them");
        if (_listed.Count > 0) console.WriteLine();
        console.WriteLine(Sentence(tally));
    }

    /// <summary>All of it in a sentence.</summary>
    public string Sentence(WhatIfTally tally)
    {
        if (tally.Alerts == 0) return $"There is nothing to compare: no {(tally.PassedOver == 0 ? "" : $"recorded answer to any of the {tally.PassedOver} ")}{Alerts}.";
        var of = $"{tally.Changed} of {Sentences.Count(tally.Alerts, "alert")}";
        if (supposition.IsEmpty) return tally.Changed == 0 ? $"The records give every recorded answer again, of {Sentences.Count(tally.Alerts, "alert")}." : $"The records give another answer than the recorded one to {of}.";
        if (tally.Changed == 0) return $"With {supposition}, no answer to {Sentences.Count(tally.Alerts, "alert")} would change.";
        return $"With {supposition}, {of} would be answered otherwise: {Sentences.Count(tally.SuspectsLost, "suspect")} lost, {tally.SuspectsGained} gained.";
    }

    private string Alerts => $"alerts {(question.AccountId is { } account ? $"of account {account} " : "")}raised from {WhatIfWords.Time(question.FromMs)}"
        + (question.ToMs == long.MaxValue ? " on" : $" to {WhatIfWords.Time(question.ToMs)}") + $", from {source}";

    private string Title => $"{(supposition.IsEmpty ? "As recorded?" : $"What if {supposition}?")} The {Alerts}";

    private void PrintCounts(IAnsiConsole console, WhatIfTally tally)
    {
        console.WriteLine($"{tally.Alerts,8}  alerts");
        foreach (var kind in Enum.GetValues<AnswerChange>().OrderByDescending(kind => kind == AnswerChange.NONE))
        {
            if (tally.Of(kind) > 0) console.WriteLine($"{tally.Of(kind),8}  {WhatIfWords.Of(kind, question.MovedMin)}");
        }
        if (supposition.IsEmpty && tally.PassedOver > 0) console.WriteLine($"{tally.PassedOver,8}  more without a recorded answer");
        console.WriteLine();
    }

    private void PrintRecorded(IAnsiConsole console, WhatIfTally tally)
    {
        if (!supposition.IsEmpty && tally.Alerts > 0)
        {
            console.WriteLine($"Against what is recorded ({tally.Recorded} of {Sentences.Count(tally.Alerts, "answer")}):");
            console.WriteLine($"{tally.DifferFromRecorded,8}  would differ");
            console.WriteLine($"{tally.DifferAnyhow,8}  of these differ already without the change{(tally.DifferAnyhow == 0 ? "" : ": other settings then, tables changed since, late records")}");
            if (tally.Drifted > tally.DifferAnyhow) console.WriteLine($"{tally.Drifted - tally.DifferAnyhow,8}  differ only without the change");
        }
        if (tally.WithoutAlert > 0) console.WriteLine($"{tally.WithoutAlert,8}  recorded answers to alerts that are not among the records");
        if ((!supposition.IsEmpty && tally.Alerts > 0) || tally.WithoutAlert > 0) console.WriteLine();
    }

    private void Print(IAnsiConsole console, ReplayedAlert alert)
    {
        var (key, summary) = (alert.Key, (alert.Supposed ?? alert.Present)!.AlertSummary);
        var account = question.AccountId is null ? $"{key.AccountId} · " : "";
        console.MarkupLine($"── [bold]{Markup.Escape(summary)}[/]  {Markup.Escape(account + key.AlertId)} · {WhatIfWords.Time(key.OccurredAtMs)} · {WhatIfWords.Of(alert.Effect.Kind, question.MovedMin)}");
        Print(console, "lost", "red", alert.Effect.Lost);
        Print(console, "gained", "green", alert.Effect.Gained);
        console.WriteLine($"   {(supposition.IsEmpty ? "recorded" : "now"),-8}  {alert.Present?.Headline ?? "no answer"}");
        console.WriteLine($"   {(supposition.IsEmpty ? "replayed" : "then"),-8}  {alert.Supposed?.Headline ?? "no answer"}");
        if (!supposition.IsEmpty && alert.IsDrifted) console.WriteLine($"   recorded  {alert.Recorded!.Headline}");
    }

    private static void Print(IAnsiConsole console, string what, string colour, IReadOnlyList<Schemas.Suspect> suspects)
    {
        foreach (var suspect in suspects.Take(SuspectsListedMax)) console.MarkupLine($"   [{colour}]{what,-8}[/]  {Markup.Escape(WhatIfWords.Suspect(suspect))}");
        if (suspects.Count > SuspectsListedMax) console.WriteLine($"   {what,-8}  and {suspects.Count - SuspectsListedMax} more");
    }

    private static readonly Comparer<ReplayedAlert> GreatestChangeFirst = Comparer<ReplayedAlert>.Create(static (a, b) =>
    {
        var (left, right) = ((a.Effect.Kind, -Weight(a), a.Key.OccurredAtMs), (b.Effect.Kind, -Weight(b), b.Key.OccurredAtMs));
        if (left.CompareTo(right) is not 0 and var order) return order;
        var byAccount = string.CompareOrdinal(a.Key.AccountId, b.Key.AccountId);
        return byAccount != 0 ? byAccount : string.CompareOrdinal(a.Key.AlertId, b.Key.AlertId);
    });

    /// <summary>How much probability goes from one suspect to another.</summary>
    private static double Weight(ReplayedAlert alert) =>
        Math.Max(alert.Effect.Moved, alert.Effect.Lost.Concat(alert.Effect.Gained).Select(static suspect => suspect.Probability).DefaultIfEmpty().Max());
}
