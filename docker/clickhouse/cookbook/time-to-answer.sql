-- How fast are alerts answered?
--
-- median_seconds and p95_seconds: from the arrival of the alert's first event in Kafka to that of the first answer. settled_alerts have their last answer, which takes
-- hours by design: it waits for whatever may still come. revised_alerts have more than one answer, the settled one included.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @time-to-answer.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file time-to-answer.sql
SELECT
    day,
    alerts,
    median_seconds,
    p95_seconds,
    settled_alerts,
    median_settled_seconds,
    revised_alerts
FROM time_to_answer
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
ORDER BY day
