-- How did one change go its way, from the push to the deployment?
--
-- Every deployment of the commit, oldest first, with what became of it. suspect_probability: the greatest with which a settled answer names it as the cause of an alert.
-- seconds_since_first: from the start of the first of them.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_repository=acme%2Fcheckout&param_commit=c0ffee&param_from=2026-03-02&param_to=2026-03-08" --data-binary @life-line.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_repository=acme/checkout --param_commit=c0ffee --param_from=2026-03-02 --param_to=2026-03-08 --queries-file life-line.sql
SELECT
    min(d.started_at) AS began,
    pipeline_id,
    deployment_id,
    argMax(d.kind, d.day) AS kind,
    argMax(d.status, d.day) AS status,
    argMax(d.environment, d.day) AS environment,
    min(d.rolled_back_at) AS rolled_back_at,
    max(d.suspect_probability) AS suspect_probability,
    dateDiff('second', min(began) OVER (), began) AS seconds_since_first
FROM deployment_days AS d
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND repository = {repository:String} AND commit = {commit:String}
GROUP BY pipeline_id, deployment_id
ORDER BY began, pipeline_id, deployment_id
