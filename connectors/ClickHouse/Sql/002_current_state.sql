CREATE TABLE IF NOT EXISTS deployment_states
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day on which it happened: of finished_at where the event has one, else of occurred_at',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployment_id String COMMENT 'One deployment: all events of the pipeline with this id' CODEC(ZSTD(1)),
    kind SimpleAggregateFunction(max, String) COMMENT 'Of the latest event: eight bytes of order, then the value' CODEC(ZSTD(1)),
    status SimpleAggregateFunction(max, String) COMMENT 'Of the latest event: eight bytes of order, then the value' CODEC(ZSTD(1)),
    summary SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    committed_at SimpleAggregateFunction(max, String) COMMENT 'Milliseconds since 1970, of the latest event that has it: eight bytes of order, then the value' CODEC(ZSTD(1)),
    environment SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    service SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    version SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    commit SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    repository SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    branch SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    author_name SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    author_email SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value' CODEC(ZSTD(1)),
    started_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest start that its events tell, rollbacks aside' CODEC(ZSTD(1)),
    ended_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Latest end that its events tell, rollbacks aside' CODEC(ZSTD(1)),
    finished_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Latest end of an event SUCCEEDED or FAILED' CODEC(ZSTD(1)),
    failed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest end of an event FAILED' CODEC(ZSTD(1)),
    rolled_back_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest event ROLLED_BACK' CODEC(ZSTD(1)),
    first_event_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Event time of the first; null: only an answer spoke of it' CODEC(ZSTD(1)),
    last_event_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Event time of the last' CODEC(ZSTD(1)),
    suspect_probability SimpleAggregateFunction(max, Float64) COMMENT 'Greatest probability that it caused an alert, of the settled answers' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (account_id, day, pipeline_id, deployment_id)
COMMENT 'What the views deployments and deployment_days read: every deployment on each day on which something happened to it. All columns are maxima or minima, so that a row inserted twice changes nothing. A text column is the greatest of "order, value": the order is event time and status as eight bytes, and two values of the same order are decided by the value.';

CREATE MATERIALIZED VIEW IF NOT EXISTS deployment_events_to_states TO deployment_states AS
SELECT
    account_id,
    toDate32(event_end, 'UTC') AS day,
    pipeline_id,
    deployment_id,
    concat(latest, e.kind) AS kind,
    concat(latest, e.status) AS status,
    if(e.summary = '', '', concat(latest, e.summary)) AS summary,
    if(isNull(e.committed_at), '', concat(latest, toString(toUnixTimestamp64Milli(assumeNotNull(e.committed_at))))) AS committed_at,
    if(e.environment = '', '', concat(latest, e.environment)) AS environment,
    if(e.service = '', '', concat(latest, e.service)) AS service,
    if(e.version = '', '', concat(latest, e.version)) AS version,
    if(e.commit = '', '', concat(latest, e.commit)) AS commit,
    if(e.repository = '', '', concat(latest, e.repository)) AS repository,
    if(e.branch = '', '', concat(latest, e.branch)) AS branch,
    if(e.author_name = '', '', concat(latest, e.author_name)) AS author_name,
    if(e.author_email = '', '', concat(latest, e.author_email)) AS author_email,
    if(e.status = 'ROLLED_BACK', NULL, event_start) AS started_at,
    if(e.status = 'ROLLED_BACK', NULL, event_end) AS ended_at,
    if(e.status IN ('SUCCEEDED', 'FAILED'), event_end, NULL) AS finished_at,
    if(e.status = 'FAILED', event_end, NULL) AS failed_at,
    if(e.status = 'ROLLED_BACK', e.occurred_at, NULL) AS rolled_back_at,
    e.occurred_at AS first_event_at,
    e.occurred_at AS last_event_at
FROM
(
    SELECT
        *,
        toDateTime64(0, 3, 'UTC') AS no_time,
        least(greatest(coalesce(finished_at, occurred_at), no_time), occurred_at) AS event_end,
        least(greatest(coalesce(started_at, event_end), no_time), event_end) AS event_start,
        reinterpretAsFixedString(byteSwap(toUInt64((toUnixTimestamp64Milli(occurred_at) + 2208988800000) * 8
            + indexOf(['UNKNOWN', 'STARTED', 'CANCELLED', 'SUCCEEDED', 'FAILED', 'ROLLED_BACK'], status)))) AS latest
    FROM deployment_events
) AS e
COMMENT 'Feeds deployment_states.';

