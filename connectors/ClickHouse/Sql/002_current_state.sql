CREATE OR REPLACE VIEW deployments
(
    account_id String COMMENT 'The tenant',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployment_id String COMMENT 'One deployment: all events of the pipeline with this id',
    kind LowCardinality(String) COMMENT 'Of the latest event',
    status LowCardinality(String) COMMENT 'Of the latest event: by occurred_at, then how far it is, then event_id',
    summary String COMMENT 'Of the latest event that has one',
    started_at DateTime64(3, 'UTC') COMMENT 'The earliest started_at, else finished_at, else occurred_at of its events; rollbacks aside',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The latest finished_at, else occurred_at of its events; rollbacks aside. Null: it is running',
    committed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deployed commit was made; null: unknown',
    environment String COMMENT 'Empty: unknown',
    service String COMMENT 'Empty: unknown',
    version String COMMENT 'Empty: unknown',
    commit String COMMENT 'Empty: unknown',
    repository String COMMENT 'Empty: unknown',
    branch String COMMENT 'Empty: unknown',
    author_name String COMMENT 'Empty: unknown',
    author_email String COMMENT 'Empty: unknown',
    events UInt64 COMMENT 'Distinct events so far',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the first',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last'
)
AS
SELECT
    account_id,
    pipeline_id,
    deployment_id,
    argMax(e.kind, e.latest) AS kind,
    argMax(e.status, e.latest) AS status,
    argMaxIf(e.summary, e.latest, e.summary != '') AS summary,
    if(countIf(e.status != 'ROLLED_BACK') > 0, minIf(e.event_start, e.status != 'ROLLED_BACK'), min(e.occurred_at)) AS started_at,
    multiIf(
        argMax(e.status, e.latest) = 'STARTED', NULL,
        countIf(e.status != 'ROLLED_BACK') > 0, maxIf(e.event_end, e.status != 'ROLLED_BACK'),
        min(e.occurred_at)) AS ended_at,
    argMaxIf(e.committed_at, e.latest, isNotNull(e.committed_at)) AS committed_at,
    argMaxIf(e.environment, e.latest, e.environment != '') AS environment,
    argMaxIf(e.service, e.latest, e.service != '') AS service,
    argMaxIf(e.version, e.latest, e.version != '') AS version,
    argMaxIf(e.commit, e.latest, e.commit != '') AS commit,
    argMaxIf(e.repository, e.latest, e.repository != '') AS repository,
    argMaxIf(e.branch, e.latest, e.branch != '') AS branch,
    argMaxIf(e.author_name, e.latest, e.author_name != '') AS author_name,
    argMaxIf(e.author_email, e.latest, e.author_email != '') AS author_email,
    uniqExact(e.event_id) AS events,
    min(e.occurred_at) AS first_event_at,
    max(e.occurred_at) AS last_event_at
FROM
(
    SELECT
        *,
        (occurred_at, indexOf(['UNKNOWN', 'STARTED', 'CANCELLED', 'SUCCEEDED', 'FAILED', 'ROLLED_BACK'], status), event_id) AS latest,
        least(coalesce(finished_at, occurred_at), occurred_at) AS event_end,
        least(coalesce(started_at, event_end), event_end) AS event_start
    FROM deployment_events
) AS e
GROUP BY account_id, pipeline_id, deployment_id
COMMENT 'Every deployment as it is now, put together from its events by the rules of the join. Filter by account_id: the view reads the events of what it shows.';

