CREATE TABLE IF NOT EXISTS activity_daily
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of occurred_at',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN',
    deployments AggregateFunction(uniq, String) COMMENT 'Distinct deployment_id',
    events AggregateFunction(uniq, String) COMMENT 'Distinct event_id',
    last_event_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Event time of the last'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (account_id, day, pipeline_id, kind, status)
COMMENT 'What the view pipeline_activity reads: a row a day for years of dashboards. Distinct values only, so that a row inserted twice changes nothing.';

CREATE MATERIALIZED VIEW IF NOT EXISTS deployment_events_to_activity TO activity_daily AS
SELECT account_id, day, pipeline_id, kind, status, uniqState(deployment_id) AS deployments, uniqState(event_id) AS events, max(occurred_at) AS last_event_at
FROM deployment_events
GROUP BY account_id, day, pipeline_id, kind, status
COMMENT 'Feeds activity_daily.';

CREATE OR REPLACE VIEW pipeline_activity
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the events',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN',
    deployments UInt64 COMMENT 'Distinct deployments with such an event',
    events UInt64 COMMENT 'Distinct such events',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last'
)
AS
SELECT account_id, day, pipeline_id, kind, status, uniqMerge(a.deployments) AS deployments, uniqMerge(a.events) AS events, max(a.last_event_at) AS last_event_at
FROM activity_daily AS a
GROUP BY account_id, day, pipeline_id, kind, status
COMMENT 'How much came in from each pipeline on each day, and when something was last heard of it. deployments and events are ClickHouse''s uniq: exact up to some ten thousand, beyond that within about 1 %.';

CREATE OR REPLACE VIEW dora_daily
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day on which the deployments finished; for the recovery time, on which the alerts were raised',
    service String COMMENT 'Empty: unknown',
    environment String COMMENT 'Such as production; empty: unknown',
    deployments UInt64 COMMENT 'Deployments that finished: SUCCEEDED or FAILED',
    failed_deployments UInt64 COMMENT 'Those of them that failed: FAILED on that day, or ROLLED_BACK on that day or later, or with probability 0.5 or more the cause of an alert by a settled answer',
    change_fail_rate Nullable(Float64) COMMENT 'failed_deployments / deployments; null: none finished',
    lead_time_seconds Nullable(Float64) COMMENT 'Change lead time: median from committed_at to the end, of the deployments whose commit time is known',
    recovered_deployments UInt64 COMMENT 'Deployments that were with probability 0.5 or more the cause of an alert which is resolved',
    recovery_time_seconds Nullable(Float64) COMMENT 'Failed deployment recovery time: median of recovered_deployments, from the end of the deployment (the start of one that was running) to the last resolved_at of such alerts of the day',
    rework_deployments UInt64 COMMENT 'Deployments whose predecessor of the same service, environment and day failed; of those that finished at the same time the failed ones are the last',
    rework_rate Nullable(Float64) COMMENT 'rework_deployments / deployments; null: none finished'
)
AS
SELECT
    account_id,
    day,
    service,
    environment,
    sum(p.finished) AS deployments,
    sum(p.failed) AS failed_deployments,
    if(deployments = 0, NULL, failed_deployments / deployments) AS change_fail_rate,
    max(p.lead_time) AS lead_time_seconds,
    sum(p.recovered) AS recovered_deployments,
    max(p.recovery_time) AS recovery_time_seconds,
    sum(p.rework) AS rework_deployments,
    if(deployments = 0, NULL, rework_deployments / deployments) AS rework_rate
