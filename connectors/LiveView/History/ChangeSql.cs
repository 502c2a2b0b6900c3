using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.History;

/// <summary>A question to ClickHouse; values from outside are parameters, never text of it.</summary>
internal sealed record HistoryQuestion(string Sql, IReadOnlyDictionary<string, string> Parameters);

/// <summary>What the page of deployments asks of the history: always one account's, and of days.</summary>
/// <remarks>
/// Which changes are the newest is asked of deployment_days, which has a row for each deployment and day; what they are is put together from their events, by the same
/// rules as those of the topics.
/// </remarks>
internal static class ChangeSql
{
    private const string Format = " FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_named_tuples_as_objects = 1";

    private const string OfDays = "d.account_id = {account:String} AND d.day BETWEEN toDate32(fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')) AND toDate32(fromUnixTimestamp64Milli({toMs:Int64}, 'UTC'))";

    /// <summary>As <see cref="ChangeKey"/>.</summary>
    private const string Key = "if(d.repository != '' AND d.commit != '', concat('c', char(31), d.repository, char(31), d.commit), concat('d', char(31), toString(d.pipeline_id), char(31), d.deployment_id))";

    private const string Texts = "concatWithSeparator('\\n', d.summary, d.deployment_id, d.service, d.environment, d.version, d.commit, d.repository, d.branch, d.author_name, d.author_email)";

    /// <summary>The newest changes that match, and how many do.</summary>
    public static HistoryQuestion Newest(string accountId, ChangeFilter filter, Entries entries, int limit)
    {
        var (matching, parameters) = Matching(accountId, filter, entries);
        parameters["limit"] = Text(limit);
        parameters["before"] = Text(filter.BeforeMs ?? long.MaxValue);
        return new($"""
            SELECT deployments, total FROM (SELECT change, latest, deployments, count() OVER () AS total FROM ({matching}))
            WHERE latest < {"{before:Int64}"} ORDER BY latest DESC, change LIMIT {"{limit:UInt32}"}
            """ + Format, parameters);
    }

    /// <summary>How many deployments of the changes that match began in each part of the time, by lane.</summary>
    public static HistoryQuestion Cells(string accountId, ChangeFilter filter, Entries entries, double partMs)
    {
        var (matching, parameters) = Matching(accountId, filter, entries);
        parameters["part"] = partMs.ToString("0.###", CultureInfo.InvariantCulture);
        // Without a filter every deployment counts, and none need be put together with the others of its change.
        var counted = filter.IsNarrow
            ? $"({matching}) ARRAY JOIN all.1 AS service, all.2 AS pipeline_id, all.3 AS started_at, all.4 AS status"
            : $"deployment_days AS d WHERE {OfDays} AND toUnixTimestamp64Milli(last_event_at) >= {{fromMs:Int64}} AND toUnixTimestamp64Milli(started_at) <= {{toMs:Int64}}";
        return new($"""
            SELECT service, if(service = '', pipeline_id, 0) AS pipeline, toInt64(floor((toUnixTimestamp64Milli(started_at) - {"{fromMs:Int64}"}) / {"{part:Float64}"})) AS part, count() AS deployments,
                countIf(status IN ('FAILED', 'ROLLED_BACK')) AS bad
            FROM {counted}
            GROUP BY service, pipeline, part ORDER BY service, pipeline, part
            """ + Format, parameters);
    }

