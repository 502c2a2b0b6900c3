using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>The answer to one alert from a set of records, by product.md's What counts, Window, Scope and Candidates. Texts are left empty.</summary>
public static class NaiveAnswer
{
    public static Enrichment Of(AlertKey key, IReadOnlyList<LogRecord> applied, NaiveTables tables, OracleSettings settings, bool settled)
    {
        long a = key.OccurredAtMs;
        List<Alert> own = [.. applied.Where(r => Counts(r, key, settings)).Select(r => r.Alert).OfType<Alert>()];
        List<Deployment> events = [.. applied.Where(r => Counts(r, key, settings)).Select(r => r.Deployment).OfType<Deployment>()];
        NaiveAlert alert = NaiveAlert.Of(own);
        List<long> alertTeams = AlertTeams(key, alert, tables);
        bool claimed = tables.Pipelines(key.AccountId, a).Any(p => p.TeamIds.Any(alertTeams.Contains));
        long accountBefore = Cut(Own(tables.Account(key.AccountId, a)?.BeforeMs) ?? settings.BeforeMs);

        List<NaiveCandidate> near = [];
        foreach (IGrouping<(long, string), Deployment> of in events.GroupBy(e => (e.PipelineId, e.DeploymentId)))
        {
            NaiveDeployment deployment = NaiveDeployment.Of(of);
            DeploymentPipeline? pipeline = tables.Pipeline(key.AccountId, deployment.PipelineId, a);
            long before = Own(pipeline?.BeforeMs) is { } its ? Cut(its) : accountBefore;
            if (a - before <= deployment.EndMs && deployment.StartMs <= a + settings.AfterMs)
                near.Add(new NaiveCandidate(deployment, pipeline, before));
        }

        List<NaiveCandidate> inScope = [.. near.Where(c => !claimed || c.Pipeline is { } p && (p.Shared || p.TeamIds.Any(alertTeams.Contains)))];
        int hidden = near.Count - inScope.Count;
        var ranking = new NaiveRanking(inScope, a, alert.Service, alert.Environment, settings);
        bool none = inScope.Count == 0;
        return new Enrichment
        {
            AccountId = key.AccountId,
            AlertId = key.AlertId,
            AlertSummary = alert.Summary ?? "",
            AlertOccurredAtMs = a,
            Revision = own.Count + events.Count,
            Settled = settled,
            Outcome = none ? Outcome.NO_SUSPECT : Outcome.SUSPECTS,
            Reason = !none ? null : hidden > 0 ? NoSuspectReason.OUT_OF_SCOPE : NoSuspectReason.NOTHING_NEAR,
            Headline = "",
            Scope = claimed ? ScopeKind.TEAM : ScopeKind.ACCOUNT,
            TeamIds = [.. alertTeams],
            WindowFromMs = a - accountBefore,
            WindowToMs = a + settings.AfterMs,
            Considered = ranking.Considered,
            OutOfScope = hidden,
            ProbabilityNone = ranking.ProbabilityNone,
            Suspects = [.. ranking.Suspects.Take(settings.SuspectsMax)],
            Elsewhere = none ? [.. new NaiveRanking(near, a, alert.Service, alert.Environment, settings).Suspects.Take(3)] : [],
        };

        long Cut(long before) => Math.Min(before, settings.BeforeMaxMs);

        // A window of nothing is no window: the schema says > 0.
        static long? Own(long? before) => before > 0 ? before : null;
    }

    /// <summary>Whether an applied record is one of those the alert's answer is made from.</summary>
    public static bool Counts(LogRecord record, AlertKey key, OracleSettings settings)
    {
        long a = key.OccurredAtMs;
        if (record.Alert is { } alert)
            return AlertKey.Of(alert) == key && alert.UpdatedAtMs <= a + settings.SettleMs;
        return record.AccountId == key.AccountId && a - settings.BeforeMaxMs <= record.EventTimeMs && record.EventTimeMs <= a + settings.SettleMs;
    }

    private static List<long> AlertTeams(AlertKey key, NaiveAlert alert, NaiveTables tables)
    {
        AlertSource? source = alert.SourceId is { } sourceId ? tables.Source(key.AccountId, sourceId, key.OccurredAtMs) : null;
        long? policyId = alert.PolicyId ?? source?.EscalationPolicyId;
        EscalationPolicy? policy = policyId is { } id ? tables.Policy(key.AccountId, id, key.OccurredAtMs) : null;
        return [.. (source?.TeamIds ?? []).Concat(policy?.TeamIds ?? []).Concat(alert.TeamIds).Distinct().Order()];
    }

    /// <summary>An alert folded from its events: each field from the latest event that has it.</summary>
    private sealed record NaiveAlert(string? Summary, string? Service, string? Environment, long? SourceId, long? PolicyId, long[] TeamIds)
    {
        public static NaiveAlert Of(IEnumerable<Alert> events)
        {
            List<Alert> latestFirst = [.. events.OrderByDescending(e => e.UpdatedAtMs).ThenByDescending(e => e.EventId, StringComparer.Ordinal)];
            return new NaiveAlert(
                Text(e => e.Summary),
                Text(e => e.Service),
                Text(e => e.Environment),
                latestFirst.Select(e => e.AlertSourceId).FirstOrDefault(id => id is not null),
                latestFirst.Select(e => e.EscalationPolicyId).FirstOrDefault(id => id is not null),
                latestFirst.Select(e => e.TeamIds).FirstOrDefault(teams => teams.Length > 0) ?? []);

            string? Text(Func<Alert, string?> field) => latestFirst.Select(field).FirstOrDefault(text => !string.IsNullOrEmpty(text));
        }
    }
}
