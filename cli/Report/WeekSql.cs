namespace StreamDeploy.Cli.Report;

/// <summary>The questions behind the report; parameters account, from, to and environment. All read account and days only.</summary>
internal static class WeekSql
{
    private const string Days = "account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}";

    public const string IsKnown = """
        SELECT count() AS known FROM
        (
            SELECT 1 FROM activity_daily WHERE account_id = {account:String} LIMIT 1
            UNION ALL SELECT 1 FROM alert_states WHERE account_id = {account:String} LIMIT 1
            UNION ALL SELECT 1 FROM dead_letters WHERE account_id = {account:String} LIMIT 1
        )
        """;

    public const string SomeAccounts = "SELECT account_id FROM (SELECT account_id FROM activity_daily UNION ALL SELECT account_id FROM alert_states) GROUP BY account_id ORDER BY account_id LIMIT 10";

    /// <remarks>A rollback may come days later, and a deployment over midnight has a row for each day; it counts where it started. A push, merge or release is not live.</remarks>
    public const string Deployments = """
        SELECT toDate(d.began, 'UTC') AS day, d.now AS status, toUInt32(count()) AS count FROM
        (
            SELECT minIf(r.started_at, isNull(r.rolled_back_at) OR r.rolled_back_at > r.started_at) AS began, toString(argMax(r.status, r.day)) AS now
            FROM deployment_days AS r
            WHERE account_id = {account:String} AND day BETWEEN {from:Date} - 1 AND {to:Date} + 7 AND kind NOT IN ('PUSH', 'MERGE', 'RELEASE')
            GROUP BY pipeline_id, deployment_id
        ) AS d
        WHERE toDate(d.began, 'UTC') BETWEEN {from:Date} AND {to:Date}
        GROUP BY day, status
        ORDER BY day, status
        """;

    public const string Dora = $$"""
        SELECT toUInt32(s.deployments) AS deployments, toUInt32(s.failed) AS failed, toUInt32(s.rework) AS rework, l.lead_time_seconds AS lead_time_seconds,
            toUInt32(r.recovered) AS recovered, r.recovery_seconds AS recovery_seconds
        FROM (SELECT sum(d.deployments) AS deployments, sum(d.failed_deployments) AS failed, sum(d.rework_deployments) AS rework FROM dora_daily AS d WHERE {{Days}} AND environment = {environment:String}) AS s,
        (
            SELECT quantileExactInclusiveOrNull(0.5)(dateDiff('millisecond', committed_at, finished_at) / 1000) AS lead_time_seconds
            FROM deployment_days WHERE {{Days}} AND environment = {environment:String} AND isNotNull(finished_at)
        ) AS l,
        (
            SELECT count() AS recovered, quantileExactInclusiveOrNull(0.5)(c.seconds) AS recovery_seconds
            FROM ({{Recovered}} HAVING x.environment = {environment:String}) AS c
        ) AS r
        """;

    public const string Recoveries = $"SELECT deployment_id, c.summary AS summary, c.service AS service, c.alert_summary AS alert_summary, c.seconds AS seconds, c.link AS link FROM ({Recovered}) AS c ORDER BY seconds DESC, deployment_id LIMIT 10";

    /// <remarks>Ends with its GROUP BY: a HAVING may follow.</remarks>
    private const string Recovered = $$"""
        SELECT deployment_id, any(x.summary) AS summary, any(x.service) AS service, argMax(x.alert_summary, x.seconds) AS alert_summary, max(x.seconds) AS seconds, any(x.link) AS link FROM
        (
            SELECT s.pipeline_id AS pipeline_id, s.deployment_id AS deployment_id, s.summary AS summary, s.service AS service, s.environment AS environment, s.day AS day, s.link AS link,
                a.summary AS alert_summary, dateDiff('millisecond', coalesce(s.ended_at, s.started_at), assumeNotNull(a.resolved_at)) / 1000 AS seconds
            FROM (SELECT * FROM suspects WHERE {{Days}} AND settled AND NOT elsewhere AND probability >= 0.5) AS s
            INNER JOIN (SELECT * FROM alerts WHERE {{Days}} AND isNotNull(resolved_at)) AS a ON s.alert_occurred_at = a.occurred_at AND s.alert_id = a.alert_id
        ) AS x
        GROUP BY x.pipeline_id, x.deployment_id, x.day, x.environment
        """;

