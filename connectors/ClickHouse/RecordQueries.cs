namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Rows back as the records they were, under the names of the schemas; a page at a time, in the order of a partition's offsets.</summary>
/// <remarks>
/// Of an event only what the join asks for. An unknown text comes back empty, which says nothing to the join either. Rows that are there twice until
/// parts are merged lie side by side in this order. Parameters: partition, after (the last offset of the page before), from (event time in ms), limit.
/// </remarks>
internal static class RecordQueries
{
    public const string Deployments = """
        SELECT
            account_id AS accountId, event_id AS eventId, deployment_id AS deploymentId, pipeline_id AS pipelineId, kind, status, summary,
            toUnixTimestamp64Milli(occurred_at) AS occurredAt, toUnixTimestamp64Milli(started_at) AS startedAt, toUnixTimestamp64Milli(finished_at) AS finishedAt,
            environment, service, version, commit, repository,
            arrayMap(href -> CAST(tuple(href), 'Tuple(href String)'), arraySlice(links.href, 1, 1)) AS links,
            toUnixTimestamp64Milli(arrived_at) AS arrivedAt, kafka_offset AS kafkaOffset
        FROM deployment_events
        WHERE kafka_partition = {partition:Int32} AND kafka_offset > {after:Int64} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
            AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        ORDER BY kafka_offset LIMIT {limit:UInt32}
        """ + Format;

    public const string Alerts = """
        SELECT
            account_id AS accountId, event_id AS eventId, alert_id AS alertId, summary,
            toUnixTimestamp64Milli(occurred_at) AS occurredAt, toUnixTimestamp64Milli(updated_at) AS updatedAt,
            alert_source_id AS alertSourceId, escalation_policy_id AS escalationPolicyId, team_ids AS teamIds, service, environment,
            toUnixTimestamp64Milli(arrived_at) AS arrivedAt, kafka_offset AS kafkaOffset
        FROM alert_events
        WHERE kafka_partition = {partition:Int32} AND kafka_offset > {after:Int64} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
            AND updated_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        ORDER BY kafka_offset LIMIT {limit:UInt32}
        """ + Format;

    /// <summary>Without teams, evidence and what the claim hid.</summary>
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
            account_id AS accountId, alert_id AS alertId, alert_summary AS alertSummary, toUnixTimestamp64Milli(alert_occurred_at) AS alertOccurredAt,
            revision, settled, outcome, nullIf(reason, '') AS reason, headline, scope,
            toUnixTimestamp64Milli(window_from) AS windowFrom, toUnixTimestamp64Milli(window_to) AS windowTo,
            considered, out_of_scope AS outOfScope, probability_none AS probabilityNone, found.suspects AS suspects, answer.kafka_offset AS kafkaOffset
        FROM enrichment_revisions AS answer
        LEFT JOIN
        (
            SELECT kafka_offset, arrayMap(ranked -> ranked.2, arraySort(ranked -> ranked.1, groupUniqArray((rank, suspect)))) AS suspects
            FROM
            (
                SELECT kafka_offset, rank, CAST(
                    tuple(deployment_id, pipeline_id, nullIf(toString(pipeline_name), ''), toString(kind), toString(status), summary, toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(ended_at),
                        lag_ms, toString(relation), probability, coincidence,
                        arrayMap((id, at) -> tuple(id, toUnixTimestamp64Milli(at)), lifeline.deployment_id, lifeline.occurred_at)),
                    'Tuple(deploymentId String, pipelineId Int64, pipelineName Nullable(String), kind String, status String, summary String, `start` Int64, `end` Nullable(Int64),
                        lagMs Int64, relation String, probability Float64, coincidence Float64, lifeline Array(Tuple(deploymentId String, occurredAt Int64)))') AS suspect
                FROM enrichment_suspects
                WHERE kafka_partition = {partition:Int32} AND NOT elsewhere AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND kafka_offset IN (page)
            )
            GROUP BY kafka_offset
        ) AS found ON found.kafka_offset = answer.kafka_offset
        WHERE kafka_partition = {partition:Int32} AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND answer.kafka_offset IN (page)
        ORDER BY kafkaOffset
        """ + Format;

    /// <summary>Parameters: account (empty for all of them), from.</summary>
    public const string Partitions = """
        SELECT DISTINCT kafka_partition
        FROM alert_events
        WHERE ({account:String} = '' OR account_id = {account:String}) AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
        ORDER BY kafka_partition
        FORMAT TabSeparated
        """;

    private const string Format = "\nFORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_named_tuples_as_objects = 1";
}
