using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Pictures;

/// <summary>A deployment in the picture.</summary>
/// <param name="Deployment">Which.</param>
/// <param name="X">Of its start.</param>
/// <param name="Width">At least what can be seen.</param>
/// <param name="Row">In its lane: those that overlap lie under each other.</param>
public sealed record TimelineBar(DeploymentTrail Deployment, double X, double Width, int Row);

/// <summary>Deployments too many to be drawn one by one.</summary>
/// <param name="X">Where the part of the time begins.</param>
/// <param name="Count">How many began in it.</param>
/// <param name="Failed">How many of them failed or were rolled back.</param>
public sealed record TimelineCell(double X, int Count, int Failed);

/// <summary>How many deployments of a lane began in a part of the time, and how many of them failed or were rolled back.</summary>
public readonly record struct LanePart(string Lane, int Part, int Deployments, int Bad);

/// <summary>Deployments of one service, or of one pipeline where nobody said the service.</summary>
public sealed record TimelineLane(string Name, double Y, double Height, IReadOnlyList<TimelineBar> Bars, IReadOnlyList<TimelineCell> Cells);

/// <summary>An alert in the picture.</summary>
/// <param name="Alert">Which.</param>
/// <param name="X">When it was raised.</param>
/// <param name="SuspectX">Where its first suspect ends; null where it has none in the picture.</param>
/// <param name="SuspectY">Where that lies.</param>
/// <param name="Probability">Of that one.</param>
public sealed record TimelineAlert(AlertTrail Alert, double X, double? SuspectX, double SuspectY, double Probability);

/// <summary>A mark of the axis.</summary>
public sealed record TimelineTick(double X, long Ms, bool IsDay);