CREATE MATERIALIZED VIEW IF NOT EXISTS enrichment_suspects_to_states TO deployment_states AS
SELECT account_id, toDate32(coalesce(ended_at, alert_occurred_at), 'UTC') AS day, pipeline_id, deployment_id, probability AS suspect_probability
FROM enrichment_suspects
WHERE settled AND NOT elsewhere
COMMENT 'Feeds deployment_states: which deployments turned out to be suspects.';

CREATE OR REPLACE VIEW deployments
(
    account_id String COMMENT 'The tenant',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployment_id String COMMENT 'One deployment: all events of the pipeline with this id',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN, of the latest event: by occurred_at, then how far it is',
    summary String COMMENT 'Of the latest event that has one',
    committed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deployed commit was made; null: unknown',
    environment String COMMENT 'Of the latest event that has one; empty: unknown',
    service String COMMENT 'Of the latest event that has one; empty: unknown',
    version String COMMENT 'Of the latest event that has one; empty: unknown',
    commit String COMMENT 'Of the latest event that has one; empty: unknown',
    repository String COMMENT 'Of the latest event that has one; empty: unknown',
    branch String COMMENT 'Of the latest event that has one; empty: unknown',
    author_name String COMMENT 'Of the latest event that has one; empty: unknown',
    author_email String COMMENT 'Of the latest event that has one; empty: unknown',
    started_at DateTime64(3, 'UTC') COMMENT 'The earliest started_at, else finished_at, else occurred_at of its events, where no event tells of times before 1970 or after itself; rollbacks aside, unless there is nothing else',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The latest finished_at, else occurred_at of its events; rollbacks aside, unless there is nothing else. Null: it is running',
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The latest end of an event SUCCEEDED or FAILED; null: none',
    failed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The earliest end of an event FAILED; null: none',
    rolled_back_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The earliest event ROLLED_BACK; null: none',
    suspect_probability Float64 COMMENT 'Greatest probability that it caused an alert, of the settled answers; 0: it is in none',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the first',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last'
)
AS
SELECT
    s.account_id AS account_id,
    s.pipeline_id AS pipeline_id,
    s.deployment_id AS deployment_id,
    toLowCardinality(substring(max(s.kind), 9)) AS kind,
    toLowCardinality(substring(max(s.status), 9)) AS status,
    substring(max(s.summary), 9) AS summary,
    fromUnixTimestamp64Milli(toInt64OrNull(substring(max(s.committed_at), 9)), 'UTC') AS committed_at,
    substring(max(s.environment), 9) AS environment,
    substring(max(s.service), 9) AS service,
    substring(max(s.version), 9) AS version,
    substring(max(s.commit), 9) AS commit,
    substring(max(s.repository), 9) AS repository,
    substring(max(s.branch), 9) AS branch,
    substring(max(s.author_name), 9) AS author_name,
    substring(max(s.author_email), 9) AS author_email,
    assumeNotNull(coalesce(min(s.started_at), min(s.rolled_back_at))) AS started_at,
    if(substring(max(s.status), 9) = 'STARTED', NULL, coalesce(max(s.ended_at), min(s.rolled_back_at))) AS ended_at,
    max(s.finished_at) AS finished_at,
    min(s.failed_at) AS failed_at,
    min(s.rolled_back_at) AS rolled_back_at,
    max(s.suspect_probability) AS suspect_probability,
    assumeNotNull(min(s.first_event_at)) AS first_event_at,
    assumeNotNull(max(s.last_event_at)) AS last_event_at
FROM deployment_states AS s
GROUP BY s.account_id, s.pipeline_id, s.deployment_id
HAVING isNotNull(min(s.first_event_at))
COMMENT 'Every deployment as it is now, put together from its events by the rules of the join, except that of two events of the same time and status the greater text counts, column by column. It reads all deployments of what it is asked for: filter by account_id and pipeline_id; for a span of days deployment_days is faster.';

