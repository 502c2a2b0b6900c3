-- What was near an alert and is not among its suspects?
--
-- HIDDEN: a claim hid it, and it is the best of what was hidden. OTHER: the claim hid it, or another deployment stands for its change (its push or merge), or it was not
-- among the best. probability is what a hidden one would have had; 0: it is not in the answer. Closest first.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @near-misses.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file near-misses.sql
SELECT
    alert_occurred_at,
    alert_id,
    role,
    pipeline_id,
    deployment_id,
    kind,
    status,
    lag_ms / 1000 AS lag_seconds,
    probability
FROM candidates
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND role != 'SUSPECT'
ORDER BY alert_occurred_at, alert_id, abs(lag_ms), deployment_id
