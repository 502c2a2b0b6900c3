using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>suspects_by_pipeline, noisiest_pipelines.</summary>
internal static class PipelineViews
{
    public static IEnumerable<OracleRow> SuspectsByPipeline(OracleInput input)
    {
        var suspects =
            from answer in input.LatestAnswers
            from s in AnswerRows.Ranked(answer.Event)
            where !s.Elsewhere
            group (Answer: answer, s.Suspect, s.Rank) by (answer.Event.AccountId, Day: Calendar.Day(answer.Event.AlertOccurredAtMs), s.Suspect.PipelineId);
        foreach (var group in suspects)
        {
            yield return new OracleRow
            {
                ["account_id"] = group.Key.AccountId,
                ["day"] = group.Key.Day,
                ["pipeline_id"] = group.Key.PipelineId,
                ["pipeline_name"] = group.OrderBy(s => s.Answer.Event.AlertOccurredAtMs).ThenBy(s => s.Answer.Partition).ThenBy(s => s.Answer.Offset)
                    .ThenBy(s => s.Rank).Last().Suspect.PipelineName ?? "",
                ["alerts"] = CountAlerts(group),
                ["first_suspect"] = CountAlerts(group.Where(s => s.Rank == 1)),
                ["probable"] = CountAlerts(group.Where(s => s.Suspect.Probability >= 0.5)),
                ["expected_alerts"] = Math.Round(group.Sum(s => s.Suspect.Probability), 6),
                ["median_lag_seconds"] = Quantile.Median(group.Select(s => (double)s.Suspect.LagMs)) / 1000,
                ["mean_coincidence"] = Math.Round(group.Average(s => s.Suspect.Coincidence), 6),
            };
        }

        static int CountAlerts(IEnumerable<(Placed<Enrichment> Answer, Suspect, int)> suspects) =>
            suspects.Select(s => (s.Answer.Event.AlertOccurredAtMs, s.Answer.Event.AlertId)).Distinct().Count();
    }

    public static IEnumerable<OracleRow> NoisiestPipelines(OracleInput input)
    {
        var deployments = DeploymentViews.Days(input).ToLookup(d => (d.Deployment.AccountId, d.Day, d.Deployment.PipelineId));
        var alerts = SuspectsByPipeline(input).ToDictionary(row => ((string)row["account_id"]!, (DateOnly)row["day"]!, (long)row["pipeline_id"]!));
        foreach (var key in deployments.Select(d => d.Key).Union(alerts.Keys))
        {
            alerts.TryGetValue(key, out OracleRow? suspected);
            int all = (int?)suspected?["alerts"] ?? 0, probable = (int?)suspected?["probable"] ?? 0;
            yield return new OracleRow
            {
                ["account_id"] = key.Item1,
                ["day"] = key.Item2,
                ["pipeline_id"] = key.Item3,
                ["deployments"] = deployments[key].Count(),
                ["alerts"] = all,
                ["probable"] = probable,
                ["noise"] = all - probable,
            };
        }
    }
}
