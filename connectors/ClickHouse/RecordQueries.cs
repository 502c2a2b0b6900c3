namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Rows for the properties of <see cref="RecordedRow"/>; a page at a time, in the order of a partition's offsets.</summary>
/// <remarks>
/// Of an event only what the join asks for. An unknown text comes back empty, which says nothing to the join either. Rows that are there twice until
/// parts are merged lie side by side in this order. Parameters: partition, after (the last offset of the page before), from (event time in ms), limit.
/// </remarks>
internal static class RecordQueries
{
    public const string Deployments = """
        SELECT
            account_id AS AccountId, event_id AS EventId, deployment_id AS DeploymentId, pipeline_id AS PipelineId, toString(kind) AS Kind, toString(status) AS Status, summary AS Summary,
            toUnixTimestamp64Milli(occurred_at) AS OccurredAtMs, toUnixTimestamp64Milli(started_at) AS StartedAtMs, toUnixTimestamp64Milli(finished_at) AS FinishedAtMs,
            toString(environment) AS Environment, toString(service) AS Service, version AS Version, commit AS Commit, toString(repository) AS Repository,
            arraySlice(links.href, 1, 1) AS LinkHrefs, toUnixTimestamp64Milli(arrived_at) AS ArrivedAtMs, kafka_offset AS KafkaOffset
        FROM deployment_events
        WHERE kafka_partition = {partition:Int32} AND kafka_offset > {after:Int64} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
            AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        ORDER BY kafka_offset LIMIT {limit:UInt32}
        """;

    public const string Alerts = """
        SELECT
            account_id AS AccountId, event_id AS EventId, alert_id AS AlertId, summary AS Summary,
            toUnixTimestamp64Milli(occurred_at) AS OccurredAtMs, toUnixTimestamp64Milli(updated_at) AS UpdatedAtMs,
            alert_source_id AS AlertSourceId, escalation_policy_id AS EscalationPolicyId, team_ids AS TeamIds, toString(service) AS Service, toString(environment) AS Environment,
            toUnixTimestamp64Milli(arrived_at) AS ArrivedAtMs, kafka_offset AS KafkaOffset
        FROM alert_events
        WHERE kafka_partition = {partition:Int32} AND kafka_offset > {after:Int64} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
            AND updated_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        ORDER BY kafka_offset LIMIT {limit:UInt32}
        """;

    /// <summary>Without teams, evidence and what the claim hid. Of the suspects each column is an array, the likeliest first.</summary>
    public const string Answers = """
        WITH page AS
        (
            SELECT kafka_offset
            FROM enrichment_revisions
            WHERE kafka_partition = {partition:Int32} AND kafka_offset > {after:Int64} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
                AND alert_occurred_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
            ORDER BY kafka_offset LIMIT {limit:UInt32}
        )
        SELECT
            account_id AS AccountId, alert_id AS AlertId, alert_summary AS AlertSummary, toUnixTimestamp64Milli(alert_occurred_at) AS AlertOccurredAtMs,
            revision AS Revision, settled AS Settled, toString(outcome) AS Outcome, toString(reason) AS Reason, headline AS Headline, toString(scope) AS Scope,
            toUnixTimestamp64Milli(window_from) AS WindowFromMs, toUnixTimestamp64Milli(window_to) AS WindowToMs,
            considered AS Considered, out_of_scope AS OutOfScope, probability_none AS ProbabilityNone,
            arrayMap(s -> s.2, found.suspects) AS DeploymentIds, arrayMap(s -> s.3, found.suspects) AS PipelineIds, arrayMap(s -> s.4, found.suspects) AS PipelineNames,
            arrayMap(s -> s.5, found.suspects) AS Kinds, arrayMap(s -> s.6, found.suspects) AS Statuses, arrayMap(s -> s.7, found.suspects) AS Summaries,
            arrayMap(s -> s.8, found.suspects) AS Starts, arrayMap(s -> s.9, found.suspects) AS Ends, arrayMap(s -> s.10, found.suspects) AS Lags,
            arrayMap(s -> s.11, found.suspects) AS Relations, arrayMap(s -> s.12, found.suspects) AS Probabilities, arrayMap(s -> s.13, found.suspects) AS Coincidences,
            arrayMap(s -> s.14, found.suspects) AS LifelineIds, arrayMap(s -> s.15, found.suspects) AS LifelineTimes, answer.kafka_offset AS KafkaOffset
        FROM enrichment_revisions AS answer
        LEFT JOIN
        (
            SELECT kafka_offset, arraySort(s -> s.1, groupUniqArray((rank, deployment_id, pipeline_id, toString(pipeline_name), toString(kind), toString(status), summary,
                toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(ended_at), lag_ms, toString(relation), probability, coincidence,
                lifeline.deployment_id, arrayMap(at -> toUnixTimestamp64Milli(at), lifeline.occurred_at)))) AS suspects
            FROM enrichment_suspects
            WHERE kafka_partition = {partition:Int32} AND NOT elsewhere AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND kafka_offset IN (page)
            GROUP BY kafka_offset
        ) AS found ON found.kafka_offset = answer.kafka_offset
        WHERE kafka_partition = {partition:Int32} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND answer.kafka_offset IN (page)
        ORDER BY KafkaOffset
        """;

    /// <summary>Parameters: account (empty for all of them), from.</summary>
    public const string Partitions = """
        SELECT DISTINCT kafka_partition AS Partition
        FROM alert_events
        WHERE ({account:String} = '' OR account_id = {account:String}) AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
        ORDER BY kafka_partition
        """;
}
