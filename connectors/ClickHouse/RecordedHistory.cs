using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>What the history holds of a partition pair: its deployments, alerts and answers, as they went through Kafka.</summary>
/// <remarks>
/// Holds a page of rows at a time. No query stays open between two pages, however long the reader takes; each looks through what the partition has
/// after the given time, of which only the offsets are read beside the page's own rows.
/// </remarks>
/// <param name="settings">Where it is.</param>
/// <param name="pairs">How many partitions the topics have, to leave out what was written to a wrong one and sent on; null where nobody knows, then it stays.</param>
public sealed class RecordedHistory(ClickHouseSettings settings, int? pairs) : IDisposable
{
    private const int PageRows = 20_000;

    private readonly ClickHouseHttp _http = new(settings);

    internal int PageRowsMax { get; init; } = PageRows;

    /// <summary>The partition pairs that have alerts of the account, or of any where it is null.</summary>
    /// <exception cref="ClickHouseException" />
    public async Task<IReadOnlyList<int>> PartitionsAsync(string? accountId, long fromMs, CancellationToken cancellation)
    {
        string answer = await _http.QueryAsync(RecordQueries.Partitions, cancellation,
            new Dictionary<string, string> { ["account"] = accountId ?? "", ["from"] = Text(Math.Max(0, fromMs)) });
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .Where(partition => accountId is null || IsHome(accountId, partition))];
    }

    /// <summary>The deployment events of all accounts that can be joined and happened since then, with what the join asks of them, in their order.</summary>
    /// <exception cref="ClickHouseException" />
    public IAsyncEnumerable<Arrived<Deployment>> DeploymentsAsync(int partition, JoinSettings join, long fromMs, CancellationToken cancellation) =>
        RecordsAsync<Deployment>(RecordQueries.Deployments, partition, fromMs,
            arrived => IsHome(arrived.Record.AccountId, partition) && CorrelationTask.Reject(join, arrived.Record, arrived.KafkaTimestampMs) is null, cancellation);

    /// <inheritdoc cref="DeploymentsAsync"/>
    public IAsyncEnumerable<Arrived<Alert>> AlertsAsync(int partition, JoinSettings join, long fromMs, CancellationToken cancellation) =>
        RecordsAsync<Alert>(RecordQueries.Alerts, partition, fromMs,
            arrived => IsHome(arrived.Record.AccountId, partition) && CorrelationTask.Reject(join, arrived.Record, arrived.KafkaTimestampMs) is null, cancellation);

    /// <summary>The answers to alerts that were raised since then, in their order; without teams, evidence and what the claim hid.</summary>
    /// <exception cref="ClickHouseException" />
    public async IAsyncEnumerable<Enrichment> AnswersAsync(int partition, long fromMs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (JsonElement row in RowsAsync(RecordQueries.Answers, partition, fromMs, cancellation))
            yield return Read<Enrichment>(row);
    }

    public void Dispose() => _http.Dispose();

    private bool IsHome(string accountId, int partition) => pairs is not { } count || Murmur2.PartitionOf(accountId, count) == partition;

    private async IAsyncEnumerable<Arrived<T>> RecordsAsync<T>(
        string sql, int partition, long fromMs, Func<Arrived<T>, bool> belongs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (JsonElement row in RowsAsync(sql, partition, fromMs, cancellation))
        {
            var arrived = new Arrived<T>(Read<T>(row), row.GetProperty("arrivedAt").GetInt64());
            if (belongs(arrived))
                yield return arrived;
        }
    }

    private async IAsyncEnumerable<JsonElement> RowsAsync(string sql, int partition, long fromMs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long after = -1;
        while (true)
        {
            string page = await _http.QueryAsync(sql, cancellation, new Dictionary<string, string>
            {
                ["partition"] = Text(partition),
                ["after"] = Text(after),
                ["from"] = Text(Math.Max(0, fromMs)),
                ["limit"] = Text(PageRowsMax),
            });
            if (page.Length == 0)
                yield break;
            foreach (ReadOnlyMemory<char> line in LinesOf(page))
            {
                JsonElement row = Parse(line);
                long offset = row.GetProperty("kafkaOffset").GetInt64();
                if (offset == after)
                    continue;
                after = offset;
                yield return row;
            }
        }
    }

    private static IEnumerable<ReadOnlyMemory<char>> LinesOf(string page)
    {
        for (int start = 0, end; start < page.Length; start = end + 1)
        {
            end = page.IndexOf('\n', start);
            if (end < 0)
                end = page.Length;
            if (end > start)
                yield return page.AsMemory(start, end - start);
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<char> line)
    {
        try
        {
            return JsonElement.Parse(line.Span);
        }
        catch (JsonException e)
        {
            throw new ClickHouseException($"a row is not JSON: {e.Message}", null, HttpStatusCode.OK, e);
        }
    }

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

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
