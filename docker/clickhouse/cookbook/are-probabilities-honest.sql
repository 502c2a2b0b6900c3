-- Are the probabilities honest?
--
-- First suspects of settled answers, in classes of probability (0.8 is 0.8 up to 1). turned_out_bad: deployments among them that FAILED or were rolled back, by now;
-- share = turned_out_bad / alerts. Which change was the cause nobody has written down, so this is not calibration: a bad change may be left in place or mended forward, and
-- a good one rolled back for fear; FAILED and ROLLED_BACK are evidence of the ranking, too. A share that does not grow with the class is a reason to look.
-- mean_none: mean probability, in the same answers, that no deployment was the cause.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @are-probabilities-honest.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file are-probabilities-honest.sql
SELECT
    floor(least(s.probability, 0.999) * 5) / 5 AS class_from,
    count() AS alerts,
    round(avg(s.probability), 3) AS mean_probability,
    round(avg(e.probability_none), 3) AS mean_none,
    countIf(d.bad) AS turned_out_bad,
    turned_out_bad / alerts AS share
FROM suspects AS s
INNER JOIN enrichments AS e ON s.account_id = e.account_id AND s.day = e.day AND s.alert_occurred_at = e.alert_occurred_at AND s.alert_id = e.alert_id
LEFT ANY JOIN
(
    -- A rollback may come days later.
    SELECT account_id, pipeline_id, deployment_id, countIf(isNotNull(r.failed_at) OR isNotNull(r.rolled_back_at)) > 0 AS bad
    FROM deployment_days AS r
    WHERE account_id = {account:String} AND day >= {from:Date} - 7
    GROUP BY account_id, pipeline_id, deployment_id
) AS d ON s.account_id = d.account_id AND s.pipeline_id = d.pipeline_id AND s.deployment_id = d.deployment_id
WHERE s.account_id = {account:String} AND s.day BETWEEN {from:Date} AND {to:Date} AND e.account_id = {account:String} AND e.day BETWEEN {from:Date} AND {to:Date}
    AND s.settled AND s.rank = 1 AND NOT s.elsewhere
GROUP BY class_from
ORDER BY class_from
