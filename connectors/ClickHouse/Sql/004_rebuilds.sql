CREATE TABLE IF NOT EXISTS history_rebuilds
(
    started_at DateTime64(3, 'UTC') COMMENT 'When the rebuild began',
    state LowCardinality(String) COMMENT 'EXCHANGING: the tables are about to be exchanged, or have been, and what came since positions may be missing; DONE',
    positions String COMMENT 'JSON: for each topic and partition the next offset that the new tables do not have',
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it came into this state'
)
ENGINE = ReplacingMergeTree(changed_at) ORDER BY started_at
COMMENT 'Rebuilds of these tables, so that one that broke off in the middle of the exchange is finished by the next.';
