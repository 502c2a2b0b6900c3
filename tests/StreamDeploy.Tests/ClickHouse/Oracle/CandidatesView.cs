using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>candidates: every deployment that lay in the window around an alert, as its events of the day before the alert, its own and the day after tell it.</summary>
internal static class CandidatesView
{
    public static IEnumerable<OracleRow> Rows(OracleInput input) =>
        from answer in input.LatestAnswers
        from d in Near(input, answer.Event)
        let place = AnswerRows.Ranked(answer.Event).FirstOrDefault(s => (s.Suspect.PipelineId, s.Suspect.DeploymentId) == (d.PipelineId, d.DeploymentId))
        select new OracleRow
        {
            ["account_id"] = answer.Event.AccountId,
            ["day"] = Calendar.Day(answer.Event.AlertOccurredAtMs),
            ["alert_occurred_at"] = Calendar.Time(answer.Event.AlertOccurredAtMs),
            ["alert_id"] = answer.Event.AlertId,
            ["alert_summary"] = answer.Event.AlertSummary,
            ["pipeline_id"] = d.PipelineId,
            ["deployment_id"] = d.DeploymentId,
            ["kind"] = d.Kind.ToString(),
            ["status"] = d.Status.ToString(),
            ["summary"] = d.Summary,
            ["service"] = d.Service,
            ["environment"] = d.Environment,
            ["started_at"] = Calendar.Time(d.StartedMs),
            ["ended_at"] = Calendar.Time(d.EndedMs),
            ["lag_ms"] = LagMs(d, answer.Event.AlertOccurredAtMs),
            ["role"] = place.Rank == 0 ? "OTHER" : place.Elsewhere ? "HIDDEN" : "SUSPECT",
            ["rank"] = place.Rank,
            ["probability"] = place.Suspect?.Probability ?? 0.0,
        };

    private static IEnumerable<OracleDeployment> Near(OracleInput input, Enrichment answer)
    {
        DateOnly day = Calendar.Day(answer.AlertOccurredAtMs);
        return input.Deployments.Select(e => e.Event)
            .Where(e => e.AccountId == answer.AccountId)
            .Where(e => Math.Abs(Calendar.Day(OracleDeployment.EndOf(e)).DayNumber - day.DayNumber) <= 1)
            .GroupBy(OracleDeployment.IdOf).Select(OracleDeployment.Of)
            .Where(d => d.StartedMs <= answer.WindowToMs && (d.EndedMs is null || d.EndedMs >= answer.WindowFromMs));
    }

    private static long LagMs(OracleDeployment d, long alertMs) =>
        d.StartedMs > alertMs ? alertMs - d.StartedMs : d.EndedMs is { } ended && ended < alertMs ? alertMs - ended : 0;
}
