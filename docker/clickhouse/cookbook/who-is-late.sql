-- Whose records come too late, or cannot be used?
--
-- records: distinct ones. LATE: older than the grace period when they came. Which producer sent them is not in the history: a record that was set aside is kept by
-- topic, partition and offset (table dead_letters), and as it was in the topic dead-letters. A record that neither reader can read is there once for each.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @who-is-late.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file who-is-late.sql
SELECT
    topic,
    reason,
    reader,
    sum(l.records) AS records,
    max(l.last_at) AS last_at,
    argMax(l.last_error, l.last_at) AS last_error
FROM late_and_rejected AS l
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY topic, reason, reader
ORDER BY records DESC, topic, reason, reader
