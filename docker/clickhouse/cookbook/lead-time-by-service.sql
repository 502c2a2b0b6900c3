-- How long does a commit take to be deployed, for each service?
--
-- finished: deployments that SUCCEEDED or FAILED, without pushes, merges and releases; with_commit_time: those of them that say when their commit was made.
-- Lead time is from there to the end of the deployment, in seconds: DORA's change lead time. Empty service or environment: unknown.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @lead-time-by-service.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file lead-time-by-service.sql
SELECT
    service,
    environment,
    count() AS finished,
    countIf(isNotNull(d.committed_at)) AS with_commit_time,
    quantileExactInclusiveOrNull(0.5)(dateDiff('millisecond', d.committed_at, d.finished_at) / 1000) AS median_seconds,
    quantileExactInclusiveOrNull(0.9)(dateDiff('millisecond', d.committed_at, d.finished_at) / 1000) AS p90_seconds
FROM deployment_days AS d
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND kind NOT IN ('PUSH', 'MERGE', 'RELEASE') AND isNotNull(d.finished_at)
GROUP BY service, environment
ORDER BY service, environment