/// <summary>What happened when: lanes of deployments, alerts above them, and the suspicion as a line between the two.</summary>
/// <remarks>Places are in units of the picture, <see cref="Width"/> of which are the whole time. Pure: the same input, the same picture.</remarks>
public sealed record Timeline(
    TimeRange Range, double Height, IReadOnlyList<TimelineLane> Lanes, IReadOnlyList<TimelineAlert> Alerts, IReadOnlyList<TimelineTick> Ticks, int Hidden)
{
    public const double Width = 1200, LabelWidth = 150, AlertY = 20, LanesY = 44, RowHeight = 9, CellWidth = 8;

    private const int LanesMax = 12, RowsMax = 4, BarsMax = 1500, AlertsMax = 200;
    private const int PartsMax = (int)((Width - LabelWidth) / CellWidth);
    private const double BarMin = 3, LanePad = 7;

    public bool IsEmpty => Lanes.Count == 0 && Alerts.Count == 0;

    /// <param name="range">The time.</param>
    /// <param name="changes">All that match; those outside of the time are left out.</param>
    /// <param name="alerts">Likewise.</param>
    /// <param name="laneOf">What a deployment is drawn with.</param>
    public static Timeline Of(TimeRange range, IReadOnlyList<Change> changes, IReadOnlyList<AlertTrail> alerts, Func<DeploymentTrail, string> laneOf)
    {
        // What is running, is until now.
        var deployments = changes.SelectMany(change => change.Deployments).Where(d => d.EndMs >= range.FromMs && d.StartMs <= range.ToMs).ToList();
        var groups = deployments.GroupBy(laneOf, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        var isDense = deployments.Count > BarsMax;
        var lanes = new List<TimelineLane>();
        var y = LanesY;
        foreach (var group in groups.Take(LanesMax).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var lane = LaneOf(range, group.Key, y, group, isDense);
            lanes.Add(lane);
            y += lane.Height;
        }

        return new(range, y + 22, lanes, MarksOf(range, alerts, lanes), TicksOf(range), groups.Skip(LanesMax).Sum(group => group.Count()));
    }

    /// <summary>The same of deployments that are only counted.</summary>
    public static Timeline Of(TimeRange range, IEnumerable<LanePart> parts, IReadOnlyList<AlertTrail> alerts)
    {
        var groups = parts.GroupBy(part => part.Lane, StringComparer.Ordinal).OrderByDescending(group => group.Sum(part => part.Deployments)).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        var y = LanesY;
        var lanes = new List<TimelineLane>();
        foreach (var group in groups.Take(LanesMax).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var cells = group.Where(part => part.Part < PartsMax).OrderBy(part => part.Part).Select(part => new TimelineCell(LabelWidth + (Math.Max(0, part.Part) * CellWidth), part.Deployments, part.Bad));
            lanes.Add(new(group.Key, y, (2 * RowHeight) + LanePad, [], [.. cells]));
            y += lanes[^1].Height;
        }

        return new(range, y + 22, lanes, MarksOf(range, alerts, lanes), TicksOf(range), groups.Skip(LanesMax).Sum(group => group.Sum(part => part.Deployments)));
    }

    /// <summary>How much time a counted part stands for.</summary>
    public static double PartMs(TimeRange range) => range.SpanMs * CellWidth / (Width - LabelWidth);

    public static double XOf(TimeRange range, long ms) => LabelWidth + ((Width - LabelWidth) * Math.Clamp((ms - range.FromMs) / (double)range.SpanMs, 0, 1));

    private static TimelineLane LaneOf(TimeRange range, string name, double y, IEnumerable<DeploymentTrail> deployments, bool isDense)
    {
        if (isDense)
        {
            var cells = deployments.GroupBy(d => (int)((XOf(range, d.StartMs) - LabelWidth) / CellWidth)).OrderBy(cell => cell.Key)
                .Select(cell => new TimelineCell(LabelWidth + (cell.Key * CellWidth), cell.Count(), cell.Count(IsBad)));
            return new(name, y, (2 * RowHeight) + LanePad, [], [.. cells]);
        }

        var bars = new List<TimelineBar>();
        var ends = new double[RowsMax];
        foreach (var d in deployments.OrderBy(d => d.StartMs).ThenBy(d => d.Key.DeploymentId, StringComparer.Ordinal))
        {
            var x = XOf(range, d.StartMs);
            var width = Math.Max(BarMin, XOf(range, d.IsRunning ? range.ToMs : d.EndMs) - x);
            // Where all rows are taken the one that is free first gets it: they overlap then.
            var row = Array.FindIndex(ends, end => end <= x);
            if (row < 0)
                row = Array.IndexOf(ends, ends.Min());
            ends[row] = x + width + 1;
            bars.Add(new(d, x, width, row));
        }

        var rows = bars.Count == 0 ? 1 : bars.Max(bar => bar.Row) + 1;
        return new(name, y, (rows * RowHeight) + LanePad + 4, bars, []);
    }

    private static bool IsBad(DeploymentTrail d) => d.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK;

    private static List<TimelineAlert> MarksOf(TimeRange range, IReadOnlyList<AlertTrail> alerts, List<TimelineLane> lanes) =>
    [
        .. alerts.Where(alert => alert.Key.OccurredAtMs >= range.FromMs && alert.Key.OccurredAtMs <= range.ToMs)
            .OrderByDescending(alert => alert.Key.OccurredAtMs).Take(AlertsMax).Select(alert => MarkOf(range, alert, lanes)),
    ];

    private static TimelineAlert MarkOf(TimeRange range, AlertTrail alert, List<TimelineLane> lanes)
    {
        var x = XOf(range, alert.Key.OccurredAtMs);
        if (alert.Answer?.Suspects is [var first, ..])
        {
            var key = new DeploymentKey(first.PipelineId, first.DeploymentId);
            foreach (var lane in lanes)
            {
                if (lane.Bars.FirstOrDefault(bar => bar.Deployment.Key == key) is { } bar)
                    return new(alert, x, Math.Min(bar.X + bar.Width, Math.Max(x, bar.X)), lane.Y + (bar.Row * RowHeight) + (RowHeight / 2), first.Probability);
            }
        }

        return new(alert, x, null, 0, 0);
    }

    private static List<TimelineTick> TicksOf(TimeRange range)
    {
        long[] steps = [60_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 2_592_000_000];
        var step = steps.FirstOrDefault(ms => range.SpanMs / ms <= 10, steps[^1]);
        var ticks = new List<TimelineTick>();
        for (var ms = (range.FromMs / step * step) + step; ms < range.ToMs; ms += step)
            ticks.Add(new(XOf(range, ms), ms, step >= 86_400_000));
        return ticks;
    }
}
