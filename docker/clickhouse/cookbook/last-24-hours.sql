-- What changed in the last 24 hours?
--
-- Every deployment that ran at some time in the 24 hours up to until, latest first, with how far it is. ended_at null: it is running.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_until=2026-03-04%2012:00:00" --data-binary @last-24-hours.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_until='2026-03-04 12:00:00' --queries-file last-24-hours.sql
SELECT
    min(d.started_at) AS began,
    if(status = 'STARTED', NULL, max(d.ended_at)) AS ended,
    pipeline_id,
    deployment_id,
    argMax(d.kind, d.day) AS kind,
    argMax(d.status, d.day) AS status,
    argMax(d.service, d.day) AS service,
    argMax(d.environment, d.day) AS environment,
    argMax(d.summary, d.day) AS summary
FROM deployment_days AS d
WHERE account_id = {account:String} AND day BETWEEN toDate({until:DateTime('UTC')}) - 2 AND toDate({until:DateTime('UTC')})
GROUP BY pipeline_id, deployment_id
HAVING began <= {until:DateTime('UTC')} AND coalesce(ended, began) > {until:DateTime('UTC')} - INTERVAL 24 HOUR
ORDER BY began DESC, pipeline_id, deployment_id