FROM
(
    SELECT
        account_id,
        day,
        service,
        environment,
        count() AS finished,
        countIf(has_failed) AS failed,
        quantileExactInclusiveOrNull(0.5)(dateDiff('millisecond', committed_at, finished_at) / 1000) AS lead_time,
        toUInt64(0) AS recovered,
        CAST(NULL, 'Nullable(Float64)') AS recovery_time,
        arraySort(groupArray((finished_at, has_failed))) AS in_order,
        toUInt64(arrayCount((next, previous) -> previous.2, arrayPopFront(in_order), arrayPopBack(in_order))) AS rework
    FROM
    (
        SELECT d.account_id AS account_id, d.day AS day, d.service AS service, d.environment AS environment,
            d.committed_at AS committed_at, d.finished_at AS finished_at, isNotNull(d.failed_at) OR ifNull(bad.last_rollback >= d.day, false) OR ifNull(bad.probability >= 0.5, false) AS has_failed
        FROM deployment_days AS d
        LEFT ANY JOIN
        (
            SELECT account_id, pipeline_id, deployment_id, maxOrNullIf(day, isNotNull(rolled_back_at)) AS last_rollback, max(suspect_probability) AS probability
            FROM deployment_states
            WHERE isNotNull(rolled_back_at) OR suspect_probability >= 0.5
            GROUP BY account_id, pipeline_id, deployment_id
        ) AS bad ON d.account_id = bad.account_id AND d.pipeline_id = bad.pipeline_id AND d.deployment_id = bad.deployment_id
        WHERE isNotNull(d.finished_at)
    )
    GROUP BY account_id, day, service, environment
    UNION ALL
    SELECT account_id, day, service, environment, 0, 0, NULL, count(), quantileExactInclusive(0.5)(seconds), [], 0
    FROM
    (
        SELECT s.account_id AS account_id, s.day AS day, s.service AS service, s.environment AS environment,
            dateDiff('millisecond', coalesce(max(s.ended_at), min(s.started_at)), max(assumeNotNull(a.resolved_at))) / 1000 AS seconds
        FROM suspects AS s
        INNER JOIN alerts AS a ON s.account_id = a.account_id AND s.day = a.day AND s.alert_occurred_at = a.occurred_at AND s.alert_id = a.alert_id
        WHERE s.settled AND NOT s.elsewhere AND s.probability >= 0.5 AND isNotNull(a.resolved_at)
        GROUP BY s.account_id, s.day, s.service, s.environment, s.pipeline_id, s.deployment_id
    )
    GROUP BY account_id, day, service, environment
) AS p
GROUP BY account_id, day, service, environment
COMMENT 'DORA''s software delivery metrics of 2024 for each day, service and environment: deployment frequency (deployments), change lead time, change fail rate, failed deployment recovery time, rework rate. Filter by account_id and day, and for the usual reading by environment. Rates of a longer span: sum(failed_deployments) / sum(deployments).';

CREATE OR REPLACE VIEW suspects_by_pipeline
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the alert',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    pipeline_name String COMMENT 'Its name at the last of these alerts',
    alerts UInt64 COMMENT 'Alerts whose latest answer has a change of it among the suspects',
    first_suspect UInt64 COMMENT 'Of these, those where it is the first suspect',
    probable UInt64 COMMENT 'Of these, those where its probability is 0.5 or more',
    expected_alerts Float64 COMMENT 'Sum of the probabilities: how many alerts it is expected to have caused',
    median_lag_seconds Float64 COMMENT 'From the end of the change to the alert',
    mean_coincidence Float64 COMMENT 'How likely it was to be that close by chance'
)
AS
SELECT
    account_id,
    day,
    pipeline_id,
    argMax(s.pipeline_name, (s.alert_occurred_at, s.kafka_partition, s.kafka_offset, s.rank)) AS pipeline_name,
    uniqExact(s.alert_occurred_at, s.alert_id) AS alerts,
    uniqExactIf((s.alert_occurred_at, s.alert_id), s.rank = 1) AS first_suspect,
    uniqExactIf((s.alert_occurred_at, s.alert_id), s.probability >= 0.5) AS probable,
    round(sum(s.probability), 6) AS expected_alerts,
    quantileExactInclusive(0.5)(s.lag_ms) / 1000 AS median_lag_seconds,
    round(avg(s.coincidence), 6) AS mean_coincidence
FROM suspects AS s
WHERE NOT s.elsewhere
GROUP BY account_id, day, pipeline_id
COMMENT 'Which pipelines are suspected, how often and how much, by the latest answers. expected_alerts = sum(probability) over all its suspects.';

