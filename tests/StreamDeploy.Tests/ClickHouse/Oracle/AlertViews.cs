using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>alerts, alerts_without_suspect, claims, time_to_answer.</summary>
internal static class AlertViews
{
    public static IEnumerable<OracleRow> Alerts(OracleInput input) => OracleAlert.All(input).Select(alert => alert.Row());

    public static IEnumerable<OracleRow> WithoutSuspect(OracleInput input) =>
        from alert in OracleAlert.All(input)
        from answer in input.LatestAnswers
        where alert.IsOf(answer.Event) && answer.Event.Outcome == Outcome.NO_SUSPECT
        select new OracleRow
        {
            ["account_id"] = alert.AccountId,
            ["day"] = alert.Day,
            ["occurred_at"] = Calendar.Time(alert.OccurredMs),
            ["alert_id"] = alert.AlertId,
            ["summary"] = alert.Summary,
            ["priority"] = alert.Priority,
            ["status"] = alert.Status,
            ["alert_source_id"] = alert.AlertSourceId,
            ["service"] = alert.Service,
            ["team_ids"] = answer.Event.TeamIds,
            ["reason"] = answer.Event.Reason?.ToString() ?? "",
            ["out_of_scope"] = answer.Event.OutOfScope,
            ["settled"] = answer.Event.Settled,
        };

    public static IEnumerable<OracleRow> Claims(OracleInput input) =>
        from answer in input.LatestAnswers
        where answer.Event.Scope == ScopeKind.TEAM
        from team in answer.Event.TeamIds.Distinct()
        group answer.Event by (answer.Event.AccountId, Day: Calendar.Day(answer.Event.AlertOccurredAtMs), Team: team) into answers
        select new OracleRow
        {
            ["account_id"] = answers.Key.AccountId,
            ["day"] = answers.Key.Day,
            ["team_id"] = answers.Key.Team,
            ["alerts"] = answers.Count(),
            ["alerts_with_hidden"] = answers.Count(e => e.OutOfScope > 0),
            ["hidden_deployments"] = answers.Sum(e => e.OutOfScope),
            ["left_without_suspect"] = answers.Count(e => e.Reason == NoSuspectReason.OUT_OF_SCOPE),
            ["hidden_probable"] = answers.Count(e => e.Elsewhere.Length > 0 && e.Elsewhere[0].Probability >= 0.5),
        };

    public static IEnumerable<OracleRow> TimeToAnswer(OracleInput input)
    {
        var answered =
            from alert in OracleAlert.All(input)
            let answers = input.Enrichments.Where(e => alert.IsOf(e.Event)).ToList()
            where answers.Count > 0
            let settled = answers.Where(e => e.Event.Settled).ToList()
            select new
            {
                alert.AccountId,
                alert.Day,
                FirstMs = answers.Min(e => e.ArrivedMs) - alert.FirstArrivedMs,
                SettledMs = settled.Count == 0 ? (long?)null : settled.Min(e => e.ArrivedMs) - alert.FirstArrivedMs,
                IsRevised = answers.Select(e => (e.Event.Revision, e.Event.Settled)).Distinct().Count() > 1,
            };
        return answered.GroupBy(alert => (alert.AccountId, alert.Day)).Select(alerts => new OracleRow
        {
            ["account_id"] = alerts.Key.AccountId,
            ["day"] = alerts.Key.Day,
            ["alerts"] = alerts.Count(),
            ["median_seconds"] = Quantile.Median(alerts.Select(a => (double)a.FirstMs)) / 1000,
            ["p95_seconds"] = Quantile.Of(0.95, alerts.Select(a => (double)a.FirstMs)) / 1000,
            ["settled_alerts"] = alerts.Count(a => a.SettledMs is not null),
            ["median_settled_seconds"] = Quantile.Median(alerts.Where(a => a.SettledMs is not null).Select(a => (double)a.SettledMs!.Value)) / 1000,
            ["revised_alerts"] = alerts.Count(a => a.IsRevised),
        });
    }
}
