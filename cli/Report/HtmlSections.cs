namespace StreamDeploy.Cli.Report;

/// <summary>The parts of the page that are a table each, with a sentence where there is nothing to tell.</summary>
internal static class HtmlSections
{
    public static IEnumerable<Html> All(WeekReport report) => [Pipelines(report), Recoveries(report), Claims(report), Rejected(report)];

    public static Html Section(string title, Html body) => Html.Of($"<section><h2>{title}</h2>\n{body}\n</section>\n");

    private static Html Pipelines(WeekReport report)
    {
        var table = new HtmlTable("Pipeline", "Alerts#", "First suspect#", "P ≥ 0.5#", "Expected alerts#");
        foreach (var p in report.Pipelines)
            table.Add(Html.Foreign(p.Name.Length > 0 ? p.Name : "pipeline " + p.PipelineId.ToString(System.Globalization.CultureInfo.InvariantCulture)), Number(p.Alerts), Number(p.FirstSuspect), Number(p.Probable), Html.Of($"{Figures.Number(p.ExpectedAlerts)}"));
        return Section("Most suspected pipelines", report.Pipelines.Count == 0
            ? Html.Of($"<p>No pipeline was suspected.</p>")
            : Html.Of($"<p class=\"note\">Expected alerts: the sum of the probabilities, so how many alerts it is expected to have caused.</p>\n{table.ToHtml()}"));
    }

    private static Html Recoveries(WeekReport report)
    {
        var table = new HtmlTable("Deployment", "Service", "Alert", "Until resolved#");
        foreach (var r in report.Recoveries)
            table.Add(Html.Link(r.Summary.Length > 0 ? r.Summary : r.DeploymentId, r.Link), Html.Foreign(r.Service.Length > 0 ? r.Service : Figures.Unknown), Html.Foreign(r.AlertSummary), Html.Of($"{Figures.Seconds(r.Seconds)}"));
        return Section("Slowest recovery", report.Recoveries.Count == 0
            ? Html.Of($"<p>No deployment was, with a probability of 0.5 or more, the cause of an alert that is resolved.</p>")
            : Html.Of($"<p class=\"note\">Deployments that caused an alert, by its settled answer with P ≥ 0.5, in all environments; from their end to the end of the alert.</p>\n{table.ToHtml()}"));
    }

    private static Html Claims(WeekReport report)
    {
        var table = new HtmlTable("Team", "Alerts#", "With something hidden#", "Deployments hidden#", "Left without a suspect#", "P ≥ 0.5 hidden#");
        foreach (var c in report.Claims)
            table.Add(Html.Of($"{c.TeamId.ToString(System.Globalization.CultureInfo.InvariantCulture)}"), Number(c.Alerts), Number(c.AlertsWithHidden), Number(c.HiddenDeployments), Number(c.LeftWithoutSuspect), Number(c.HiddenProbable));
        return Section("What claims hid", report.Claims.Count == 0 ? Html.Of($"<p>No alert was answered within a claim.</p>")
            : Html.Of($"<p class=\"note\">For each team, of its alerts that were answered within its claim; an alert of two teams counts for both.</p>\n{table.ToHtml()}"));
    }

    private static Html Rejected(WeekReport report)
    {
        var table = new HtmlTable("Topic", "Reason", "Set aside by", "Records#", "What is wrong with the last");
        foreach (var r in report.Rejected)
            table.Add(Html.Foreign(r.Topic), Html.Foreign(r.Reason), Html.Foreign(r.Reader), Number(r.Records), Html.Foreign(r.LastError));
        return Section("Late and rejected records", report.Rejected.Count == 0 ? Html.Of($"<p>No record was late or rejected.</p>") : table.ToHtml());
    }

    private static Html Number(int number) => Html.Of($"{number}");
}
