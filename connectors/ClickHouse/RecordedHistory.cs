using System.Globalization;
using System.Runtime.CompilerServices;
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
        var partitions = new List<int>();
        var parameters = new Dictionary<string, string> { ["account"] = accountId ?? "", ["from"] = Text(Math.Max(0, fromMs)) };
        await foreach (RecordedPartition row in _http.RowsAsync<RecordedPartition>(RecordQueries.Partitions, parameters, cancellation))
        {
            if (accountId is null || IsHome(accountId, row.Partition))
                partitions.Add(row.Partition);
        }
        return partitions;
    }

    /// <summary>The deployment events of all accounts that can be joined and happened since then, with what the join asks of them, in their order.</summary>
    /// <exception cref="ClickHouseException" />
    public IAsyncEnumerable<Arrived<Deployment>> DeploymentsAsync(int partition, JoinSettings join, long fromMs, CancellationToken cancellation) =>
        RecordsAsync<RecordedDeployment, Deployment>(RecordQueries.Deployments, partition, fromMs,
            arrived => IsHome(arrived.Record.AccountId, partition) && CorrelationTask.Reject(join, arrived.Record, arrived.KafkaTimestampMs) is null, cancellation);

    /// <inheritdoc cref="DeploymentsAsync"/>
    public IAsyncEnumerable<Arrived<Alert>> AlertsAsync(int partition, JoinSettings join, long fromMs, CancellationToken cancellation) =>
        RecordsAsync<RecordedAlert, Alert>(RecordQueries.Alerts, partition, fromMs,
            arrived => IsHome(arrived.Record.AccountId, partition) && CorrelationTask.Reject(join, arrived.Record, arrived.KafkaTimestampMs) is null, cancellation);

    /// <summary>The answers to alerts that were raised since then, in their order; without teams, evidence and what the claim hid.</summary>
    /// <exception cref="ClickHouseException" />
    public async IAsyncEnumerable<Enrichment> AnswersAsync(int partition, long fromMs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (RecordedAnswer row in RowsAsync<RecordedAnswer>(RecordQueries.Answers, partition, fromMs, cancellation))
            yield return row.ToRecord();
    }

    public void Dispose() => _http.Dispose();

    private bool IsHome(string accountId, int partition) => pairs is not { } count || Murmur2.PartitionOf(accountId, count) == partition;

    private async IAsyncEnumerable<Arrived<T>> RecordsAsync<TRow, T>(
        string sql, int partition, long fromMs, Func<Arrived<T>, bool> belongs, [EnumeratorCancellation] CancellationToken cancellation) where TRow : RecordedRow<T>
    {
        await foreach (TRow row in RowsAsync<TRow>(sql, partition, fromMs, cancellation))
        {
            var arrived = new Arrived<T>(row.ToRecord(), row.ArrivedAtMs);
            if (belongs(arrived))
                yield return arrived;
        }
    }

    private async IAsyncEnumerable<TRow> RowsAsync<TRow>(string sql, int partition, long fromMs, [EnumeratorCancellation] CancellationToken cancellation) where TRow : RecordedRow
    {
        long after = -1;
        for (bool any = true; any;)
        {
            any = false;
            var parameters = new Dictionary<string, string>
            {
                ["partition"] = Text(partition),
                ["after"] = Text(after),
                ["from"] = Text(Math.Max(0, fromMs)),
                ["limit"] = Text(PageRowsMax),
            };
            await foreach (TRow row in _http.RowsAsync<TRow>(sql, parameters, cancellation))
            {
                any = true;
                if (row.KafkaOffset == after)
                    continue;
                after = row.KafkaOffset;
                yield return row;
            }
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