CREATE OR REPLACE VIEW deployment_days
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day on which something happened to it',
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    deployment_id String COMMENT 'One deployment: all events of the pipeline with this id',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN, of the latest event: by occurred_at, then how far it is',
    summary String COMMENT 'Of the latest event that has one',
    committed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deployed commit was made; null: unknown',
    environment String COMMENT 'Of the latest event that has one; empty: unknown',
    service String COMMENT 'Of the latest event that has one; empty: unknown',
    version String COMMENT 'Of the latest event that has one; empty: unknown',
    commit String COMMENT 'Of the latest event that has one; empty: unknown',
    repository String COMMENT 'Of the latest event that has one; empty: unknown',
    branch String COMMENT 'Of the latest event that has one; empty: unknown',
    author_name String COMMENT 'Of the latest event that has one; empty: unknown',
    author_email String COMMENT 'Of the latest event that has one; empty: unknown',
    started_at DateTime64(3, 'UTC') COMMENT 'The earliest started_at, else finished_at, else occurred_at of its events, where no event tells of times before 1970 or after itself; rollbacks aside, unless there is nothing else',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The latest finished_at, else occurred_at of its events; rollbacks aside, unless there is nothing else. Null: it is running',
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The latest end of an event SUCCEEDED or FAILED; null: none',
    failed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The earliest end of an event FAILED; null: none',
    rolled_back_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The earliest event ROLLED_BACK; null: none',
    suspect_probability Float64 COMMENT 'Greatest probability that it caused an alert, of the settled answers by which it ended on that day, or was running at an alert of that day; 0: none',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the first',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last'
)
AS
SELECT
    s.account_id AS account_id,
    s.day AS day,
    s.pipeline_id AS pipeline_id,
    s.deployment_id AS deployment_id,
    toLowCardinality(substring(s.kind, 9)) AS kind,
    toLowCardinality(substring(s.status, 9)) AS status,
    substring(s.summary, 9) AS summary,
    fromUnixTimestamp64Milli(toInt64OrNull(substring(s.committed_at, 9)), 'UTC') AS committed_at,
    substring(s.environment, 9) AS environment,
    substring(s.service, 9) AS service,
    substring(s.version, 9) AS version,
    substring(s.commit, 9) AS commit,
    substring(s.repository, 9) AS repository,
    substring(s.branch, 9) AS branch,
    substring(s.author_name, 9) AS author_name,
    substring(s.author_email, 9) AS author_email,
    assumeNotNull(coalesce(s.started_at, s.rolled_back_at)) AS started_at,
    if(substring(s.status, 9) = 'STARTED', NULL, coalesce(s.ended_at, s.rolled_back_at)) AS ended_at,
    s.finished_at AS finished_at,
    s.failed_at AS failed_at,
    s.rolled_back_at AS rolled_back_at,
    s.suspect_probability AS suspect_probability,
    assumeNotNull(s.first_event_at) AS first_event_at,
    assumeNotNull(s.last_event_at) AS last_event_at
FROM deployment_states AS s FINAL
WHERE isNotNull(s.first_event_at)
COMMENT 'Every deployment on each UTC day on which something happened to it, as the events of that day tell it: one row for nearly all deployments, two for one that ran over midnight. Filter by account_id and day.';

