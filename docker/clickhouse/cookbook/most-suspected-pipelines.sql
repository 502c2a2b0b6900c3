-- Which pipelines are most often the suspect?
--
-- alerts: alerts with a change of it among the suspects; first_suspect: with it as the first; probable: with probability 0.5 or more;
-- expected_alerts: sum of the probabilities, so how many alerts it is expected to have caused. By the latest answers.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @most-suspected-pipelines.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file most-suspected-pipelines.sql
SELECT
    pipeline_id,
    argMax(p.pipeline_name, p.day) AS pipeline_name,
    sum(p.alerts) AS alerts,
    sum(p.first_suspect) AS first_suspect,
    sum(p.probable) AS probable,
    round(sum(p.expected_alerts), 3) AS expected_alerts
FROM suspects_by_pipeline AS p
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY pipeline_id
ORDER BY expected_alerts DESC, pipeline_id
