-- What was deployed in the hour before every HIGH alert of the week?
--
-- One row per alert and deployment that ran at some time within the hour before it, near or far from being a suspect; an alert with nothing before it has one row
-- without a deployment. minutes_before is from the end of the deployment, 0: it was running. status is how far the deployment is now.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @before-high-alerts.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file before-high-alerts.sql
SELECT
    a.occurred_at AS raised_at,
    a.alert_id AS alert_id,
    a.summary AS alert,
    ifNull(d.pipeline_id, 0) AS pipeline_id,
    ifNull(d.deployment_id, '') AS deployment_id,
    ifNull(d.kind, '') AS kind,
    ifNull(d.status, '') AS status,
    if(deployment_id = '', NULL, greatest(0, dateDiff('minute', coalesce(d.ended_at, a.occurred_at), a.occurred_at))) AS minutes_before
FROM
(
    SELECT account_id, occurred_at, alert_id, summary
    FROM alerts
    WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND priority = 'HIGH'
) AS a
LEFT JOIN
(
    -- A deployment that ran over midnight has a row for each day.
    SELECT
        account_id,
        pipeline_id,
        deployment_id,
        argMax(r.kind, r.day) AS kind,
        argMax(r.status, r.day) AS status,
        min(r.started_at) AS started_at,
        if(status = 'STARTED', NULL, max(r.ended_at)) AS ended_at
    FROM deployment_days AS r
    WHERE account_id = {account:String} AND day BETWEEN {from:Date} - 1 AND {to:Date}
    GROUP BY account_id, pipeline_id, deployment_id
) AS d
    ON a.account_id = d.account_id AND d.started_at <= a.occurred_at AND coalesce(d.ended_at, a.occurred_at) >= a.occurred_at - INTERVAL 1 HOUR
ORDER BY raised_at, alert_id, minutes_before, deployment_id
