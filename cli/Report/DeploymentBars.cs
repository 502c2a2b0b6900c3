using System.Globalization;

namespace StreamDeploy.Cli.Report;

/// <summary>Deployments a day as stacked bars, in SVG.</summary>
internal static class DeploymentBars
{
    // Small, so that its text can still be read when a phone's width is all it has.
    private const int Width = 420;
    private const int Height = 200;
    private const int Top = 18;
    private const int Bottom = 170;
    private const int Left = 8;
    private const int Step = (Width - (2 * Left)) / 7;
    private const int BarWidth = 38;

    public static Html Draw(WeekReport report)
    {
        var days = Enumerable.Range(0, 7).Select(report.Week.From.AddDays).ToList();
        var most = Math.Max(1, days.Max(report.CountOf));
        var bars = days.Select((day, i) => Bar(report, day, Left + (i * Step) + ((Step - BarWidth) / 2), most));
        return Html.Of($"""
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="Deployments on each day, by status">
            <line class="axis" x1="{Left}" y1="{Bottom}" x2="{Width - Left}" y2="{Bottom}"/>
            {Html.Join(bars)}</svg>
            """);
    }

    public static Html Legend(WeekReport report) => Html.Join(report.Statuses.Select(status =>
        Html.Of($"<li><svg class=\"key\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{Class(status)}\" width=\"10\" height=\"10\" rx=\"2\"/></svg>{Words(status)} {report.Deployments.Where(d => d.Status == status).Sum(d => d.Count)}</li>")));

    /// <summary>A status as people write it.</summary>
    public static string Words(string status) => status.ToLowerInvariant().Replace('_', ' ');

    private static Html Bar(WeekReport report, DateOnly day, int x, int most)
    {
        var parts = new List<Html>();
        double y = Bottom;
        foreach (var status in report.Statuses)
        {
            var count = report.CountOf(day, status);
            if (count == 0) continue;
            var height = (double)(Bottom - Top) * count / most;
            y -= height;
            parts.Add(Html.Of($"<rect class=\"{Class(status)}\" x=\"{x}\" y=\"{Coordinate(y)}\" width=\"{BarWidth}\" height=\"{Coordinate(height)}\"><title>{Figures.Day(day)}: {count} {Words(status)}</title></rect>\n"));
        }
        var total = report.CountOf(day);
        if (total > 0) parts.Add(Html.Of($"<text class=\"value\" x=\"{x + (BarWidth / 2)}\" y=\"{Coordinate(y - 5)}\">{total}</text>\n"));
        parts.Add(Html.Of($"<text class=\"day\" x=\"{x + (BarWidth / 2)}\" y=\"{Bottom + 18}\">{day.ToString("ddd d", CultureInfo.InvariantCulture)}</text>\n"));
        return Html.Join(parts);
    }

    /// <summary>A class of report.css; a status that is not one of ours has no colour of its own.</summary>
    private static string Class(string status) => status switch
    {
        "SUCCEEDED" => "succeeded",
        "FAILED" => "failed",
        "ROLLED_BACK" => "rolled-back",
        "CANCELLED" => "cancelled",
        "STARTED" => "started",
        _ => "unknown",
    };

    private static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