CREATE OR REPLACE VIEW alerts_without_suspect
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the alert',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was raised',
    alert_id String COMMENT 'With occurred_at, one raising of an alert',
    summary String COMMENT 'The alert in one line',
    priority LowCardinality(String) COMMENT 'HIGH, LOW or the source''s own scale',
    status LowCardinality(String) COMMENT 'OPEN, ACCEPTED, RESOLVED or UNKNOWN',
    alert_source_id Nullable(Int64) COMMENT 'Null: unknown',
    service String COMMENT 'Empty: unknown',
    team_ids Array(Int64) COMMENT 'The alert''s teams',
    reason LowCardinality(String) COMMENT 'NOTHING_NEAR, or OUT_OF_SCOPE where a claim hid all there was',
    out_of_scope Int32 COMMENT 'Deployments near the alert that a claim hid',
    settled Bool COMMENT 'True: it stays so'
)
AS
SELECT a.account_id AS account_id, a.day AS day, a.occurred_at AS occurred_at, a.alert_id AS alert_id, a.summary AS summary, a.priority AS priority, a.status AS status,
    a.alert_source_id AS alert_source_id, a.service AS service, e.team_ids AS team_ids, e.reason AS reason, e.out_of_scope AS out_of_scope, e.settled AS settled
FROM alerts AS a
INNER JOIN enrichments AS e ON a.account_id = e.account_id AND a.day = e.day AND a.occurred_at = e.alert_occurred_at AND a.alert_id = e.alert_id
WHERE e.outcome = 'NO_SUSPECT'
COMMENT 'Alerts whose latest answer names no change, and why.';

CREATE OR REPLACE VIEW claims
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the alert',
    team_id Int64 COMMENT 'The team that claims',
    alerts UInt64 COMMENT 'Its alerts that were answered within its claim',
    alerts_with_hidden UInt64 COMMENT 'Of these, those near which the claim hid a deployment',
    hidden_deployments UInt64 COMMENT 'How many deployments it hid',
    left_without_suspect UInt64 COMMENT 'Alerts that have no suspect because of it',
    hidden_probable UInt64 COMMENT 'Alerts where the best of what the claim hid would have had probability 0.5 or more'
)
AS
SELECT
    account_id,
    day,
    team_id,
    count() AS alerts,
    countIf(c.out_of_scope > 0) AS alerts_with_hidden,
    toUInt64(sum(c.out_of_scope)) AS hidden_deployments,
    countIf(c.reason = 'OUT_OF_SCOPE') AS left_without_suspect,
    countIf(c.hidden_probability >= 0.5) AS hidden_probable
FROM
(
    SELECT e.account_id AS account_id, e.day AS day, arrayJoin(arrayDistinct(e.team_ids)) AS team_id, e.out_of_scope AS out_of_scope, e.reason AS reason, ifNull(hidden.probability, 0) AS hidden_probability
    FROM enrichments AS e
    LEFT ANY JOIN (SELECT account_id, day, alert_occurred_at, alert_id, probability FROM suspects WHERE elsewhere AND rank = 1) AS hidden
        ON e.account_id = hidden.account_id AND e.day = hidden.day AND e.alert_occurred_at = hidden.alert_occurred_at AND e.alert_id = hidden.alert_id
    WHERE e.scope = 'TEAM'
) AS c
GROUP BY account_id, day, team_id
COMMENT 'What the claim of each team hid, by the latest answers. An alert of two teams counts for both.';

CREATE OR REPLACE VIEW late_and_rejected
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day on which the records were set aside',
    topic LowCardinality(String) COMMENT 'Where they were read from',
    reason LowCardinality(String) COMMENT 'LATE, IMPOSSIBLE_TIME, MISSING_ID, NOT_AVRO, UNKNOWN_SCHEMA, ...',
    reader LowCardinality(String) COMMENT 'Who set them aside: worker or history',
    records UInt64 COMMENT 'Distinct records',
    last_at DateTime64(3, 'UTC') COMMENT 'When the last was set aside',
    last_error String COMMENT 'What is wrong with the last, in words'
)
AS
SELECT account_id, day, topic, reason, reader, uniqExact(l.record_partition, l.record_offset, l.record_arrived_at) AS records, max(l.arrived_at) AS last_at,
    argMax(l.error, (l.arrived_at, l.kafka_partition, l.kafka_offset)) AS last_error