    public const string Alerts = $$"""
        SELECT toUInt32(count()) AS alerts, toUInt32(countIf(a.priority = 'HIGH')) AS high, toUInt32(countIf(a.status = 'RESOLVED')) AS resolved,
            toUInt32(countIf(e.outcome = 'SUSPECTS')) AS with_suspect, toUInt32(countIf(e.reason = 'NOTHING_NEAR')) AS nothing_near, toUInt32(countIf(e.reason = 'OUT_OF_SCOPE')) AS hidden,
            toUInt32(countIf(e.settled)) AS settled, quantileExactInclusiveIfOrNull(0.5)(e.ms, e.outcome != '') / 1000 AS median_seconds,
            quantileExactInclusiveIfOrNull(0.95)(e.ms, e.outcome != '') / 1000 AS p95_seconds
        FROM (SELECT * FROM alerts WHERE {{Days}}) AS a
        LEFT ANY JOIN
        (
            SELECT c.alert_occurred_at AS alert_occurred_at, c.alert_id AS alert_id, c.outcome AS outcome, c.reason AS reason, c.settled AS settled, dateDiff('millisecond', b.first_arrived_at, f.first_at) AS ms
            FROM (SELECT * FROM enrichments WHERE {{Days}}) AS c
            INNER JOIN (SELECT alert_occurred_at, alert_id, min(arrived_at) AS first_at FROM enrichment_revisions WHERE {{Days}} GROUP BY alert_occurred_at, alert_id) AS f
                ON c.alert_occurred_at = f.alert_occurred_at AND c.alert_id = f.alert_id
            INNER JOIN (SELECT occurred_at, alert_id, first_arrived_at FROM alerts WHERE {{Days}}) AS b ON c.alert_occurred_at = b.occurred_at AND c.alert_id = b.alert_id
        ) AS e ON a.occurred_at = e.alert_occurred_at AND a.alert_id = e.alert_id
        """;

    /// <remarks>A profile may have join_use_nulls, which makes nulls of what has no partner.</remarks>
    public const string AlertLines = $$"""
        SELECT toUnixTimestamp64Milli(a.occurred_at) AS raised_at_ms, a.alert_id AS alert_id, a.summary AS summary, toString(a.priority) AS priority, toString(a.status) AS status, a.link AS link,
            ifNull(toString(if(e.reason = '', e.outcome, e.reason)), '') AS outcome, ifNull(s.summary, '') AS suspect, ifNull(s.link, '') AS suspect_link, ifNull(s.probability, 0) AS probability
        FROM (SELECT * FROM alerts WHERE {{Days}}) AS a
        LEFT ANY JOIN (SELECT * FROM enrichments WHERE {{Days}}) AS e ON a.occurred_at = e.alert_occurred_at AND a.alert_id = e.alert_id
        LEFT ANY JOIN (SELECT * FROM suspects WHERE {{Days}} AND rank = 1 AND NOT elsewhere) AS s ON a.occurred_at = s.alert_occurred_at AND a.alert_id = s.alert_id
        ORDER BY a.priority != 'HIGH', a.occurred_at, a.alert_id
        LIMIT 50
        """;

    public const string Pipelines = $"""
        SELECT pipeline_id, toString(argMax(p.pipeline_name, p.day)) AS name, toUInt32(sum(p.alerts)) AS alerts, toUInt32(sum(p.first_suspect)) AS first_suspect,
            toUInt32(sum(p.probable)) AS probable, sum(p.expected_alerts) AS expected_alerts
        FROM suspects_by_pipeline AS p WHERE {Days}
        GROUP BY pipeline_id ORDER BY expected_alerts DESC, pipeline_id LIMIT 10
        """;

    public const string Claims = $"""
        SELECT team_id, toUInt32(sum(c.alerts)) AS alerts, toUInt32(sum(c.alerts_with_hidden)) AS alerts_with_hidden, toUInt32(sum(c.hidden_deployments)) AS hidden_deployments,
            toUInt32(sum(c.left_without_suspect)) AS left_without_suspect, toUInt32(sum(c.hidden_probable)) AS hidden_probable
        FROM claims AS c WHERE {Days}
        GROUP BY team_id ORDER BY hidden_deployments DESC, team_id LIMIT 50
        """;

    public const string Rejected = $"""
        SELECT toString(topic) AS topic, toString(reason) AS reason, toString(reader) AS reader, toUInt32(sum(l.records)) AS records, argMax(l.last_error, l.last_at) AS last_error
        FROM late_and_rejected AS l WHERE {Days}
        GROUP BY topic, reason, reader ORDER BY records DESC, topic, reason, reader LIMIT 50
        """;
}