CREATE TABLE IF NOT EXISTS alert_states
(
    account_id String COMMENT 'The tenant',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised',
    alert_id String COMMENT 'With occurred_at, one raising of an alert' CODEC(ZSTD(1)),
    status SimpleAggregateFunction(max, String) COMMENT 'Of the latest event: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    priority SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    summary SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    resolved_at SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    alert_source_id SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    escalation_policy_id SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    team_ids SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    service SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    environment SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    labels SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    link SimpleAggregateFunction(max, String) COMMENT 'Of the latest event that has one: eight bytes of order, then the value as text' CODEC(ZSTD(1)),
    first_event_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'Event time of the first' CODEC(ZSTD(1)),
    last_event_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Event time of the last' CODEC(ZSTD(1)),
    first_arrived_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When its first event arrived in Kafka' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (account_id, occurred_at, alert_id)
COMMENT 'What the view alerts reads: every alert, one row for each raising. All columns are maxima or minima, so that a row inserted twice changes nothing; a text column is as in deployment_states.';

CREATE MATERIALIZED VIEW IF NOT EXISTS alert_events_to_states TO alert_states AS
SELECT
    account_id,
    occurred_at,
    alert_id,
    concat(latest, e.status) AS status,
    if(e.priority = '', '', concat(latest, e.priority)) AS priority,
    if(e.summary = '', '', concat(latest, e.summary)) AS summary,
    if(isNull(e.resolved_at), '', concat(latest, toString(toUnixTimestamp64Milli(assumeNotNull(e.resolved_at))))) AS resolved_at,
    if(isNull(e.alert_source_id), '', concat(latest, toString(assumeNotNull(e.alert_source_id)))) AS alert_source_id,
    if(isNull(e.escalation_policy_id), '', concat(latest, toString(assumeNotNull(e.escalation_policy_id)))) AS escalation_policy_id,
    if(empty(e.team_ids), '', concat(latest, toJSONString(e.team_ids))) AS team_ids,
    if(e.service = '', '', concat(latest, e.service)) AS service,
    if(e.environment = '', '', concat(latest, e.environment)) AS environment,
    if(empty(e.labels), '', concat(latest, toJSONString(e.labels))) AS labels,
    if(e.link = '', '', concat(latest, e.link)) AS link,
    e.updated_at AS first_event_at,
    e.updated_at AS last_event_at,
    e.arrived_at AS first_arrived_at
FROM
(
    SELECT
        *,
        reinterpretAsFixedString(byteSwap(toUInt64((toUnixTimestamp64Milli(updated_at) + 2208988800000) * 8 + indexOf(['UNKNOWN', 'OPEN', 'ACCEPTED', 'RESOLVED'], status)))) AS latest
    FROM alert_events
) AS e
COMMENT 'Feeds alert_states.';

CREATE OR REPLACE VIEW alerts
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of occurred_at',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was raised',
    alert_id String COMMENT 'With occurred_at, one raising of an alert',
    status LowCardinality(String) COMMENT 'OPEN, ACCEPTED, RESOLVED or UNKNOWN, of the latest event: by updated_at, then how far it is',
    priority LowCardinality(String) COMMENT 'Of the latest event that has one',
    summary String COMMENT 'Of the latest event that has one',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Null: not yet, or not said',
    alert_source_id Nullable(Int64) COMMENT 'Null: unknown',
    escalation_policy_id Nullable(Int64) COMMENT 'Null: unknown',
    team_ids Array(Int64) COMMENT 'Teams named on the alert itself',
    service String COMMENT 'Empty: unknown',
    environment String COMMENT 'Empty: unknown',
    labels Map(String, String) COMMENT 'As the source sent them: labels[''job'']',
    link String COMMENT 'Where the alert can be seen; empty: none',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the first',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Event time of the last',
    first_arrived_at DateTime64(3, 'UTC') COMMENT 'When its first event arrived in Kafka'
)
AS
SELECT
    s.account_id AS account_id,
    toDate32(s.occurred_at, 'UTC') AS day,
    s.occurred_at AS occurred_at,
    s.alert_id AS alert_id,
    toLowCardinality(substring(s.status, 9)) AS status,
    toLowCardinality(substring(s.priority, 9)) AS priority,
    substring(s.summary, 9) AS summary,
    fromUnixTimestamp64Milli(toInt64OrNull(substring(s.resolved_at, 9)), 'UTC') AS resolved_at,
    toInt64OrNull(substring(s.alert_source_id, 9)) AS alert_source_id,
    toInt64OrNull(substring(s.escalation_policy_id, 9)) AS escalation_policy_id,
    JSONExtract(substring(s.team_ids, 9), 'Array(Int64)') AS team_ids,
    substring(s.service, 9) AS service,
    substring(s.environment, 9) AS environment,
    JSONExtract(substring(s.labels, 9), 'Map(String, String)') AS labels,
    substring(s.link, 9) AS link,
    s.first_event_at AS first_event_at,
    s.last_event_at AS last_event_at,
    s.first_arrived_at AS first_arrived_at
FROM alert_states AS s FINAL
COMMENT 'Every alert as it is now, put together from its events. Filter by account_id, and by day or occurred_at.';

