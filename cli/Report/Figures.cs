using System.Globalization;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Report;

/// <summary>A figure of the week beside that of the week before.</summary>
internal sealed record Comparison(string Name, string Formula, string Value, string Before);

/// <summary>How the report writes its figures.</summary>
internal static class Figures
{
    public const string Unknown = "–";

    public static IReadOnlyList<Comparison> Dora(WeekReport report) =>
    [
        Compare("Deployments", "finished: SUCCEEDED or FAILED", report, d => $"{d.Deployments} ({Number(d.PerDay)} a day)"),
        Compare("Change fail rate", "FAILED, ROLLED_BACK or a cause of an alert with P ≥ 0.5, of the deployments", report, d => d.ChangeFailRate is { } rate ? $"{Share(rate)} ({d.Failed} of {d.Deployments})" : Unknown),
        Compare("Change lead time", "median from commit to end", report, d => Seconds(d.LeadTimeSeconds)),
        Compare("Recovery time", "median from the end of a deployment that caused an alert to the alert's end", report, d => Seconds(d.RecoverySeconds)),
        Compare("Rework rate", "deployments whose predecessor of the day failed, of the deployments", report, d => d.ReworkRate is { } rate ? $"{Share(rate)} ({d.Rework} of {d.Deployments})" : Unknown),
    ];

    public static string Seconds(double? seconds) => seconds is { } s ? Sentences.Duration((long)Math.Round(s * 1000)) : Unknown;

    public static string Share(double share) => (share * 100).ToString(share is > 0 and < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture) + " %";

    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Day(DateOnly day) => day.ToString("ddd d MMM", CultureInfo.InvariantCulture);

    public static string Moment(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("ddd HH:mm", CultureInfo.InvariantCulture);

    public static string Span(IsoWeek week) => string.Create(CultureInfo.InvariantCulture, $"{week.From:yyyy-MM-dd} to {week.To:yyyy-MM-dd}, UTC");

    /// <summary>What an alert was put down to, in words.</summary>
    public static string Outcome(AlertLine alert) => alert.Outcome switch
    {
        "SUSPECTS" => $"{Sentences.Percent(alert.Probability)}: {alert.Suspect}",
        "NOTHING_NEAR" => "nothing near",
        "OUT_OF_SCOPE" => "only what a claim hides",
        _ => "no answer yet",
    };

    private static Comparison Compare(string name, string formula, WeekReport report, Func<DoraFigures, string> text) => new(name, formula, text(report.Dora), text(report.DoraBefore));
}
