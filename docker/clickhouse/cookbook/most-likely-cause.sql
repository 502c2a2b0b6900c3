-- Which change most likely caused this alert?
--
-- One row per suspect of the latest answer, most likely first. lag_seconds is from the end of the change to the alert (negative: it started after it);
-- coincidence is the probability that a change of that pipeline is as close by chance alone. No row: no suspect; near-misses.sql says what was around.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_alert=checkout-errors&param_from=2026-03-02&param_to=2026-03-08" --data-binary @most-likely-cause.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_alert=checkout-errors --param_from=2026-03-02 --param_to=2026-03-08 --queries-file most-likely-cause.sql
SELECT
    alert_occurred_at,
    rank,
    probability,
    pipeline_name,
    deployment_id,
    status,
    service,
    environment,
    lag_ms / 1000 AS lag_seconds,
    coincidence,
    settled,
    link
FROM suspects
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND alert_id = {alert:String} AND NOT elsewhere
ORDER BY alert_occurred_at, rank
