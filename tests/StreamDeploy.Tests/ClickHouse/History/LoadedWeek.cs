using System.Text.Json;
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
        foreach ((HistoryTable table, _) in Rows())
            await AskAsync("SYSTEM STOP MERGES " + table.Name);
        await AskAsync("SYSTEM STOP MERGES dead_letters");
        for (int time = 0; time < 2; time++)
        {
            foreach ((HistoryTable table, HistoryRow[] rows) in Rows())
                await table.InsertAsync(http, rows, $"{table.Name} {time}", CancellationToken.None);
            await AskAsync("INSERT INTO dead_letters FORMAT JSONEachRow\n" + Letters(), "insert_deduplication_token=letters" + time);
        }
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    public Task<string> AskAsync(string sql, string url = "") => _server.PostAsync(sql, $"database={Database}&{url}");

    /// <summary>Each table's rows, by the product's own mapping of records to rows.</summary>
    private static IEnumerable<(HistoryTable Table, HistoryRow[] Rows)> Rows()
    {
        yield return (HistoryTable.Deployments, [.. WeekEvents.Deployments.Select((d, i) => new DeploymentRow(d, new(0, i, d.OccurredAtMs + 1000)))]);
        yield return (HistoryTable.Alerts, [.. WeekEvents.Alerts.Select((a, i) => new AlertRow(a, new(0, i, a.UpdatedAtMs + 1000)))]);
        var answers = WeekAnswers.All.Select((a, i) => (a.Enrichment, Place: new KafkaPlace(0, i, a.Enrichment.AlertOccurredAtMs + a.AfterAlertMs))).ToList();
        yield return (HistoryTable.Suspects, [.. answers.SelectMany(a => a.Enrichment.Suspects.Select((s, i) => new SuspectRow(a.Enrichment, s, elsewhere: false, i + 1, a.Place))
            .Concat(a.Enrichment.Elsewhere.Select((s, i) => new SuspectRow(a.Enrichment, s, elsewhere: true, i + 1, a.Place))))]);
        yield return (HistoryTable.Revisions, [.. answers.Select(a => new EnrichmentRow(a.Enrichment, a.Place))]);
    }

    private static string Letters() => string.Join('\n',
    [
        Letter(0, "02-25 09:00", "worker", "LATE", "deployments", 0, 7),
        Letter(1, "03-03 09:00", "worker", "LATE", "deployments", 0, 11),
        Letter(2, "03-03 09:05", "worker", "LATE", "deployments", 0, 12),
        // One record that neither reader can read.
        Letter(3, "03-05 08:00", "worker", "NOT_AVRO", "alerts", 1, 5),
        Letter(4, "03-05 08:01", "history", "NOT_AVRO", "alerts", 1, 5),
    ]);

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
