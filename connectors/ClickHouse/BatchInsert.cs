using System.Diagnostics;
using System.Globalization;
using ClickHouse.Driver.Copy;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>ClickHouse or Kafka refuses for a reason that someone has to mend; the message says what to do.</summary>
public sealed class SinkStoppedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Gets batches into ClickHouse, whatever it takes: waits out what passes, sorts out rows that are refused.</summary>
/// <remarks>Safe for concurrent use: it holds nothing of a batch. Without a producer of dead letters, records that are refused are only counted.</remarks>
internal sealed partial class BatchInsert(SinkSettings settings, ClickHouseHttp clickHouse, DeadLetterProducer? deadLetters, ILogger log)
{
    private readonly Backoff _backoff = new(settings.RetryFirst, settings.RetryMax);

    /// <summary>When it returns, every record of the batch is in ClickHouse or in dead-letters.</summary>
    /// <exception cref="SinkStoppedException">Neither can be, until someone has mended something.</exception>
    public async Task RunAsync(RowBatch batch, CancellationToken cancellation)
    {
        var halving = new Halving(batch.Count);
        while (halving.TryPeek(out (int From, int To) run))
        {
            if (await InsertAsync(batch, run.From, run.To, cancellation) is not { } refusal)
            {
                halving.Taken();
                continue;
            }
            if (refusal.Index is { } index)
                halving.RefusedAt(index, refusal.Why);
            else
                halving.Refused(refusal.Why);
            if (halving.RefusedRecords.Count > settings.RefusedRowsMax)
                throw new SinkStoppedException($"ClickHouse refuses more than {settings.RefusedRowsMax} records of one batch of {batch.Topic}, so the fault "
                    + $"is not in the records: compare its tables with this version (streamdeploy sink --init --dry-run). The last refusal: {refusal.Why}");
        }
        foreach (RejectedRecord rejected in batch.Rejected)
            await BuryAsync(rejected, cancellation);
        foreach ((int index, string why) in halving.RefusedRecords)
            await BuryAsync(new(batch.Record(index), "REFUSED_BY_CLICKHOUSE", why), cancellation);
        SinkMetrics.Batches.Add(1, SinkMetrics.Topic(batch.Topic));
        SinkMetrics.Records.Add(batch.Count - halving.RefusedRecords.Count, SinkMetrics.Topic(batch.Topic));
    }

    /// <summary>Null when all tables have taken the run, else why one has refused it.</summary>
    private async Task<Refusal?> InsertAsync(RowBatch batch, int from, int to, CancellationToken cancellation)
    {
        string token = batch.Token(from, to);
        for (int table = 0; table < batch.Tables.Count; table++)
        {
            IReadOnlyList<HistoryRow> rows = batch.Rows(table, from, to);
            if (rows.Count > 0 && await InsertAsync(batch, batch.Tables[table], rows, token, cancellation) is { } refusal)
                return refusal;
        }
        return null;
    }

    private async Task<Refusal?> InsertAsync(RowBatch batch, HistoryTable table, IReadOnlyList<HistoryRow> rows, string token, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                long started = Stopwatch.GetTimestamp();
                await table.InsertAsync(clickHouse, rows, token, cancellation);
                SinkMetrics.InsertDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("table", table.Name));
                if (attempt > 1)
                    LogBack(log, table.Name, attempt);
                return null;
            }
            catch (ClickHouseBulkCopySerializationException e)
            {
                return new(WhyUnwritable(e), IndexOf(batch, e.Row));
            }
            catch (ClickHouseException e)
            {
                switch (ErrorKinds.Of(e))
                {
                    case ErrorKind.Poison:
                        return new(e.Message, null);
                    case ErrorKind.Fatal:
                        throw new SinkStoppedException($"ClickHouse does not take rows of table {table.Name}, and will not by itself: {e.Message} "
                            + "Check the settings, and run streamdeploy sink --init", e);
                    default:
                        await WaitAsync(batch.Topic, attempt, e, cancellation);
                        break;
                }
            }
        }
    }

    private static string WhyUnwritable(ClickHouseBulkCopySerializationException e) => $"a value does not fit its column: {e.InnerException?.Message ?? e.Message}";

    /// <summary>The driver gives the row's values, in the order of its properties: the last two are where its record is.</summary>
    private static int? IndexOf(RowBatch batch, object?[] row) =>
        row is [.., int partition, long offset] && batch.IndexOf(partition, offset) is >= 0 and var index ? index : null;

    private async Task BuryAsync(RejectedRecord rejected, CancellationToken cancellation)
    {
        // A letter about a letter would be refused for the same reason, and so on for ever.
        bool isLetter = rejected.Record.Topic == settings.Kafka.Topics.DeadLetters;
        if (deadLetters is not null && isLetter)
            LogLetterRefused(log, rejected.Record.Partition, rejected.Record.Offset, rejected.Error);
        else if (deadLetters is not null)
            await WriteLetterAsync(deadLetters, rejected, cancellation);
        SinkMetrics.Rejected.Add(1, SinkMetrics.Topic(rejected.Record.Topic), new("reason", rejected.Reason));
    }

    private async Task WriteLetterAsync(DeadLetterProducer producer, RejectedRecord rejected, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await producer.WriteAsync(rejected.Record, rejected.Reason, rejected.Error, cancellation);
                return;
            }
            catch (BrokerUnavailableException e)
            {
                await WaitAsync(rejected.Record.Topic, attempt, e, cancellation);
            }
            catch (RecordTooLargeException e)
            {
                throw new SinkStoppedException(e.Message, e);
            }
        }
    }

    private Task WaitAsync(string topic, int attempt, Exception error, CancellationToken cancellation)
    {
        TimeSpan wait = _backoff.Before(attempt, Random.Shared.NextDouble());
        string kind = error is ClickHouseException { Code: { } code } ? code.ToString(CultureInfo.InvariantCulture) : error is ClickHouseException ? "network" : "kafka";
        SinkMetrics.Retries.Add(1, SinkMetrics.Topic(topic), new("error", kind));
        LogRetry(log, topic, attempt, wait, error.Message);
        return Task.Delay(wait, cancellation);
    }

    /// <summary>Why a run was refused, and the record it was for where that is known.</summary>
    private sealed record Refusal(string Why, int? Index);

    [LoggerMessage(LogLevel.Warning, "Rows of {Topic} are kept, attempt {Attempt} failed, next in {Wait}: {Reason}")]
    private static partial void LogRetry(ILogger log, string topic, int attempt, TimeSpan wait, string reason);

    [LoggerMessage(LogLevel.Error, "The dead letter at partition {Partition}, offset {Offset} is no row and stays in its topic only: {Reason}")]
    private static partial void LogLetterRefused(ILogger log, int partition, long offset, string reason);

    [LoggerMessage(LogLevel.Information, "Table {Table} takes rows again, after {Attempts} attempts")]
    private static partial void LogBack(ILogger log, string table, int attempts);
}
