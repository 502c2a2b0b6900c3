-- Why is it that suspect? The evidence for one alert, in bits.
--
-- One row per suspect and factor: 1 bit doubles the odds, -1 halves them. total_bits is the sum of the suspect's factors; how it becomes a probability is in the README
-- ("Ranked by Bayes, in the open").
--
-- curl "http://localhost:8123/?database=streamdeploy&default_format=PrettyCompact&param_account=acme&param_alert=checkout-errors&param_from=2026-03-02&param_to=2026-03-08" --data-binary @evidence-in-bits.sql
-- clickhouse-client --database streamdeploy --param_account=acme --param_alert=checkout-errors --param_from=2026-03-02 --param_to=2026-03-08 --queries-file evidence-in-bits.sql
SELECT
    rank,
    deployment_id,
    probability,
    arraySum(`evidence.bits`) AS total_bits,
    code,
    bits,
    why
FROM suspects
ARRAY JOIN `evidence.code` AS code, `evidence.bits` AS bits, `evidence.text` AS why
WHERE account_id = {account:String} AND day BETWEEN {from:Date} AND {to:Date} AND alert_id = {alert:String} AND NOT elsewhere
ORDER BY alert_occurred_at, rank, bits DESC, code
