-- How often do the first answer and the last differ?
--
-- Of the alerts whose answer is settled: other_first_suspect are those whose first suspect was another at first (or none, or one only then); other_outcome those
-- where the first answer had suspects and the last none, or the other way round. share = other_first_suspect / settled_alerts. Much of it means events that come late.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @first-and-last-answer.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file first-and-last-answer.sql
SELECT
    count() AS settled_alerts,
    countIf(r.first_suspect != r.last_suspect) AS other_first_suspect,
    countIf(empty(r.first_suspect) != empty(r.last_suspect)) AS other_outcome,
    if(settled_alerts = 0, NULL, other_first_suspect / settled_alerts) AS share
FROM
(
    SELECT
        argMin(a.suspect, (a.arrived_at, a.kafka_partition, a.kafka_offset)) AS first_suspect,
        argMax(a.suspect, (a.revision, a.settled, a.kafka_offset)) AS last_suspect
    FROM
    (
        SELECT
            e.alert_occurred_at AS alert_occurred_at,
            e.alert_id AS alert_id,
            e.arrived_at AS arrived_at,
            e.revision AS revision,
            e.settled AS settled,
            e.kafka_partition AS kafka_partition,
            e.kafka_offset AS kafka_offset,
            if(ifNull(s.deployment_id, '') = '', '', concat(toString(s.pipeline_id), '/', s.deployment_id)) AS suspect
        FROM enrichment_revisions AS e
        LEFT ANY JOIN
        (
            SELECT kafka_partition, kafka_offset, pipeline_id, deployment_id
            FROM enrichment_suspects
            WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND rank = 1 AND NOT elsewhere
        ) AS s ON e.kafka_partition = s.kafka_partition AND e.kafka_offset = s.kafka_offset
        WHERE e.account_id = {account:String} AND e.day BETWEEN {from:Date} AND {to:Date}
    ) AS a
    GROUP BY a.alert_occurred_at, a.alert_id
    HAVING max(a.settled)
) AS r
