using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Cli.Report;

/// <summary>Reads a week from the history.</summary>
internal sealed class WeekReader(ClickHouseHttp clickHouse, string database)
{
    private const int UnknownTable = 60;
    private const int UnknownDatabase = 81;

    public async Task<WeekReport> ReadAsync(string accountId, IsoWeek week, string environment, CancellationToken cancellationToken)
    {
        await CheckAccountAsync(accountId, cancellationToken).ConfigureAwait(false);

        Task<T[]> Rows<T>(string sql, IsoWeek of) => RowsAsync<T>(sql, new()
        {
            ["account"] = accountId,
            ["from"] = of.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["to"] = of.To.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["environment"] = environment,
        }, cancellationToken);

        return new WeekReport
        {
            AccountId = accountId,
            Week = week,
            Environment = environment,
            Deployments = await Rows<StatusCount>(WeekSql.Deployments, week).ConfigureAwait(false),
            Dora = (await Rows<DoraFigures>(WeekSql.Dora, week).ConfigureAwait(false))[0],
            DoraBefore = (await Rows<DoraFigures>(WeekSql.Dora, week.Previous).ConfigureAwait(false))[0],
            Alerts = (await Rows<AlertFigures>(WeekSql.Alerts, week).ConfigureAwait(false))[0],
            AlertLines = await Rows<AlertLine>(WeekSql.AlertLines, week).ConfigureAwait(false),
            Pipelines = await Rows<SuspectedPipeline>(WeekSql.Pipelines, week).ConfigureAwait(false),
            Recoveries = await Rows<Recovery>(WeekSql.Recoveries, week).ConfigureAwait(false),
            Claims = await Rows<TeamClaim>(WeekSql.Claims, week).ConfigureAwait(false),
            Rejected = await Rows<Rejected>(WeekSql.Rejected, week).ConfigureAwait(false),
        };
    }

    private async Task CheckAccountAsync(string accountId, CancellationToken cancellationToken)
    {
        try
        {
            var known = await RowsAsync<Known>(WeekSql.IsKnown, new() { ["account"] = accountId }, cancellationToken).ConfigureAwait(false);
            if (known[0].Count > 0) return;
        }
        catch (ClickHouseException e) when (e.Code is UnknownTable or UnknownDatabase)
        {
            throw new SettingException($"the database \"{database}\" holds no history: `streamdeploy sink --init` makes it, --clickhouse-database names another.");
        }
        var some = await RowsAsync<Account>(WeekSql.SomeAccounts, [], cancellationToken).ConfigureAwait(false);
        throw new SettingException(some.Length == 0
            ? $"--account {accountId}: the history is empty, it has no account at all."
            : $"--account {accountId}: the history has nothing of such an account. It has: {string.Join(", ", some.Select(account => account.AccountId))}{(some.Length == 10 ? ", …" : "")}.");
    }

    private async Task<T[]> RowsAsync<T>(string sql, Dictionary<string, string> parameters, CancellationToken cancellationToken)
    {
        var text = await clickHouse.QueryAsync(sql + "\nFORMAT JSONEachRow", cancellationToken, parameters).ConfigureAwait(false);
        var type = (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)WeekJson.Default.GetTypeInfo(typeof(T))!;
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize(line, type)!)];
    }
}

internal sealed record Known([property: JsonPropertyName("known")] int Count);

internal sealed record Account(string AccountId);

/// <summary>Columns are in snake case; ClickHouse may put large numbers into quotes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Known))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(StatusCount))]
[JsonSerializable(typeof(DoraFigures))]
[JsonSerializable(typeof(AlertFigures))]
[JsonSerializable(typeof(AlertLine))]
[JsonSerializable(typeof(SuspectedPipeline))]
[JsonSerializable(typeof(Recovery))]
[JsonSerializable(typeof(TeamClaim))]
[JsonSerializable(typeof(Rejected))]
internal sealed partial class WeekJson : JsonSerializerContext;
