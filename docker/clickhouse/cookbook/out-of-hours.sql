-- What is deployed out of hours, and does it fail more often?
--
-- By the start in the given time zone: weekend; Friday afternoon from 12:00; night before 8:00 or from 18:00; else office hours. Pushes, merges and releases do not count.
-- bad: FAILED, ROLLED_BACK within the same days, or with probability 0.5 or more the cause of an alert by its settled answer. share = bad / deployments.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08&param_zone=Europe%2FBerlin" --data-binary @out-of-hours.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --param_zone=Europe/Berlin --queries-file out-of-hours.sql
SELECT
    multiIf(toDayOfWeek(d.began, 0, {zone:String}) >= 6, 'weekend',
        toDayOfWeek(d.began, 0, {zone:String}) = 5 AND toHour(d.began, {zone:String}) >= 12, 'Friday afternoon',
        toHour(d.began, {zone:String}) < 8 OR toHour(d.began, {zone:String}) >= 18, 'night', 'office hours') AS period,
    count() AS deployments,
    countIf(d.is_bad) AS bad,
    round(bad / deployments, 3) AS share
FROM
(
    SELECT
        min(r.started_at) AS began,
        countIf(isNotNull(r.failed_at) OR isNotNull(r.rolled_back_at) OR r.suspect_probability >= 0.5) > 0 AS is_bad
    FROM deployment_days AS r
    WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND kind NOT IN ('PUSH', 'MERGE', 'RELEASE')
    GROUP BY pipeline_id, deployment_id
) AS d
GROUP BY period
ORDER BY deployments DESC, period
