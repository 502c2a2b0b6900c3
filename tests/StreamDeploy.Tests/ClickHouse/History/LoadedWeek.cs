using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse.History;

/// <summary>An embedded ClickHouse with the history of <see cref="WeekEvents"/> and <see cref="WeekAnswers"/>, every row of it twice, as after a crash of the sink.</summary>
public sealed class LoadedWeek : IAsyncLifetime
{
    private readonly EmbeddedClickHouseFixture _server = new();

    public string Database { get; } = "week";

    public string Url => _server.Url.ToString();

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        if (!ClickHouseFactAttribute.IsThere)
            return;
        var settings = new ClickHouseSettings { Url = Url, Database = Database };
        using var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
        // What is there twice stays there twice.
        foreach ((string table, _) in Rows())
            await AskAsync("SYSTEM STOP MERGES " + table);
        for (int time = 0; time < 2; time++)
        {
            foreach ((string table, string rows) in Rows())
                await http.InsertAsync(table, Encoding.UTF8.GetBytes(rows), $"{table} {time}", CancellationToken.None);
        }
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    public Task<string> AskAsync(string sql, string url = "") => _server.PostAsync(sql, $"database={Database}&{url}");

    /// <summary>Each table's rows, by the product's own mapping of records to rows.</summary>
    private static IEnumerable<(string Table, string Rows)> Rows()
    {
        yield return ("deployment_events", Lines(WeekEvents.Deployments.Select((d, i) => new DeploymentRow(d, new(0, i, d.OccurredAtMs + 1000))), RowJson.Default.DeploymentRow));
        yield return ("alert_events", Lines(WeekEvents.Alerts.Select((a, i) => new AlertRow(a, new(0, i, a.UpdatedAtMs + 1000))), RowJson.Default.AlertRow));
        var answers = WeekAnswers.All.Select((a, i) => (a.Enrichment, Place: new KafkaPlace(0, i, a.Enrichment.AlertOccurredAtMs + a.AfterAlertMs))).ToList();
        yield return ("enrichment_suspects", Lines(answers.SelectMany(a => a.Enrichment.Suspects.Select((s, i) => new SuspectRow(a.Enrichment, s, elsewhere: false, i + 1, a.Place))
            .Concat(a.Enrichment.Elsewhere.Select((s, i) => new SuspectRow(a.Enrichment, s, elsewhere: true, i + 1, a.Place)))), RowJson.Default.SuspectRow));
        yield return ("enrichment_revisions", Lines(answers.Select(a => new EnrichmentRow(a.Enrichment, a.Place)), RowJson.Default.EnrichmentRow));
        yield return ("dead_letters", string.Join('\n',
        [
            Letter(0, "02-25 09:00", "worker", "LATE", "deployments", 0, 7),
            Letter(1, "03-03 09:00", "worker", "LATE", "deployments", 0, 11),
            Letter(2, "03-03 09:05", "worker", "LATE", "deployments", 0, 12),
            // One record that neither reader can read.
            Letter(3, "03-05 08:00", "worker", "NOT_AVRO", "alerts", 1, 5),
            Letter(4, "03-05 08:01", "history", "NOT_AVRO", "alerts", 1, 5),
        ]));
    }

    private static string Lines<T>(IEnumerable<T> rows, JsonTypeInfo<T> type) => string.Join('\n', rows.Select(row => JsonSerializer.Serialize(row, type)));

    private static string Letter(int offset, string at, string reader, string reason, string topic, int partition, long recordOffset) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["account_id"] = "acme",
        ["arrived_at"] = $"2026-{at}:00",
        ["reader"] = reader,
        ["reason"] = reason,
        ["error"] = reason + " at offset " + recordOffset,
        ["topic"] = topic,
        ["record_partition"] = partition,
        ["record_offset"] = recordOffset,
        ["record_arrived_at"] = "2026-02-25 08:00:00",
        ["bytes"] = 100,
        ["kafka_partition"] = 0,
        ["kafka_offset"] = offset,
    });
}
