-- Which pipelines often stand in answers without being the likely cause?
--
-- noise = alerts with a change of it among the suspects, less those where its probability is 0.5 or more. deployment_days counts one that ran over midnight twice.
-- Much noise with many deployments: a shorter window for that pipeline may help.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @noisy-pipelines.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file noisy-pipelines.sql
SELECT
    pipeline_id,
    sum(p.deployments) AS deployment_days,
    sum(p.alerts) AS alerts,
    sum(p.probable) AS probable,
    sum(p.noise) AS noise
FROM noisiest_pipelines AS p
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY pipeline_id
ORDER BY noise DESC, pipeline_id
