namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>dora_daily: deployments by the day on which they finished, recoveries by the day of the alerts.</summary>
internal static class DoraView
{
    private readonly record struct Group(string AccountId, DateOnly Day, string Service, string Environment);

    private readonly record struct Finished(long AtMs, long? CommittedMs, bool HasFailed);

    public static IEnumerable<OracleRow> Rows(OracleInput input)
    {
        ILookup<Group, Finished> finished = FinishedDeployments(input);
        ILookup<Group, double> recoveries = Recoveries(input);
        foreach (Group group in finished.Select(g => g.Key).Union(recoveries.Select(g => g.Key)))
        {
            // The failed one last of those that finished at the same time.
            List<Finished> inOrder = [.. finished[group].OrderBy(d => d.AtMs).ThenBy(d => d.HasFailed)];
            int failed = inOrder.Count(d => d.HasFailed);
            int rework = inOrder.SkipLast(1).Count(predecessor => predecessor.HasFailed);
            yield return new OracleRow
            {
                ["account_id"] = group.AccountId,
                ["day"] = group.Day,
                ["service"] = group.Service,
                ["environment"] = group.Environment,
                ["deployments"] = inOrder.Count,
                ["failed_deployments"] = failed,
                ["change_fail_rate"] = inOrder.Count == 0 ? null : (double)failed / inOrder.Count,
                ["lead_time_seconds"] = Quantile.Median(inOrder.Where(d => d.CommittedMs is not null).Select(d => (d.AtMs - d.CommittedMs!.Value) / 1000.0)),
                ["recovered_deployments"] = recoveries[group].Count(),
                ["recovery_time_seconds"] = Quantile.Median(recoveries[group]),
                ["rework_deployments"] = rework,
                ["rework_rate"] = inOrder.Count == 0 ? null : (double)rework / inOrder.Count,
            };
        }
    }

    private static ILookup<Group, Finished> FinishedDeployments(OracleInput input)
    {
        List<(DateOnly Day, OracleDeployment Deployment)> days = [.. DeploymentViews.Days(input)];
        return days.Where(d => d.Deployment.FinishedMs is not null).ToLookup(
            d => new Group(d.Deployment.AccountId, d.Day, d.Deployment.Service, d.Deployment.Environment),
            d => new Finished(d.Deployment.FinishedMs!.Value, d.Deployment.CommittedMs, HasFailed(d.Day, d.Deployment)));

        bool HasFailed(DateOnly day, OracleDeployment d) =>
            d.FailedMs is not null
            || days.Any(other => other.Deployment.Id == d.Id && other.Day >= day && other.Deployment.RolledBackMs is not null)
            || DeploymentViews.SuspectProbability(input, d.Id, day: null) >= 0.5;
    }

    /// <summary>For each deployment that was probably the cause of resolved alerts of a day: seconds from its end to the last resolution.</summary>
    private static ILookup<Group, double> Recoveries(OracleInput input)
    {
        var causes =
            from answer in input.LatestAnswers
            where answer.Event.Settled
            from alert in OracleAlert.All(input)
            where alert.IsOf(answer.Event) && alert.ResolvedMs is not null
            from suspect in answer.Event.Suspects
            where suspect.Probability >= 0.5
            select (Suspect: suspect, alert.AccountId, alert.Day, ResolvedMs: alert.ResolvedMs!.Value);
        return causes
            .GroupBy(c => (Group: new Group(c.AccountId, c.Day, c.Suspect.Service ?? "", c.Suspect.Environment ?? ""), c.Suspect.PipelineId, c.Suspect.DeploymentId))
            .ToLookup(c => c.Key.Group, c => (c.Max(x => x.ResolvedMs) - (c.Max(x => x.Suspect.EndMs) ?? c.Min(x => x.Suspect.StartMs))) / 1000.0);
    }
}
