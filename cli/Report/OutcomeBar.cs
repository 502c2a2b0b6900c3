using System.Globalization;

namespace StreamDeploy.Cli.Report;

/// <summary>The week's alerts by what they were put down to, as one bar in SVG.</summary>
internal static class OutcomeBar
{
    private const double Width = 420;

    public static Html Draw(AlertFigures alerts)
    {
        double x = 0;
        var parts = new List<Html>();
        foreach (var (name, style, count) in Parts(alerts))
        {
            var width = Width * count / alerts.Alerts;
            parts.Add(Html.Of($"<rect class=\"{style}\" x=\"{Coordinate(x)}\" y=\"0\" width=\"{Coordinate(width)}\" height=\"22\"><title>{name}: {count}</title></rect>"));
            x += width;
        }
        return Html.Of($"<svg class=\"outcomes\" viewBox=\"0 0 420 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Alerts by outcome\">{Html.Join(parts)}</svg>");
    }

    public static Html Legend(AlertFigures alerts) => Html.Join(Parts(alerts).Select(part =>
        Html.Of($"<li><svg class=\"key\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{part.Style}\" width=\"10\" height=\"10\" rx=\"2\"/></svg>{part.Name} {part.Count}</li>")));

    private static IEnumerable<(string Name, string Style, int Count)> Parts(AlertFigures alerts) => new[]
    {
        ("with a suspect", "suspect", alerts.WithSuspect),
        ("nothing near", "nothing", alerts.NothingNear),
        ("hidden by a claim", "hidden", alerts.Hidden),
        ("no answer yet", "unknown", alerts.Unanswered),
    }.Where(part => part.Item3 > 0);

    private static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
