using System.Net;
using System.Text.Json;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Claims;
using StreamDeploy.Connectors.LiveView.Deployments;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.History;

/// <summary>The newest changes of a time, as far as the history knows.</summary>
/// <param name="Deployments">Those of each change, the newest change first.</param>
/// <param name="Total">How many changes match.</param>
public sealed record HistoryPage(IReadOnlyList<IReadOnlyList<DeploymentKey>> Deployments, int Total);

/// <summary>How many deployments began in a part of the time.</summary>
public sealed record HistoryCell(string? Service, long PipelineId, int Part, int Deployments, int Bad);

/// <summary>What is older than what the topics' tail holds: read from ClickHouse, by account and day.</summary>
/// <remarks>Whoever waits for a page waits for it, so it has seconds, not minutes.</remarks>
public sealed class HistoryReader : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ClickHouseHttp _http;

    public HistoryReader(ClickHouseSettings settings) => _http = new(settings with { RequestTimeout = Limit });

    /// <summary>Whether it answers at all.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _http.QueryAsync("SELECT 1", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ClickHouseException)
        {
            return false;
        }
    }

    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<HistoryPage> NewestAsync(string accountId, ChangeFilter filter, Entries entries, int limit, CancellationToken cancellationToken)
    {
        var rows = await AskAsync(ChangeSql.Newest(accountId, filter, entries, limit), cancellationToken).ConfigureAwait(false);
        return new([.. rows.Select(row => row.GetProperty("deployments").EnumerateArray().Select(KeyOf).ToArray())], rows.Count == 0 ? 0 : rows[0].GetProperty("total").GetInt32());
    }

    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<IReadOnlyList<Deployment>> EventsAsync(string accountId, IReadOnlyCollection<DeploymentKey> deployments, TimeRange range, CancellationToken cancellationToken) =>
        deployments.Count == 0 ? [] : [.. (await AskAsync(ChangeSql.Events(accountId, deployments, range), cancellationToken).ConfigureAwait(false)).Select(Read<Deployment>)
            // A tuple cannot be null there.
            .Select(e => e.Author is { Name: null, Email: null } ? e with { Author = null } : e)];

    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<IReadOnlyList<HistoryCell>> CellsAsync(string accountId, ChangeFilter filter, Entries entries, double partMs, CancellationToken cancellationToken) =>
    [
        .. (await AskAsync(ChangeSql.Cells(accountId, filter, entries, partMs), cancellationToken).ConfigureAwait(false)).Select(row => new HistoryCell(
            row.GetProperty("service").GetString() is { Length: > 0 } service ? service : null, row.GetProperty("pipeline").GetInt64(),
            row.GetProperty("part").GetInt32(), row.GetProperty("deployments").GetInt32(), row.GetProperty("bad").GetInt32())),
    ];

    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<Choices> ChoicesAsync(string accountId, TimeRange range, CancellationToken cancellationToken)
    {
        var row = (await AskAsync(ChangeSql.Choices(accountId, range), cancellationToken).ConfigureAwait(false))[0];
        return new(Texts(row.GetProperty("services")), Texts(row.GetProperty("environments")));
    }

    /// <summary>The newest alerts of a time, each with its events of then and its latest answer.</summary>
    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<IReadOnlyList<AlertTrail>> AlertsAsync(string accountId, TimeRange range, int limit, CancellationToken cancellationToken)
    {
        var (events, answers) = (AskAsync(AlertSql.NewestEvents(accountId, range, limit), cancellationToken), AskAsync(AlertSql.NewestAnswers(accountId, range, limit), cancellationToken));
        return Trails((await events.ConfigureAwait(false)).Select(Read<Alert>), (await answers.ConfigureAwait(false)).Select(Read<Enrichment>));
    }

    /// <summary>An alert with all its events and answers; null where the history does not know it.</summary>
    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<AlertTrail?> AlertAsync(string accountId, AlertKey alert, CancellationToken cancellationToken)
    {
        var (events, answers) = (AskAsync(AlertSql.Events(accountId, alert), cancellationToken), AskAsync(AlertSql.Answers(accountId, alert), cancellationToken));
        return Trails((await events.ConfigureAwait(false)).Select(Read<Alert>), (await answers.ConfigureAwait(false)).Select(Read<Enrichment>)) is [var found, ..] ? found : null;
    }

    /// <summary>What each team's claim did to its alerts, by team; without examples.</summary>
    /// <exception cref="ClickHouseException">It does not answer, or not in time.</exception>
    public async Task<Dictionary<long, ClaimTally>> ClaimsAsync(string accountId, TimeRange range, CancellationToken cancellationToken) =>
        (await AskAsync(AlertSql.Claims(accountId, range), cancellationToken).ConfigureAwait(false)).ToDictionary(
            row => row.GetProperty("team_id").GetInt64(),
            row => new ClaimTally(
                row.GetProperty("answered").GetInt32(), row.GetProperty("narrowed").GetInt32(), row.GetProperty("left_without").GetInt32(), row.GetProperty("hidden").GetInt32(), []));

    public void Dispose() => _http.Dispose();

    private static IReadOnlyList<AlertTrail> Trails(IEnumerable<Alert> events, IEnumerable<Enrichment> answers)
    {
        var byAlert = answers.ToLookup(answer => new AlertKey(answer.AlertId, answer.AlertOccurredAtMs));
        var withEvents = events.GroupBy(e => new AlertKey(e.AlertId, e.OccurredAtMs)).Select(group => AlertTrail.Of(group.Key, group, byAlert[group.Key])).ToList();
        var known = withEvents.Select(alert => alert.Key).ToHashSet();
        return [.. withEvents, .. byAlert.Where(group => !known.Contains(group.Key)).Select(group => AlertTrail.Of(group.Key, [], group))];
    }

    private async Task<IReadOnlyList<JsonElement>> AskAsync(HistoryQuestion question, CancellationToken cancellationToken)
    {
        var answer = await _http.QueryAsync(question.Sql, cancellationToken, question.Parameters).ConfigureAwait(false);
        try
        {
            return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
        }
        catch (JsonException e)
        {
            throw new ClickHouseException($"a row is not JSON: {e.Message}", null, HttpStatusCode.OK, e);
        }
    }

    private static DeploymentKey KeyOf(JsonElement tuple) => tuple.ValueKind == JsonValueKind.Array ? new(tuple[0].GetInt64(), tuple[1].GetString()!)
        : new(tuple.GetProperty("pipeline_id").GetInt64(), tuple.GetProperty("deployment_id").GetString()!);

    private static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(text => text.GetString()!)];

    private static T Read<T>(JsonElement row)
    {
        try
        {
            return RecordJson<T>.Instance.Read(row, "");
        }
        catch (RecordJsonException e)
        {
            throw new ClickHouseException($"a row is no {typeof(T).Name}: {e.Message}", null, HttpStatusCode.OK, e);
        }
    }
}
