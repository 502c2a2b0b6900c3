using System.Globalization;
using Spectre.Console;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Report;

/// <summary>The week on a terminal.</summary>
internal static class TerminalReport
{
    private const int BarWidth = 40;

    public static void Print(WeekReport report, IAnsiConsole console)
    {
        console.MarkupLine($"[bold]{Plain(report.AccountId)} · {report.Week}[/] [grey]{Figures.Span(report.Week)}[/]");
        console.WriteLine();
        if (report.IsEmpty)
        {
            console.WriteLine("An empty week: nothing was deployed, no alert was raised and no record was set aside.");
            return;
        }
        PrintDora(report, console);
        PrintDeployments(report, console);
        PrintAlerts(report, console);
        PrintRest(report, console);
    }

    private static void PrintDora(WeekReport report, IAnsiConsole console)
    {
        console.MarkupLine($"[bold]DORA, environment {Plain(report.Environment)}[/]");
        var table = TableOn(console, "", "this week", "the week before");
        foreach (var figure in Figures.Dora(report)) table.AddRow(Plain(figure.Name), Plain(figure.Value), Plain(figure.Before));
        console.Write(table);
        console.WriteLine();
    }

    private static void PrintDeployments(WeekReport report, IAnsiConsole console)
    {
        console.MarkupLine("[bold]Deployments a day, by status, all environments[/]");
        var most = Enumerable.Range(0, 7).Max(i => report.CountOf(report.Week.From.AddDays(i)));
        for (var day = report.Week.From; day <= report.Week.To; day = day.AddDays(1))
        {
            var bar = string.Concat(report.Statuses.Select(status =>
                $"[{Colour(status)}]{new string('█', most == 0 ? 0 : (int)Math.Ceiling((double)BarWidth * report.CountOf(day, status) / Math.Max(most, BarWidth / 4)))}[/]"));
            var words = string.Join(", ", report.Statuses.Where(status => report.CountOf(day, status) > 0).Select(status => $"{report.CountOf(day, status)} {DeploymentBars.Words(status)}"));
            console.MarkupLine($"  {Figures.Day(day),-11} {bar} [grey]{Plain(words)}[/]".TrimEnd());
        }
        console.WriteLine();
    }

    private static void PrintAlerts(WeekReport report, IAnsiConsole console)
    {
        var alerts = report.Alerts;
        console.MarkupLine("[bold]Alerts[/]");
        if (alerts.Alerts == 0)
        {
            console.WriteLine("  none");
            console.WriteLine();
            return;
        }
        console.WriteLine($"  {Sentences.Count(alerts.Alerts, "alert")}, {alerts.High} of priority HIGH, {alerts.Resolved} resolved: {alerts.WithSuspect} with a suspect, {alerts.NothingNear} with nothing near, "
            + $"{alerts.Hidden} with only what a claim hides, {alerts.Unanswered} without an answer");
        console.WriteLine($"  first answer after {Figures.Seconds(alerts.MedianSeconds)} (median), {Figures.Seconds(alerts.P95Seconds)} (95 %)");
        var table = TableOn(console, "raised", "alert", "priority", "status", "put down to");
        foreach (var alert in report.AlertLines)
            table.AddRow(Figures.Moment(alert.RaisedAtMs), Plain(alert.Summary.Length > 0 ? alert.Summary : alert.AlertId), Plain(alert.Priority), Plain(DeploymentBars.Words(alert.Status)), Plain(Figures.Outcome(alert)));
        console.Write(table);
        console.WriteLine();
    }

    private static void PrintRest(WeekReport report, IAnsiConsole console)
    {
        Print(console, "Most suspected pipelines", "no pipeline was suspected", ["pipeline", "alerts", "first suspect", "P ≥ 0.5", "expected alerts"],
            report.Pipelines.Select(p => (string[])[p.Name.Length > 0 ? p.Name : "pipeline " + Text(p.PipelineId), Text(p.Alerts), Text(p.FirstSuspect), Text(p.Probable), Figures.Number(p.ExpectedAlerts)]));
        Print(console, "Slowest recovery", "no deployment caused an alert that is resolved", ["deployment", "service", "alert", "until resolved"],
            report.Recoveries.Select(r => (string[])[r.Summary.Length > 0 ? r.Summary : r.DeploymentId, r.Service, r.AlertSummary, Figures.Seconds(r.Seconds)]));
        Print(console, "What claims hid", "no alert was answered within a claim", ["team", "alerts", "with something hidden", "deployments hidden", "left without a suspect", "P ≥ 0.5 hidden"],
            report.Claims.Select(c => (string[])[Text(c.TeamId), Text(c.Alerts), Text(c.AlertsWithHidden), Text(c.HiddenDeployments), Text(c.LeftWithoutSuspect), Text(c.HiddenProbable)]));
        Print(console, "Late and rejected records", "none", ["topic", "reason", "set aside by", "records"],
            report.Rejected.Select(r => (string[])[r.Topic, r.Reason, r.Reader, Text(r.Records)]));
    }

    private static void Print(IAnsiConsole console, string title, string nothing, string[] columns, IEnumerable<string[]> rows)
    {
        console.MarkupLine($"[bold]{title}[/]");
        var table = TableOn(console, columns);
        foreach (var row in rows) table.AddRow([.. row.Select(Plain)]);
        if (table.Rows.Count > 0) console.Write(table);
        else console.WriteLine("  " + nothing);
        console.WriteLine();
    }

    private static Table TableOn(IAnsiConsole console, params string[] columns) =>
        new Table().Border(console.Profile.Capabilities.Ansi ? TableBorder.Rounded : TableBorder.None).AddColumns(columns);

    private static string Colour(string status) => status switch
    {
        "SUCCEEDED" => "green",
        "FAILED" => "red",
        "ROLLED_BACK" => "yellow",
        "STARTED" => "blue",
        _ => "grey",
    };

    /// <summary>A name from outside must not move the cursor or turn the writing round.</summary>
    private static string Plain(string text) => Markup.Escape(string.Concat(text.Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? '\uFFFD' : c)));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
