using System.Globalization;
using StreamDeploy.Connectors.LiveView.Changes;

namespace StreamDeploy.Connectors.LiveView.History;

/// <summary>What the pages of alerts ask of the history: always one account's, and of days.</summary>
internal static class AlertSql
{
    private const string Format = " FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_named_tuples_as_objects = 1";

    private const string OfRange = "account_id = {account:String} AND day BETWEEN toDate32(fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')) AND toDate32(fromUnixTimestamp64Milli({toMs:Int64}, 'UTC'))";

    private const string OfAlert = "account_id = {account:String} AND alert_id = {id:String} AND ";

    private const string EventColumns = """
        SELECT account_id AS accountId, event_id AS eventId, alert_id AS alertId, status, priority, summary, toUnixTimestamp64Milli(occurred_at) AS occurredAt,
            toUnixTimestamp64Milli(updated_at) AS updatedAt, toUnixTimestamp64Milli(resolved_at) AS resolvedAt, alert_source_id AS alertSourceId,
            escalation_policy_id AS escalationPolicyId, team_ids AS teamIds, nullIf(toString(service), '') AS service, nullIf(toString(environment), '') AS environment, labels, nullIf(link, '') AS link
        FROM alert_events

        """;

    private const string SuspectType = """
        Tuple(deploymentId String, pipelineId Int64, pipelineName Nullable(String), kind String, status String, summary String, environment Nullable(String), service Nullable(String),
        version Nullable(String), `start` Int64, `end` Nullable(Int64), lagMs Int64, relation String, probability Float64, coincidence Float64,
        evidence Array(Tuple(code String, bits Float64, text String)),
        lifeline Array(Tuple(deploymentId String, kind String, status String, environment Nullable(String), occurredAt Int64)), link Nullable(String))
        """;

    /// <summary>The keys of the newest alerts, whatever has become of them.</summary>
    private const string Newest = $"(SELECT alert_id, occurred_at FROM alert_events WHERE {OfRange} GROUP BY alert_id, occurred_at ORDER BY occurred_at DESC, alert_id LIMIT {{limit:UInt32}})";

    /// <summary>All events of the newest alerts that were raised or heard of in the time.</summary>
    public static HistoryQuestion NewestEvents(string accountId, TimeRange range, int limit) =>
        new($"{EventColumns}WHERE {OfRange} AND (alert_id, occurred_at) IN {Newest}{Format}", Of(accountId, range, limit));

    /// <summary>The latest answers to the newest alerts of the time.</summary>
    public static HistoryQuestion NewestAnswers(string accountId, TimeRange range, int limit) => new(
        Answers($"{OfRange} AND (alert_id, alert_occurred_at) IN {Newest} ORDER BY revision DESC, settled DESC LIMIT 1 BY alert_id, alert_occurred_at"), Of(accountId, range, limit));

    /// <summary>All events of an alert.</summary>
    public static HistoryQuestion Events(string accountId, AlertKey alert) => new(
        // Its events are later than it is; an alert that is not resolved in a month is told of by its first events.
        $"{EventColumns}WHERE {OfAlert} day BETWEEN toDate32(fromUnixTimestamp64Milli({{atMs:Int64}}, 'UTC')) - 1 AND toDate32(fromUnixTimestamp64Milli({{atMs:Int64}}, 'UTC')) + 31 AND toUnixTimestamp64Milli(occurred_at) = {{atMs:Int64}} LIMIT 1000{Format}",
        Of(accountId, alert));

    /// <summary>All answers to an alert.</summary>
    public static HistoryQuestion Answers(string accountId, AlertKey alert) => new(
        Answers($"{OfAlert} day = toDate32(fromUnixTimestamp64Milli({{atMs:Int64}}, 'UTC')) AND toUnixTimestamp64Milli(alert_occurred_at) = {{atMs:Int64}} ORDER BY revision, settled LIMIT 1 BY revision, settled LIMIT 200"),
        Of(accountId, alert));

    /// <summary>What each team's claim did to its alerts of the days.</summary>
    public static HistoryQuestion Claims(string accountId, TimeRange range) => new($"""
        SELECT team_id, sum(alerts) AS answered, sum(alerts_with_hidden) AS narrowed, sum(left_without_suspect) AS left_without, sum(hidden_deployments) AS hidden
        FROM claims WHERE {OfRange} GROUP BY team_id
        """ + Format, Of(accountId, range, 0));

    private static string Answers(string which) => $"""
        WITH chosen AS (SELECT * FROM enrichment_revisions WHERE {which})
        SELECT account_id AS accountId, alert_id AS alertId, alert_summary AS alertSummary, toUnixTimestamp64Milli(alert_occurred_at) AS alertOccurredAt, revision, settled, outcome,
            nullIf(toString(reason), '') AS reason, headline, scope, team_ids AS teamIds, toUnixTimestamp64Milli(window_from) AS windowFrom, toUnixTimestamp64Milli(window_to) AS windowTo,
            considered, out_of_scope AS outOfScope, probability_none AS probabilityNone, found.suspects AS suspects, found.elsewhere AS elsewhere
        FROM chosen AS answer
        LEFT JOIN
        (
            SELECT kafka_partition, kafka_offset,
                arrayMap(ranked -> ranked.2, arraySort(ranked -> ranked.1, groupUniqArrayIf((rank, suspect), NOT is_elsewhere))) AS suspects,
                arrayMap(ranked -> ranked.2, arraySort(ranked -> ranked.1, groupUniqArrayIf((rank, suspect), is_elsewhere))) AS elsewhere
            FROM
            (
                SELECT kafka_partition, kafka_offset, rank, elsewhere AS is_elsewhere, CAST(
                    tuple(deployment_id, pipeline_id, nullIf(toString(pipeline_name), ''), toString(kind), toString(status), summary, nullIf(toString(environment), ''), nullIf(toString(service), ''),
                        nullIf(version, ''), toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(ended_at), lag_ms, toString(relation), probability, coincidence,
                        arrayMap((code, bits, text) -> tuple(toString(code), bits, text), evidence.code, evidence.bits, evidence.text),
                        arrayMap((id, kind, status, environment, at) -> tuple(id, toString(kind), toString(status), nullIf(toString(environment), ''), toUnixTimestamp64Milli(at)),
                            lifeline.deployment_id, lifeline.kind, lifeline.status, lifeline.environment, lifeline.occurred_at),
                        nullIf(link, '')),
                    '{SuspectType}') AS suspect
                FROM enrichment_suspects
                WHERE account_id = {"{account:String}"} AND day IN (SELECT day FROM chosen) AND (kafka_partition, kafka_offset) IN (SELECT kafka_partition, kafka_offset FROM chosen)
            )
            GROUP BY kafka_partition, kafka_offset
        ) AS found ON found.kafka_partition = answer.kafka_partition AND found.kafka_offset = answer.kafka_offset
        """ + Format;

    private static Dictionary<string, string> Of(string accountId, TimeRange range, int limit) => new()
    {
        ["account"] = accountId,
        ["fromMs"] = Text(range.FromMs),
        ["toMs"] = Text(range.ToMs),
        ["limit"] = Text(limit),
    };

    private static Dictionary<string, string> Of(string accountId, AlertKey alert) => new() { ["account"] = accountId, ["id"] = alert.AlertId, ["atMs"] = Text(alert.OccurredAtMs) };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
