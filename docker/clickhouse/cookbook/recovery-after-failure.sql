-- How long does it take to recover from a deployment that caused an alert?
--
-- deployments: those that a settled answer names with probability 0.5 or more as the cause of an alert which is resolved. Recovery: from the end of the deployment to
-- resolved_at of the last such alert; median and slowest, in seconds. A failed deployment that raised no alert is not in it: nothing says when it was over.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @recovery-after-failure.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file recovery-after-failure.sql
SELECT
    service,
    environment,
    count() AS deployments,
    quantileExactInclusive(0.5)(r.seconds) AS median_seconds,
    max(r.seconds) AS slowest_seconds,
    argMax(r.deployment_id, r.seconds) AS slowest
FROM
(
    SELECT
        s.service AS service,
        s.environment AS environment,
        s.deployment_id AS deployment_id,
        max(dateDiff('millisecond', coalesce(s.ended_at, s.started_at), assumeNotNull(a.resolved_at))) / 1000 AS seconds
    FROM suspects AS s
    INNER JOIN alerts AS a ON s.account_id = a.account_id AND s.day = a.day AND s.alert_occurred_at = a.occurred_at AND s.alert_id = a.alert_id
    WHERE s.account_id = {account:String} AND s.day BETWEEN {from:Date} AND {to:Date} AND a.account_id = {account:String} AND a.day BETWEEN {from:Date} AND {to:Date}
        AND s.settled AND NOT s.elsewhere AND s.probability >= 0.5 AND isNotNull(a.resolved_at)
    GROUP BY s.service, s.environment, s.pipeline_id, s.deployment_id
) AS r
GROUP BY service, environment
ORDER BY median_seconds DESC, service, environment