FROM dead_letters AS l FINAL
GROUP BY account_id, day, topic, reason, reader
COMMENT 'Records that could not be used, by reason. LATE: the producer was later than the grace period allows.';

CREATE OR REPLACE VIEW noisiest_pipelines
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the deployments and of the alerts',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployments UInt64 COMMENT 'Deployments on which something happened that day',
    alerts UInt64 COMMENT 'Alerts whose latest answer has a change of it among the suspects',
    probable UInt64 COMMENT 'Of these, those where its probability is 0.5 or more',
    noise UInt64 COMMENT 'alerts - probable: how often it stood in an answer without being the likely cause'
)
AS
SELECT account_id, day, pipeline_id, sum(p.deployments) AS deployments, sum(p.alerts) AS alerts, sum(p.probable) AS probable, sum(p.alerts) - sum(p.probable) AS noise
FROM
(
    SELECT account_id, day, pipeline_id, count() AS deployments, toUInt64(0) AS alerts, toUInt64(0) AS probable FROM deployment_days GROUP BY account_id, day, pipeline_id
    UNION ALL
    SELECT account_id, day, pipeline_id, 0, s.alerts, s.probable FROM suspects_by_pipeline AS s
) AS p
GROUP BY account_id, day, pipeline_id
COMMENT 'Pipelines that often stand in answers without being the likely cause: order by noise. noise = alerts - probable.';

CREATE OR REPLACE VIEW time_to_answer
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the alert',
    alerts UInt64 COMMENT 'Alerts that have an answer',
    median_seconds Float64 COMMENT 'From the arrival of the alert''s first event in Kafka to that of the first answer',
    p95_seconds Float64 COMMENT 'The same, 95 % of alerts are answered faster',
    settled_alerts UInt64 COMMENT 'Alerts whose answer is settled',
    median_settled_seconds Nullable(Float64) COMMENT 'From the arrival of the alert to that of the settled answer',
    revised_alerts UInt64 COMMENT 'Alerts with more than one answer; the same revision twice is one, if not settled in between'
)
AS
SELECT
    account_id,
    day,
    count() AS alerts,
    quantileExactInclusive(0.5)(t.first_ms) / 1000 AS median_seconds,
    quantileExactInclusive(0.95)(t.first_ms) / 1000 AS p95_seconds,
    countIf(isNotNull(t.settled_ms)) AS settled_alerts,
    quantileExactInclusiveOrNull(0.5)(t.settled_ms) / 1000 AS median_settled_seconds,
    countIf(t.answers > 1) AS revised_alerts
FROM
(
    SELECT r.account_id AS account_id, r.day AS day, dateDiff('millisecond', a.first_arrived_at, r.first_at) AS first_ms, dateDiff('millisecond', a.first_arrived_at, r.settled_at) AS settled_ms, r.answers AS answers
    FROM
    (
        SELECT account_id, day, alert_occurred_at, alert_id, min(arrived_at) AS first_at, minOrNullIf(arrived_at, settled) AS settled_at, uniqExact(revision, settled) AS answers
        FROM enrichment_revisions
        GROUP BY account_id, day, alert_occurred_at, alert_id
    ) AS r
    INNER JOIN alerts AS a ON r.account_id = a.account_id AND r.day = a.day AND r.alert_occurred_at = a.occurred_at AND r.alert_id = a.alert_id
) AS t
GROUP BY account_id, day
COMMENT 'How fast alerts are answered.';

