using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pictures;

/// <summary>Another deployment of a suspect's change: a push, a merge, a release, another environment.</summary>
/// <param name="Entry">What it is.</param>
/// <param name="X">When, as a share of the width; at the edge where it lies beyond.</param>
public sealed record WindowMark(LifelineEntry Entry, double X);

/// <summary>A deployment in the window.</summary>
/// <param name="Suspect">Null where it is out of scope.</param>
/// <param name="Number">Of the suspect, from 1; 0 where it is out of scope.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Row">From the top.</param>
/// <param name="X">Of its start, as a share of the width; at the edge where it lies beyond.</param>
/// <param name="Width">At least what can be seen.</param>
/// <param name="BeginsBefore">It began before the window.</param>
/// <param name="EndsAfter">It ended after the window, or is running.</param>
/// <param name="StartMs">When it began.</param>
/// <param name="EndMs">When it ended; null while it is running.</param>
/// <param name="Marks">The rest of its change's life, oldest first.</param>
public sealed record WindowInterval(
    Suspect? Suspect, int Number, string Name, DeploymentStatus Status, int Row, double X, double Width, bool BeginsBefore, bool EndsAfter, long StartMs, long? EndMs, IReadOnlyList<WindowMark> Marks);

/// <summary>The window of an answer to scale: the alert as a line, the suspects as intervals, a row each; under them what was out of scope, in as few rows as will do.</summary>
/// <remarks>Places are shares of the width, so that the picture is as wide as its page while its letters keep their size. Pure.</remarks>
public sealed record WindowPicture(
    long FromMs, long ToMs, double AlertX, double? NowX, IReadOnlyList<WindowInterval> Suspects, IReadOnlyList<WindowInterval> OutOfScope, int Rows, IReadOnlyList<WindowTick> Ticks)
{
    private const double WidthMin = 0.005, Gap = 0.01;
    private const int OutOfScopeRowsMax = 4;

    public bool IsEmpty => Suspects.Count + OutOfScope.Count == 0;

    public int SuspectRows => Suspects.Count;

    /// <param name="answer">Whose window it is.</param>
    /// <param name="outOfScope">Near the alert, but hidden by the claim.</param>
    /// <param name="nowMs">A line where it lies in the window; and how far what is running has come.</param>
    public static WindowPicture Of(Enrichment answer, IEnumerable<Deployed> outOfScope, long nowMs)
    {
        // A window cannot be empty, but a record can say so.
        var (from, to) = (answer.WindowFromMs, Math.Max(answer.WindowToMs, answer.WindowFromMs + 1));
        var suspects = answer.Suspects.Select((s, i) => IntervalOf(from, to, nowMs, Deployed.Of(s), i + 1, i) with
        {
            Suspect = s,
            Marks = [.. s.Lifeline.Select(entry => new WindowMark(entry, XOf(from, to, entry.OccurredAtMs)))],
        }).ToList();
        var others = new List<WindowInterval>();
        var ends = new double[OutOfScopeRowsMax];
        foreach (var other in outOfScope.OrderBy(d => d.StartMs).ThenBy(d => d.Name, StringComparer.Ordinal))
        {
            var interval = IntervalOf(from, to, nowMs, other, 0, 0);
            // Where all rows are taken the one that is free first gets it: they overlap then.
            var row = Array.FindIndex(ends, end => end <= interval.X);
            if (row < 0)
                row = Array.IndexOf(ends, ends.Min());
            ends[row] = interval.X + interval.Width + Gap;
            others.Add(interval with { Row = suspects.Count + row });
        }

        var rows = suspects.Count + (others.Count == 0 ? 0 : others.Max(other => other.Row) - suspects.Count + 1);
        return new(from, to, XOf(from, to, answer.AlertOccurredAtMs), nowMs >= from && nowMs <= to ? XOf(from, to, nowMs) : null, suspects, others, rows, WindowTick.Between(from, to));
    }

    public static double XOf(long fromMs, long toMs, long ms) => Math.Clamp((ms - (double)fromMs) / ((double)toMs - fromMs), 0, 1);

    private static WindowInterval IntervalOf(long from, long to, long nowMs, Deployed d, int number, int row)
    {
        var end = d.EndMs ?? Math.Max(d.StartMs, Math.Min(nowMs, to));
        var x = XOf(from, to, d.StartMs);
        var width = Math.Max(WidthMin, XOf(from, to, end) - x);
        // At the right edge what is too small to be seen grows to the left.
        x = Math.Min(x, 1 - width);
        return new(null, number, d.Name, d.Status, row, x, width, d.StartMs < from, d.EndMs is null ? nowMs >= to : end > to, d.StartMs, d.EndMs, []);
    }
}

/// <summary>A deployment that is to be drawn.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Status">What became of it.</param>
/// <param name="StartMs">When it began.</param>
/// <param name="EndMs">When it ended; null while it is running.</param>
public readonly record struct Deployed(string Name, DeploymentStatus Status, long StartMs, long? EndMs)
{
    public static Deployed Of(DeploymentTrail d) => new(d.Summary.Length > 0 ? d.Summary : d.Key.DeploymentId, d.Status, d.StartMs, d.IsRunning ? null : d.EndMs);

    public static Deployed Of(Suspect s) => new(s.Summary.Length > 0 ? s.Summary : s.DeploymentId, s.Status, s.StartMs, s.EndMs);
}

/// <summary>A mark of the axis.</summary>
/// <param name="X">As a share of the width.</param>
/// <param name="Ms">The time.</param>
/// <param name="IsMinor">Left out where there is little room.</param>
/// <param name="IsDay">Said with the day rather than the time of the day.</param>
public sealed record WindowTick(double X, long Ms, bool IsMinor, bool IsDay)
{
    private const int TicksMax = 10;

    // A label in the middle of the edge would be cut off.
    private const double Edge = 0.03;

    private static readonly long[] StepsMs =
        [1_000, 5_000, 15_000, 60_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000, 2_592_000_000];

    public static IReadOnlyList<WindowTick> Between(long fromMs, long toMs)
    {
        var step = StepsMs.FirstOrDefault(ms => (toMs - fromMs) / ms <= TicksMax, 0);
        var ticks = new List<WindowTick>();
        if (step == 0)
            return ticks;
        var first = (long)Math.Ceiling(fromMs / (double)step) * step;
        for (var ms = first; ms <= toMs; ms += step)
        {
            var x = WindowPicture.XOf(fromMs, toMs, ms);
            if (x is >= Edge and <= 1 - Edge)
                ticks.Add(new(x, ms, ms / step % 2 != 0, step >= 86_400_000));
        }

        return ticks;
    }
}