    /// <summary>All events of some deployments, and of the deployments of the same commits.</summary>
    public static HistoryQuestion Events(string accountId, IEnumerable<DeploymentKey> deployments, TimeRange range)
    {
        var ids = JsonSerializer.Serialize(deployments.Select(d => new object[] { d.PipelineId, d.DeploymentId }));
        var parameters = Of(accountId, range);
        parameters["ids"] = ids;
        return new("""
            SELECT account_id AS accountId, event_id AS eventId, deployment_id AS deploymentId, pipeline_id AS pipelineId, source, kind, status, summary,
                toUnixTimestamp64Milli(occurred_at) AS occurredAt, toUnixTimestamp64Milli(started_at) AS startedAt, toUnixTimestamp64Milli(finished_at) AS finishedAt,
                toUnixTimestamp64Milli(committed_at) AS committedAt, nullIf(toString(environment), '') AS environment, nullIf(toString(service), '') AS service, nullIf(version, '') AS version,
                nullIf(commit, '') AS commit, nullIf(toString(repository), '') AS repository, nullIf(toString(branch), '') AS branch,
                CAST(tuple(nullIf(author_name, ''), nullIf(author_email, '')), 'Tuple(name Nullable(String), email Nullable(String))') AS author,
                arrayMap((href, text) -> CAST(tuple(href, nullIf(text, '')), 'Tuple(href String, text Nullable(String))'), links.href, links.text) AS links, nullIf(custom_details, '') AS customDetails
            FROM deployment_events
            WHERE account_id = {account:String} AND day >= toDate32(fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')) - 2
                AND (pipeline_id, deployment_id) IN (SELECT tupleElement(id, 1), tupleElement(id, 2) FROM (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(Tuple(Int64, String))')) AS id))
            LIMIT 20000
            """ + Format, parameters);
    }

    /// <summary>What the filter may be set to.</summary>
    public static HistoryQuestion Choices(string accountId, TimeRange range) => new("""
        SELECT arraySort(groupUniqArrayIf(500)(d.service, d.service != '')) AS services, arraySort(groupUniqArrayIf(100)(d.environment, d.environment != '')) AS environments
        FROM deployment_days AS d
        WHERE 
        """ + OfDays + Format, Of(accountId, range));

    private static (string Sql, Dictionary<string, string> Parameters) Matching(string accountId, ChangeFilter filter, Entries entries)
    {
        var parameters = Of(accountId, filter.Range);
        var having = new StringBuilder();
        void Any(string name, string type, string condition, string value)
        {
            parameters[name] = value;
            having.Append(CultureInfo.InvariantCulture, $" AND countIf({condition.Replace("?", $"{{{name}:{type}}}", StringComparison.Ordinal)}) > 0");
        }

        if (filter.PipelineId is { } pipeline)
            Any("pipeline", "Int64", "d.pipeline_id = ?", Text(pipeline));
        if (filter.TeamId is { } team)
            Any("pipelines", "Array(Int64)", "has(?, d.pipeline_id)", Ids(entries.Pipelines.Where(p => p.TeamIds.Contains(team)).Select(p => p.Id)));
        if (filter.Service is { } service)
            Any("service", "String", "d.service = ?", service);
        if (filter.Environment is { } environment)
            Any("environment", "String", "d.environment = ?", environment);
        if (filter.Kind is { } kind)
            Any("kind", "String", "d.kind = ?", kind.ToString());
        foreach (var (i, word) in (filter.Search ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Index())
        {
            parameters[$"of{i}"] = Ids(entries.Pipelines.Where(p => p.Name.Contains(word, StringComparison.OrdinalIgnoreCase)).Select(p => p.Id));
            Any($"word{i}", "String", $"positionCaseInsensitiveUTF8({Texts}, ?) > 0 OR has({{of{i}:Array(Int64)}}, d.pipeline_id)", word);
        }

        if (filter.Status is { } status)
        {
            parameters["status"] = status.ToString();
            having.Append(" AND argMax(d.status, (d.kind NOT IN ('PUSH', 'MERGE', 'RELEASE'), coalesce(d.ended_at, d.last_event_at))) = {status:String}");
        }

        return ($"""
            SELECT {Key} AS change, max(toUnixTimestamp64Milli(d.last_event_at)) AS latest, groupUniqArray(50)((d.pipeline_id, d.deployment_id)) AS deployments,
                groupArray(50)((d.service, d.pipeline_id, d.started_at, d.status)) AS all
            FROM deployment_days AS d
            WHERE {OfDays}
            GROUP BY change
            HAVING latest >= {"{fromMs:Int64}"} AND min(toUnixTimestamp64Milli(d.started_at)) <= {"{toMs:Int64}"}{having}
            """, parameters);
    }

    private static Dictionary<string, string> Of(string accountId, TimeRange range) => new()
    {
        ["account"] = accountId,
        ["fromMs"] = Text(range.FromMs),
        ["toMs"] = Text(range.ToMs),
    };

    private static string Ids(IEnumerable<long> ids) => $"[{string.Join(',', ids.Select(Text))}]";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
