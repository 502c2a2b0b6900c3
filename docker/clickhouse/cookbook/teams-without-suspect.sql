-- Which teams' alerts never have a suspect?
--
-- One row per team none of whose alerts has one: nothing_near of them had no deployment near, hidden had some, but a claim hid them all. An alert of two teams
-- counts for both; alerts without a team are in no row. Many nothing_near: changes that nobody reports. Many hidden: a claim that is too narrow.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @teams-without-suspect.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file teams-without-suspect.sql
SELECT
    team_id,
    count() AS alerts,
    countIf(e.reason = 'NOTHING_NEAR') AS nothing_near,
    countIf(e.reason = 'OUT_OF_SCOPE') AS hidden
FROM enrichments AS e
ARRAY JOIN e.team_ids AS team_id
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY team_id
HAVING countIf(e.outcome = 'SUSPECTS') = 0
ORDER BY alerts DESC, team_id
