namespace StreamDeploy.Connectors.LiveView.Pictures;

/// <summary>How one figure went over time, as a line with the space under it.</summary>
/// <param name="Line">The path, with a gap where nothing is known.</param>
/// <param name="Area">Under it.</param>
/// <param name="Top">The value at the upper edge.</param>
/// <param name="Ticks">The quarters of an hour, the same in every picture of the same time.</param>
/// <remarks>Pure: the same points, the same picture.</remarks>
public sealed record Sparkline(string Line, string Area, double Top, IReadOnlyList<TimelineTick> Ticks)
{
    public const double Width = 320, Height = 96, Floor = 76, Ceiling = 6;

    private const long TickMs = 900_000;

    /// <summary>Points further apart than this are not joined: nobody looked in between.</summary>
    private const long GapMs = 45_000;

    /// <param name="points">The oldest first; null where the value is not known.</param>
    /// <param name="fromMs">The left edge.</param>
    /// <param name="toMs">The right edge.</param>
    /// <param name="gapMs">Points further apart are not joined.</param>
    public static Sparkline Of(IReadOnlyList<(long AtMs, double? Value)> points, long fromMs, long toMs, long gapMs = GapMs)
    {
        var seen = points.Where(point => point.AtMs >= fromMs && point.AtMs <= toMs).ToList();
        var top = Math.Max(1, seen.Max(point => point.Value) ?? 0);
        var (line, area) = (new System.Text.StringBuilder(), new System.Text.StringBuilder());
        foreach (var run in RunsOf(seen, gapMs))
        {
            var places = run.Select(point => $"{Words.Svg(XOf(point.AtMs, fromMs, toMs))} {Words.Svg(Floor - ((Floor - Ceiling) * point.Value / top))}").ToList();
            // A point by itself would not be seen.
            line.Append('M').AppendJoin('L', places).Append(run.Count == 1 ? "h1" : "");
            area.Append('M').Append(Words.Svg(XOf(run[0].AtMs, fromMs, toMs))).Append(' ').Append(Words.Svg(Floor)).Append('L').AppendJoin('L', places)
                .Append('L').Append(Words.Svg(XOf(run[^1].AtMs, fromMs, toMs))).Append(' ').Append(Words.Svg(Floor)).Append('z');
        }

        var ticks = new List<TimelineTick>();
        for (var ms = (fromMs / TickMs * TickMs) + TickMs; ms <= toMs; ms += TickMs)
            ticks.Add(new(XOf(ms, fromMs, toMs), ms, false));
        return new(line.ToString(), area.ToString(), top, ticks);
    }

    private static double XOf(long ms, long fromMs, long toMs) => Width * (ms - fromMs) / (toMs - fromMs);

    private static IEnumerable<List<(long AtMs, double Value)>> RunsOf(IEnumerable<(long AtMs, double? Value)> points, long gapMs)
    {
        var run = new List<(long AtMs, double Value)>();
        foreach (var (atMs, value) in points)
        {
            if (run.Count > 0 && (value is null || atMs - run[^1].AtMs > gapMs))
            {
                yield return run;
                run = [];
            }

            if (value is { } known)
                run.Add((atMs, known));
        }

        if (run.Count > 0)
            yield return run;
    }
}