CREATE OR REPLACE VIEW alerts
(
    account_id String COMMENT 'The tenant',
    alert_id String COMMENT 'With occurred_at, one raising of an alert',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was raised',
    status LowCardinality(String) COMMENT 'Of the latest event: by updated_at, then event_id',
    priority LowCardinality(String) COMMENT 'Of the latest event that has one',
    summary String COMMENT 'Of the latest event that has one',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Null: not yet, or not said',
    alert_source_id Nullable(Int64) COMMENT 'Null: unknown',
    escalation_policy_id Nullable(Int64) COMMENT 'Null: unknown',
    team_ids Array(Int64) COMMENT 'Teams named on the alert itself',
    service String COMMENT 'Empty: unknown',
    environment String COMMENT 'Empty: unknown',
    labels Map(LowCardinality(String), String) COMMENT 'As the source sent them: labels[''job'']',
    link String COMMENT 'Where the alert can be seen; empty: none',
    events UInt64 COMMENT 'Distinct events so far',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last'
)
AS
SELECT
    account_id,
    alert_id,
    occurred_at,
    argMax(e.status, e.latest) AS status,
    argMaxIf(e.priority, e.latest, e.priority != '') AS priority,
    argMaxIf(e.summary, e.latest, e.summary != '') AS summary,
    argMaxIf(e.resolved_at, e.latest, isNotNull(e.resolved_at)) AS resolved_at,
    argMaxIf(e.alert_source_id, e.latest, isNotNull(e.alert_source_id)) AS alert_source_id,
    argMaxIf(e.escalation_policy_id, e.latest, isNotNull(e.escalation_policy_id)) AS escalation_policy_id,
    argMaxIf(e.team_ids, e.latest, notEmpty(e.team_ids)) AS team_ids,
    argMaxIf(e.service, e.latest, e.service != '') AS service,
    argMaxIf(e.environment, e.latest, e.environment != '') AS environment,
    argMaxIf(e.labels, e.latest, notEmpty(e.labels)) AS labels,
    argMaxIf(e.link, e.latest, e.link != '') AS link,
    uniqExact(e.event_id) AS events,
    max(e.updated_at) AS last_event_at
FROM (SELECT *, (updated_at, event_id) AS latest FROM alert_events) AS e
GROUP BY account_id, alert_id, occurred_at
COMMENT 'Every alert as it is now, put together from its events. Filter by account_id: the view reads the events of what it shows.';

CREATE OR REPLACE VIEW enrichments
(
    account_id String COMMENT 'The tenant',
    alert_id String COMMENT 'With alert_occurred_at, the alert',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When it was raised',
    alert_summary String COMMENT 'The alert in one line',
    revision Int64 COMMENT 'Of the latest answer',
    settled Bool COMMENT 'True: nothing that comes later changes it',
    outcome LowCardinality(String) COMMENT 'SUSPECTS or NO_SUSPECT',
    reason LowCardinality(String) COMMENT 'Why there is no suspect: NOTHING_NEAR or OUT_OF_SCOPE; empty where there is one',
    headline String COMMENT 'The answer in one sentence',
    scope LowCardinality(String) COMMENT 'ACCOUNT: every deployment was a candidate; TEAM: those of the alert''s teams',
    team_ids Array(Int64) COMMENT 'The alert''s teams, whichever the scope',
    window_from DateTime64(3, 'UTC') COMMENT 'Start of the account''s window around the alert',
    window_to DateTime64(3, 'UTC') COMMENT 'End of it',
    considered Int32 COMMENT 'Changes among the candidates',
    out_of_scope Int32 COMMENT 'Deployments near the alert that a team''s claim hid',
    probability_none Float64 COMMENT 'Probability that no deployment caused the alert',
    answers UInt64 COMMENT 'Distinct answers given so far: the settled one counts beside one of the same revision',
    first_answer_at DateTime64(3, 'UTC') COMMENT 'When the first was given',
    last_answer_at DateTime64(3, 'UTC') COMMENT 'When the latest was given'
)
AS
SELECT
    account_id,
    alert_id,
    alert_occurred_at,
    argMax(r.alert_summary, r.latest) AS alert_summary,
    argMax(r.revision, r.latest) AS revision,
    argMax(r.settled, r.latest) AS settled,
    argMax(r.outcome, r.latest) AS outcome,
    argMax(r.reason, r.latest) AS reason,
    argMax(r.headline, r.latest) AS headline,
    argMax(r.scope, r.latest) AS scope,
    argMax(r.team_ids, r.latest) AS team_ids,
    argMax(r.window_from, r.latest) AS window_from,
    argMax(r.window_to, r.latest) AS window_to,
    argMax(r.considered, r.latest) AS considered,
    argMax(r.out_of_scope, r.latest) AS out_of_scope,
    argMax(r.probability_none, r.latest) AS probability_none,
    uniqExact((r.revision, r.settled)) AS answers,
    min(r.arrived_at) AS first_answer_at,
    max(r.arrived_at) AS last_answer_at
