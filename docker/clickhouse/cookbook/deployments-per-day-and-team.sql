-- How many deployments a day has each team?
--
-- deployments: those that started on the day; pushes, merges and releases do not count. team_id 0: no team is known for the pipeline.
-- Teams of pipelines are not in the history, which holds events and answers only. What can be told: an answer within a claim (scope TEAM) has only pipelines of the
-- alert's teams, and shared ones, among its suspects. So a pipeline counts for the teams in whose claimed answers it was since learn_from. A pipeline that was
-- never suspected counts for nobody, a shared one for several, and one that has changed hands for both.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08&param_learn_from=2026-01-01" --data-binary @deployments-per-day-and-team.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --param_learn_from=2026-01-01 --queries-file deployments-per-day-and-team.sql
SELECT
    d.day AS day,
    ifNull(t.team_id, 0) AS team_id,
    uniqExact(d.pipeline_id, d.deployment_id) AS deployments
FROM
(
    SELECT day, pipeline_id, deployment_id
    FROM deployment_days
    WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
        AND kind NOT IN ('PUSH', 'MERGE', 'RELEASE')
        -- One that ran over midnight, or was rolled back on a later day, counts where it started.
        AND toDate(started_at, 'UTC') = day AND (isNull(rolled_back_at) OR rolled_back_at > started_at)
) AS d
LEFT JOIN
(
    SELECT DISTINCT s.pipeline_id AS pipeline_id, arrayJoin(e.team_ids) AS team_id
    FROM suspects AS s
    INNER JOIN enrichments AS e ON s.account_id = e.account_id AND s.day = e.day AND s.alert_occurred_at = e.alert_occurred_at AND s.alert_id = e.alert_id
    WHERE s.account_id = {account:String} AND s.day BETWEEN {learn_from:Date} AND {to:Date} AND e.account_id = {account:String} AND e.day BETWEEN {learn_from:Date} AND {to:Date}
        AND e.scope = 'TEAM' AND NOT s.elsewhere
) AS t ON d.pipeline_id = t.pipeline_id
GROUP BY day, team_id
ORDER BY day, team_id
