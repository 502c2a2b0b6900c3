CREATE TABLE IF NOT EXISTS deployment_events
(
    account_id String COMMENT 'The tenant' CODEC(ZSTD(1)),
    day Date32 DEFAULT toDate32(occurred_at, 'UTC') COMMENT 'Day of occurred_at, UTC',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Event time: when it happened' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Unique per event of a deployment; a retried delivery keeps it' CODEC(ZSTD(1)),
    deployment_id String COMMENT 'All events of one pipeline with one deployment_id are one deployment' CODEC(ZSTD(1)),
    pipeline_id Int64 COMMENT 'The deployment pipeline it came in through',
    source LowCardinality(String) COMMENT 'Where the event came from: github, gitlab, api, ...',
    kind LowCardinality(String) COMMENT 'PUSH, MERGE, RELEASE, DEPLOYMENT, SYNC, FEATURE_FLAG, CONFIGURATION, CAMPAIGN, LAUNCH, CONTENT, REGULATORY or OTHER',
    status LowCardinality(String) COMMENT 'STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN',
    summary String COMMENT 'One line for a person' CODEC(ZSTD(1)),
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the change began, where the event says so',
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the change ended, where the event says so',
    committed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deployed commit was made; lead time starts here',
    environment LowCardinality(String) COMMENT 'Empty: unknown',
    service LowCardinality(String) COMMENT 'Empty: unknown',
    version String COMMENT 'Empty: unknown' CODEC(ZSTD(1)),
    commit String COMMENT 'Empty: unknown' CODEC(ZSTD(1)),
    repository LowCardinality(String) COMMENT 'Empty: unknown',
    branch LowCardinality(String) COMMENT 'Empty: unknown',
    author_name String COMMENT 'Empty: unknown' CODEC(ZSTD(1)),
    author_email String COMMENT 'Empty: unknown' CODEC(ZSTD(1)),
    links Nested(href String, text String) COMMENT 'Where to read more',
    custom_details String COMMENT 'JSON text as the producer sent it; empty: none' CODEC(ZSTD(3)),
    received_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it came in over HTTP; null: it was written to Kafka directly',
    arrived_at DateTime64(3, 'UTC') COMMENT 'When it arrived in Kafka (the record''s timestamp)' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Partition of the topic it was read from',
    kafka_offset Int64 COMMENT 'Offset in that partition; with it the record can be found again' CODEC(Delta, ZSTD(1)),
    INDEX occurred_at_range occurred_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (account_id, day, occurred_at, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every deployment event, one row per Kafka record, as it was. A row may be there twice until parts are merged: count distinct event_id, or read with FINAL.';

CREATE TABLE IF NOT EXISTS alert_events
(
    account_id String COMMENT 'The tenant' CODEC(ZSTD(1)),
    day Date32 DEFAULT toDate32(updated_at, 'UTC') COMMENT 'Day of updated_at, UTC',
    updated_at DateTime64(3, 'UTC') COMMENT 'Event time: when this event of the alert happened' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Unique per event of an alert; a retried delivery keeps it' CODEC(ZSTD(1)),
    alert_id String COMMENT 'An alert is (account_id, alert_id, occurred_at)' CODEC(ZSTD(1)),
    status LowCardinality(String) COMMENT 'OPEN, ACCEPTED, RESOLVED or UNKNOWN',
    priority LowCardinality(String) COMMENT 'HIGH, LOW or the source''s own scale',
    summary String COMMENT 'One line for a person' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised' CODEC(Delta, ZSTD(1)),
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved; null: not yet, or not said',
    alert_source_id Nullable(Int64) COMMENT 'Null: unknown',
    escalation_policy_id Nullable(Int64) COMMENT 'Null: unknown',
    team_ids Array(Int64) COMMENT 'Teams named on the alert itself',
    service LowCardinality(String) COMMENT 'Empty: unknown',
    environment LowCardinality(String) COMMENT 'Empty: unknown',
    labels Map(LowCardinality(String), String) COMMENT 'As the source sent them: labels[''job'']',
    link String COMMENT 'Where the alert can be seen; empty: none' CODEC(ZSTD(1)),
    arrived_at DateTime64(3, 'UTC') COMMENT 'When it arrived in Kafka (the record''s timestamp)' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Partition of the topic it was read from',
    kafka_offset Int64 COMMENT 'Offset in that partition; with it the record can be found again' CODEC(Delta, ZSTD(1)),
    INDEX updated_at_range updated_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(updated_at)
ORDER BY (account_id, day, updated_at, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every event of an alert, one row per Kafka record, as it was. A row may be there twice until parts are merged: count distinct event_id, or read with FINAL.';

CREATE TABLE IF NOT EXISTS enrichment_revisions
(
    account_id String COMMENT 'The tenant' CODEC(ZSTD(1)),
    day Date32 DEFAULT toDate32(alert_occurred_at, 'UTC') COMMENT 'Day of alert_occurred_at, UTC',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised' CODEC(Delta, ZSTD(1)),
    alert_id String COMMENT 'The alert this is the answer for' CODEC(ZSTD(1)),
    alert_summary String COMMENT 'The alert in one line' CODEC(ZSTD(1)),
    revision Int64 COMMENT 'Distinct events known when the answer was given; grows from one answer to the next',
    settled Bool COMMENT 'True on the last answer: nothing that comes later changes it',
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
    kafka_partition Int32 COMMENT 'Partition of the topic it was read from',
    kafka_offset Int64 COMMENT 'Offset in that partition; with it the record can be found again' CODEC(Delta, ZSTD(1)),
    INDEX alert_occurred_at_range alert_occurred_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(alert_occurred_at)
ORDER BY (account_id, day, alert_occurred_at, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every answer given for an alert, first, corrected and settled, one row per Kafka record, as it was. Its suspects are in enrichment_suspects.';

CREATE TABLE IF NOT EXISTS enrichment_suspects
(
    account_id String COMMENT 'The tenant' CODEC(ZSTD(1)),
    day Date32 DEFAULT toDate32(alert_occurred_at, 'UTC') COMMENT 'Day of alert_occurred_at, UTC',
    alert_occurred_at DateTime64(3, 'UTC') COMMENT 'When the alert was raised' CODEC(Delta, ZSTD(1)),
    alert_id String COMMENT 'The alert' CODEC(ZSTD(1)),
    revision Int64 COMMENT 'Of the answer this suspect is in',
    settled Bool COMMENT 'Of the answer this suspect is in',
    elsewhere Bool COMMENT 'True: not a suspect, but the best of what the team''s claim hid',
    rank UInt16 COMMENT '1 is the most likely',
    deployment_id String COMMENT 'With pipeline_id, the deployment that stands for the change' CODEC(ZSTD(1)),
    pipeline_id Int64 COMMENT 'The deployment pipeline',
    pipeline_name LowCardinality(String) COMMENT 'Its name when the alert was raised; empty: unknown',
    kind LowCardinality(String) COMMENT 'What sort of change: DEPLOYMENT, RELEASE, CAMPAIGN, ...',
    status LowCardinality(String) COMMENT 'How far it was: STARTED, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK or UNKNOWN',
    summary String COMMENT 'The change in one line' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'Empty: unknown',
    service LowCardinality(String) COMMENT 'Empty: unknown',
    version String COMMENT 'Empty: unknown' CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC') COMMENT 'Start of the deployment' CODEC(Delta, ZSTD(1)),
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'End of the deployment; null: it was running',
    lag_ms Int64 COMMENT 'From its end to the alert; 0: the alert fell inside it; negative: it started after the alert',
    relation LowCardinality(String) COMMENT 'Where it lies as seen from the alert: BEFORE, DURING or AFTER',
    probability Float64 COMMENT 'That this change caused the alert',
    coincidence Float64 COMMENT 'Probability that a change of this pipeline is as close to the alert by chance',
    evidence Nested(code LowCardinality(String), bits Float64, text String) COMMENT 'The factors of the ranking in bits (log2): positive speaks for the suspect. ARRAY JOIN evidence makes rows of them',
    lifeline Nested(deployment_id String, kind LowCardinality(String), status LowCardinality(String), environment LowCardinality(String), occurred_at DateTime64(3, 'UTC'))
        COMMENT 'The other deployments of the same change, oldest first',
    link String COMMENT 'Where the change can be seen; empty: none' CODEC(ZSTD(1)),
    arrived_at DateTime64(3, 'UTC') COMMENT 'When the answer was given: its time in Kafka' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Of the answer''s record',
    kafka_offset Int64 COMMENT 'Of the answer''s record' CODEC(Delta, ZSTD(1)),
    INDEX alert_occurred_at_range alert_occurred_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(alert_occurred_at)
ORDER BY (account_id, day, alert_occurred_at, kafka_partition, kafka_offset, elsewhere, rank)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every suspect of every answer, so that ranking, evidence and coincidence are plain SQL.';

CREATE TABLE IF NOT EXISTS dead_letters
(
    account_id String COMMENT 'Key of the record, which is the tenant where it came in by a known way' CODEC(ZSTD(1)),
    day Date32 DEFAULT toDate32(arrived_at, 'UTC') COMMENT 'Day of arrived_at, UTC',
    arrived_at DateTime64(3, 'UTC') COMMENT 'When it was set aside: the letter''s time in Kafka' CODEC(Delta, ZSTD(1)),
    reader LowCardinality(String) COMMENT 'Who set it aside: worker or history. A record that neither can read is there once for each',
    reason LowCardinality(String) COMMENT 'LATE, IMPOSSIBLE_TIME, MISSING_ID, NOT_AVRO, UNKNOWN_SCHEMA, ...',
    error String COMMENT 'What is wrong with it, in words' CODEC(ZSTD(1)),
    topic LowCardinality(String) COMMENT 'Topic the record was read from',
    record_partition Int32 COMMENT 'Partition of that topic',
    record_offset Int64 COMMENT 'Offset in that partition',
    record_arrived_at DateTime64(3, 'UTC') COMMENT 'When the record arrived in Kafka' CODEC(Delta, ZSTD(1)),
    bytes Int64 COMMENT 'Size of the record''s value; the value itself is in the topic dead-letters',
    kafka_partition Int32 COMMENT 'Partition of dead-letters it was read from',
    kafka_offset Int64 COMMENT 'Offset in that partition' CODEC(Delta, ZSTD(1)),
    INDEX arrived_at_range arrived_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(arrived_at)
ORDER BY (account_id, day, arrived_at, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every record that could not be used, one row per letter in the topic dead-letters. A row may be there twice until parts are merged: read with FINAL.';