FROM (SELECT *, (revision, settled, kafka_offset) AS latest FROM enrichment_revisions) AS r
GROUP BY account_id, alert_id, alert_occurred_at
COMMENT 'The latest answer for every alert: the greatest revision, the settled one before another of the same, then the later record.';

CREATE OR REPLACE VIEW suspects
(
    account_id String COMMENT 'The tenant',
    day Date COMMENT 'Day of alert_occurred_at, UTC',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised',
    alert_id String COMMENT 'The alert',
    revision Int64 COMMENT 'Of the answer this suspect is in',
    settled Bool COMMENT 'Of the answer this suspect is in',
    elsewhere Bool COMMENT 'True: not a suspect, but the best of what the team''s claim hid',
    rank UInt16 COMMENT '1 is the most likely',
    deployment_id String COMMENT 'With pipeline_id, the deployment that stands for the change',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    pipeline_name LowCardinality(String) COMMENT 'Its name when the alert was raised; empty: unknown',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'How far it was: STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN',
    summary String COMMENT 'The change in one line',
    environment LowCardinality(String) COMMENT 'Empty: unknown',
    service LowCardinality(String) COMMENT 'Empty: unknown',
    version String COMMENT 'Empty: unknown',
    started_at DateTime64(3, 'UTC') COMMENT 'Start of the deployment',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of the deployment; null: it was running',
    lag_ms Int64 COMMENT 'From its end to the alert; 0: the alert fell inside it; negative: it started after the alert',
    relation LowCardinality(String) COMMENT 'Where it lies as seen from the alert: BEFORE, DURING or AFTER',
    probability Float64 COMMENT 'That this change caused the alert',
    coincidence Float64 COMMENT 'Probability that a change of this pipeline is as close to the alert by chance',
    `evidence.code` Array(LowCardinality(String)) COMMENT 'The factors of the ranking in bits (log2): positive speaks for the suspect. ARRAY JOIN evidence makes rows of them',
    `evidence.bits` Array(Float64) COMMENT 'The factors of the ranking in bits (log2): positive speaks for the suspect. ARRAY JOIN evidence makes rows of them',
    `evidence.text` Array(String) COMMENT 'The factors of the ranking in bits (log2): positive speaks for the suspect. ARRAY JOIN evidence makes rows of them',
    `lifeline.deployment_id` Array(String) COMMENT 'The other deployments of the same change, oldest first',
    `lifeline.kind` Array(LowCardinality(String)) COMMENT 'The other deployments of the same change, oldest first',
    `lifeline.status` Array(LowCardinality(String)) COMMENT 'The other deployments of the same change, oldest first',
    `lifeline.environment` Array(LowCardinality(String)) COMMENT 'The other deployments of the same change, oldest first',
    `lifeline.occurred_at` Array(DateTime64(3, 'UTC')) COMMENT 'The other deployments of the same change, oldest first',
    link String COMMENT 'Where the change can be seen; empty: none',
    arrived_at DateTime64(3, 'UTC') COMMENT 'When the answer was given: its time in Kafka',
    kafka_partition Int32 COMMENT 'Of the answer''s record',
    kafka_offset Int64 COMMENT 'Of the answer''s record'
)
AS
SELECT s.* FROM enrichment_suspects AS s FINAL
INNER JOIN
(
    SELECT account_id, alert_id, alert_occurred_at, argMax((kafka_partition, kafka_offset), (revision, settled, kafka_offset)) AS record
    FROM enrichment_revisions
    GROUP BY account_id, alert_id, alert_occurred_at
) AS last
    ON s.account_id = last.account_id AND s.alert_id = last.alert_id AND s.alert_occurred_at = last.alert_occurred_at
WHERE (s.kafka_partition, s.kafka_offset) = last.record
COMMENT 'The suspects of the latest answer for every alert.';
