-- What did claiming pipelines hide from each team?
--
-- alerts: of the team, answered within its claim; alerts_with_hidden: near which the claim hid a deployment; left_without_suspect: that have no suspect because of it;
-- hidden_probable: where the best of what was hidden would have had probability 0.5 or more. Those are to be looked at: near-misses.sql names the deployments.
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_from=2026-03-02&param_to=2026-03-08" --data-binary @hidden-by-claims.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_from=2026-03-02 --param_to=2026-03-08 --queries-file hidden-by-claims.sql
SELECT
    team_id,
    sum(c.alerts) AS alerts,
    sum(c.alerts_with_hidden) AS alerts_with_hidden,
    sum(c.hidden_deployments) AS hidden_deployments,
    sum(c.left_without_suspect) AS left_without_suspect,
    sum(c.hidden_probable) AS hidden_probable
FROM claims AS c
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY team_id
ORDER BY hidden_deployments DESC, team_id
