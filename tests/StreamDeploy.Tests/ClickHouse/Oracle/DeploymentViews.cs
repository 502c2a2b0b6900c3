namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>deployments, deployment_days, pipeline_activity.</summary>
internal static class DeploymentViews
{
    public static IEnumerable<OracleRow> Deployments(OracleInput input) =>
        from e in input.Deployments
        group e.Event by OracleDeployment.IdOf(e.Event) into events
        select Row(OracleDeployment.Of(events), SuspectProbability(input, events.Key, day: null));

    public static IEnumerable<OracleRow> DeploymentDays(OracleInput input)
    {
        foreach ((DateOnly day, OracleDeployment d) in Days(input))
        {
            OracleRow row = Row(d, SuspectProbability(input, d.Id, day));
            row["day"] = day;
            yield return row;
        }
    }

    public static IEnumerable<OracleRow> PipelineActivity(OracleInput input) =>
        from e in input.Deployments
        group e.Event by (e.Event.AccountId, Day: Calendar.Day(e.Event.OccurredAtMs), e.Event.PipelineId, e.Event.Kind, e.Event.Status) into events
        select new OracleRow
        {
            ["account_id"] = events.Key.AccountId,
            ["day"] = events.Key.Day,
            ["pipeline_id"] = events.Key.PipelineId,
            ["kind"] = events.Key.Kind.ToString(),
            ["status"] = events.Key.Status.ToString(),
            ["deployments"] = events.Select(e => e.DeploymentId).Distinct().Count(),
            ["events"] = events.Select(e => e.EventId).Distinct().Count(),
            ["last_event_at"] = Calendar.Time(events.Max(e => e.OccurredAtMs)),
        };

    /// <summary>Every deployment on each day on which something happened to it, as the events of that day tell it.</summary>
    public static IEnumerable<(DateOnly Day, OracleDeployment Deployment)> Days(OracleInput input) =>
        from e in input.Deployments
        group e.Event by (OracleDeployment.IdOf(e.Event), Day: Calendar.Day(OracleDeployment.EndOf(e.Event))) into events
        select (events.Key.Day, OracleDeployment.Of(events));

    /// <summary>Greatest probability of the settled answers; of a day: of those by which it ended on that day, or whose alert was on that day while it was running.</summary>
    public static double SuspectProbability(OracleInput input, (string AccountId, long, string) id, DateOnly? day) => (
        from answer in input.Enrichments
        where answer.Event.Settled && answer.Event.AccountId == id.AccountId
        from suspect in answer.Event.Suspects
        where (answer.Event.AccountId, suspect.PipelineId, suspect.DeploymentId) == id
        where day is null || Calendar.Day(suspect.EndMs ?? answer.Event.AlertOccurredAtMs) == day
        select suspect.Probability).DefaultIfEmpty(0).Max();

    private static OracleRow Row(OracleDeployment d, double suspectProbability) => new()
    {
        ["account_id"] = d.AccountId,
        ["pipeline_id"] = d.PipelineId,
        ["deployment_id"] = d.DeploymentId,
        ["kind"] = d.Kind.ToString(),
        ["status"] = d.Status.ToString(),
        ["summary"] = d.Summary,
        ["committed_at"] = Calendar.Time(d.CommittedMs),
        ["environment"] = d.Environment,
        ["service"] = d.Service,
        ["version"] = d.Version,
        ["commit"] = d.Commit,
        ["repository"] = d.Repository,
        ["branch"] = d.Branch,
        ["author_name"] = d.AuthorName,
        ["author_email"] = d.AuthorEmail,
        ["started_at"] = Calendar.Time(d.StartedMs),
        ["ended_at"] = Calendar.Time(d.EndedMs),
        ["finished_at"] = Calendar.Time(d.FinishedMs),
        ["failed_at"] = Calendar.Time(d.FailedMs),
        ["rolled_back_at"] = Calendar.Time(d.RolledBackMs),
        ["suspect_probability"] = suspectProbability,
        ["first_event_at"] = Calendar.Time(d.FirstEventMs),
        ["last_event_at"] = Calendar.Time(d.LastEventMs),
    };
}