CREATE TABLE IF NOT EXISTS enrichment_states
(
    account_id String COMMENT 'The tenant',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised' CODEC(Delta, ZSTD(1)),
    alert_id String COMMENT 'The alert this is the answer for' CODEC(ZSTD(1)),
    alert_summary String COMMENT 'The alert in one line' CODEC(ZSTD(1)),
    revision Int64 COMMENT 'Distinct events known when the answer was given',
    settled Bool COMMENT 'True: nothing that comes later changes it',
    outcome LowCardinality(String) COMMENT 'SUSPECTS or NO_SUSPECT',
    reason LowCardinality(String) COMMENT 'Why there is no suspect: NOTHING_NEAR or OUT_OF_SCOPE; empty where there is one',
    headline String COMMENT 'The answer in one sentence' CODEC(ZSTD(1)),
    scope LowCardinality(String) COMMENT 'ACCOUNT: every deployment was a candidate; TEAM: those of the alert''s teams',
    team_ids Array(Int64) COMMENT 'The alert''s teams, whichever the scope',
    window_from DateTime64(3, 'UTC') COMMENT 'Start of the account''s window around the alert' CODEC(Delta, ZSTD(1)),
    window_to DateTime64(3, 'UTC') COMMENT 'End of it' CODEC(Delta, ZSTD(1)),
    considered Int32 COMMENT 'Changes among the candidates',
    out_of_scope Int32 COMMENT 'Deployments near the alert that a team''s claim hid',
    probability_none Float64 COMMENT 'Probability that no deployment caused the alert',
    arrived_at DateTime64(3, 'UTC') COMMENT 'When the answer was given: its time in Kafka' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Of the answer''s record',
    kafka_offset Int64 COMMENT 'Of the answer''s record',
    version UInt256 COMMENT 'Which answer is the latest: by revision, then the settled one, then the greater offset, then the greater partition' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(alert_occurred_at)
ORDER BY (account_id, alert_occurred_at, alert_id)
COMMENT 'What the view enrichments reads: the latest answer for every alert.';

CREATE MATERIALIZED VIEW IF NOT EXISTS enrichment_revisions_to_states TO enrichment_states AS
SELECT
    * EXCEPT (day),
    bitShiftLeft(toUInt256(revision), 97) + bitShiftLeft(toUInt256(settled), 96) + bitShiftLeft(toUInt256(kafka_offset), 32) + toUInt256(kafka_partition) AS version
FROM enrichment_revisions
COMMENT 'Feeds enrichment_states.';

CREATE OR REPLACE VIEW enrichments
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'UTC day of alert_occurred_at',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised',
    alert_id String COMMENT 'The alert this is the answer for',
    alert_summary String COMMENT 'The alert in one line',
    revision Int64 COMMENT 'Of the latest answer: distinct events known when the answer was given',
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
    arrived_at DateTime64(3, 'UTC') COMMENT 'When the answer was given: its time in Kafka',
    kafka_partition Int32 COMMENT 'Of the answer''s record',
    kafka_offset Int64 COMMENT 'Of the answer''s record'
)
AS
SELECT
    s.account_id AS account_id,
    toDate32(s.alert_occurred_at, 'UTC') AS day,
    s.alert_occurred_at AS alert_occurred_at,
    s.alert_id AS alert_id,
    s.alert_summary AS alert_summary,
    s.revision AS revision,
    s.settled AS settled,
    s.outcome AS outcome,
    s.reason AS reason,
    s.headline AS headline,
    s.scope AS scope,
    s.team_ids AS team_ids,
    s.window_from AS window_from,
    s.window_to AS window_to,
    s.considered AS considered,
    s.out_of_scope AS out_of_scope,
    s.probability_none AS probability_none,
    s.arrived_at AS arrived_at,
    s.kafka_partition AS kafka_partition,
    s.kafka_offset AS kafka_offset
FROM enrichment_states AS s FINAL
COMMENT 'The latest answer for every alert: the greatest revision, the settled one before another of the same, then the later record (of two partitions, as after partitions were added, the greater offset). Filter by account_id, and by day or alert_occurred_at.';

CREATE OR REPLACE VIEW suspects
(
    account_id String COMMENT 'The tenant',
    day Date32 COMMENT 'Day of alert_occurred_at, UTC',
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
INNER JOIN (SELECT account_id, day, alert_occurred_at, kafka_partition, kafka_offset FROM enrichments) AS last
    ON s.account_id = last.account_id AND s.day = last.day AND s.alert_occurred_at = last.alert_occurred_at
    AND s.kafka_partition = last.kafka_partition AND s.kafka_offset = last.kafka_offset
COMMENT 'The suspects of the latest answer for every alert. Filter by account_id, and by day or alert_occurred_at.';
