using System.Reflection;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Report;

/// <summary>The week as one file of HTML: no script, nothing that is fetched.</summary>
internal static class HtmlReport
{
    private static readonly Html Style = new(ReadStyle());

    public static string Write(WeekReport report) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>{report.AccountId} · {report.Week.ToString()} · StreamDeploy</title>
        <style>
        {Style}</style>
        </head>
        <body>
        <header>
        <p class="kind">StreamDeploy · the week</p>
        <h1>{Html.Foreign(report.AccountId)} <span>{report.Week.ToString()}</span></h1>
        <p class="span">{Figures.Span(report.Week)}</p>
        </header>
        <main>
        {Body(report)}</main>
        <footer><p>All days and times are UTC. Probabilities are those of the latest answers; the formulas are in the comments of the views in ClickHouse.</p></footer>
        </body>
        </html>

        """).Text;

    private static Html Body(WeekReport report) => report.IsEmpty
        ? Html.Of($"<section><h2>An empty week</h2><p>Nothing was deployed, no alert was raised and no record was set aside in this week.</p></section>\n")
        : Html.Join([Dora(report), Deployments(report), Alerts(report), .. HtmlSections.All(report)]);

    private static Html Dora(WeekReport report) => HtmlSections.Section("DORA", Html.Of($"""
        <p class="note">Of the environment {Html.Foreign(report.Environment)}; below each figure that of the week before.</p>
        <dl class="tiles">
        {Html.Join(Figures.Dora(report).Select(figure => Html.Of($"<div><dt>{figure.Name}</dt><dd class=\"figure\">{figure.Value}</dd><dd class=\"before\">before: {figure.Before}</dd><dd class=\"formula\">{figure.Formula}</dd></div>\n")))}</dl>
        """));

    private static Html Deployments(WeekReport report) => HtmlSections.Section("Deployments a day", report.DeploymentCount == 0
        ? Html.Of($"<p>Nothing was deployed in this week.</p>")
        : Html.Of($"""
        <p class="note">By the day of their start and the status that they have now, in all environments. Pushes, merges and releases do not count.</p>
        <figure class="chart">{DeploymentBars.Draw(report)}
        <ul class="legend">{DeploymentBars.Legend(report)}</ul></figure>
        """));

    private static Html Alerts(WeekReport report)
    {
        var alerts = report.Alerts;
        if (alerts.Alerts == 0) return HtmlSections.Section("Alerts", Html.Of($"<p>No alert was raised in this week.</p>"));
        var table = new HtmlTable("Raised", "Alert", "Priority", "Status", "Put down to");
        foreach (var alert in report.AlertLines)
        {
            var cause = alert.Outcome == "SUSPECTS" ? Html.Of($"{Sentences.Percent(alert.Probability)}: {Html.Link(alert.Suspect, alert.SuspectLink)}") : Html.Of($"{Figures.Outcome(alert)}");
            table.Add(Html.Of($"{Figures.Moment(alert.RaisedAtMs)}"), Html.Link(alert.Summary.Length > 0 ? alert.Summary : alert.AlertId, alert.Link), Html.Foreign(alert.Priority), Html.Of($"{DeploymentBars.Words(alert.Status)}"), cause);
        }
        var rest = alerts.Alerts - report.AlertLines.Count;
        return HtmlSections.Section("Alerts", Html.Of($"""
            <p class="note">{Sentences.Count(alerts.Alerts, "alert")}, {alerts.High} of priority HIGH, {alerts.Resolved} resolved, {alerts.Settled} with a settled answer. First answer after {Figures.Seconds(alerts.MedianSeconds)} (median), {Figures.Seconds(alerts.P95Seconds)} (95 %).</p>
            <figure>{OutcomeBar.Draw(alerts)}
            <ul class="legend">{OutcomeBar.Legend(alerts)}</ul></figure>
            {table.ToHtml()}{(rest > 0 ? Html.Of($"<p class=\"note\">And {rest} more.</p>") : Html.None)}
            """));
    }

    private static string ReadStyle()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }
}