CREATE OR REPLACE VIEW candidates
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of the alert',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised',
    alert_id String COMMENT 'The alert',
    alert_summary String COMMENT 'The alert in one line',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployment_id String COMMENT 'The deployment near the alert',
    kind LowCardinality(String) COMMENT 'What sort of change',
    status LowCardinality(String) COMMENT 'How far it is, by the end of the day after the alert',
    summary String COMMENT 'The change in one line',
    service String COMMENT 'Empty: unknown',
    environment String COMMENT 'Empty: unknown',
    started_at DateTime64(3, 'UTC') COMMENT 'Its start',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Its end; null: it is running by the end of the day after the alert',
    lag_ms Int64 COMMENT 'From its end to the alert; 0: the alert fell inside it; negative: it started after the alert',
    role LowCardinality(String) COMMENT 'SUSPECT; HIDDEN: a claim hid it, and it is the best of what was hidden; OTHER: it is not in the answer, because the claim hid it, another deployment stands for its change, or it was not among the best',
    rank UInt16 COMMENT 'Its place in the answer; 0: none',
    probability Float64 COMMENT 'As in the answer; 0: it is not in it'
)
AS
SELECT
    n.account_id AS account_id, n.day AS day, n.alert_occurred_at AS alert_occurred_at, n.alert_id AS alert_id, n.alert_summary AS alert_summary, n.pipeline_id AS pipeline_id, n.deployment_id AS deployment_id,
    n.kind AS kind, n.status AS status, n.summary AS summary, n.service AS service, n.environment AS environment, n.started_at AS started_at, n.ended_at AS ended_at,
    multiIf(n.started_at > n.alert_occurred_at, dateDiff('millisecond', n.started_at, n.alert_occurred_at),
        isNotNull(n.ended_at) AND n.ended_at < n.alert_occurred_at, dateDiff('millisecond', assumeNotNull(n.ended_at), n.alert_occurred_at), 0) AS lag_ms,
    toLowCardinality(multiIf(ifNull(s.rank, 0) = 0, 'OTHER', s.elsewhere, 'HIDDEN', 'SUSPECT')) AS role,
    ifNull(s.rank, 0) AS rank,
    ifNull(s.probability, 0) AS probability
FROM
(
    SELECT e.account_id AS account_id, e.day AS day, e.alert_occurred_at AS alert_occurred_at, e.alert_id AS alert_id, e.alert_summary AS alert_summary, d.pipeline_id AS pipeline_id, d.deployment_id AS deployment_id,
        d.kind AS kind, d.status AS status, d.summary AS summary, d.service AS service, d.environment AS environment, d.started_at AS started_at, d.ended_at AS ended_at
    FROM
    (
        SELECT account_id, alert_day, pipeline_id, deployment_id,
            toLowCardinality(substring(max(s.kind), 9)) AS kind, toLowCardinality(substring(max(s.status), 9)) AS status, substring(max(s.summary), 9) AS summary,
            substring(max(s.service), 9) AS service, substring(max(s.environment), 9) AS environment,
            assumeNotNull(coalesce(min(s.started_at), min(s.rolled_back_at))) AS started_at,
            if(substring(max(s.status), 9) = 'STARTED', NULL, coalesce(max(s.ended_at), min(s.rolled_back_at))) AS ended_at
        FROM
        (
            SELECT day + 1 AS alert_day, * FROM deployment_states
            UNION ALL
            SELECT day AS alert_day, * FROM deployment_states
            UNION ALL
            SELECT day - 1 AS alert_day, * FROM deployment_states
        ) AS s
        GROUP BY account_id, alert_day, pipeline_id, deployment_id
        HAVING isNotNull(min(s.first_event_at))
    ) AS d
    INNER JOIN enrichments AS e ON d.account_id = e.account_id AND d.alert_day = e.day
    WHERE d.started_at <= e.window_to AND coalesce(d.ended_at, e.window_to) >= e.window_from
) AS n
LEFT ANY JOIN suspects AS s ON n.account_id = s.account_id AND n.day = s.day AND n.alert_occurred_at = s.alert_occurred_at AND n.alert_id = s.alert_id AND n.pipeline_id = s.pipeline_id AND n.deployment_id = s.deployment_id
COMMENT 'Every deployment that lay in the account''s window around an alert, whether it is in the answer or not: the losers can be asked about too. Filter by account_id, and by alert_id or day. A deployment is as its events of the day before the alert, its own and the day after tell it.';
