using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Builds the history anew in a database beside it and exchanges the tables, while the live sink goes on.</summary>
/// <remarks>
/// What Kafka still has is read from Kafka, what it no longer has is taken from the old tables, so a rebuild forgets nothing that retention has
/// deleted. Inserts may be repeated, so only gaps matter: the new tables are read to the end, exchanged, and then whatever came since they were at
/// the end is read once more into the tables that are live now. The live sink's batches that were under way during the exchange are of records
/// that were in Kafka before it, so they are among these.
/// </remarks>
public sealed class HistoryRebuild(SinkSettings settings, ILoggerFactory logs)
{
    /// <summary>Of one statement that copies a month, or counts a table.</summary>
    private static readonly TimeSpan StatementLimit = TimeSpan.FromHours(1);

    private readonly ILogger _log = logs.CreateLogger<HistoryRebuild>();
    private readonly string _live = settings.ClickHouse.Database;
    private readonly string _next = settings.ClickHouse.Database + "_rebuild";

    /// <summary>Whether a rebuild broke off while it exchanged tables: until the next one has run, records may be missing.</summary>
    public static async Task<bool> IsUnfinishedAsync(ClickHouseHttp clickHouse, CancellationToken cancellation) =>
        await clickHouse.QueryAsync("SELECT count() FROM history_rebuilds FINAL WHERE state != 'DONE'", cancellation) != "0\n";

    /// <param name="acceptFewer">Go on although the new tables have fewer rows than the old.</param>
    /// <param name="tell">Gets a line for each step.</param>
    /// <param name="cancellation">The old tables stay as they are; or, after the exchange, the next rebuild finishes this one.</param>
    /// <exception cref="SinkStoppedException">Someone has to decide or mend something; the message says what.</exception>
    /// <exception cref="ClickHouseException">ClickHouse refuses, or is not there.</exception>
    public async Task RunAsync(bool acceptFewer, Action<string> tell, CancellationToken cancellation)
    {
        using var clickHouse = new ClickHouseHttp(settings.ClickHouse with { RequestTimeout = StatementLimit });
        IReadOnlyList<string> missing = await new SchemaSetup(settings.ClickHouse, clickHouse).RunAsync(dryRun: true, cancellation);
        if (missing.Count > 0)
            throw new SinkStoppedException($"The tables of database {_live} are not up to date: run streamdeploy sink --init first. It would {string.Join(", ", missing)}");
        await FinishAsync(clickHouse, tell, cancellation);
        SinkSettings next = settings with { ClickHouse = settings.ClickHouse with { Database = _next } };
        if (await new SchemaSetup(next.ClickHouse, clickHouse).DatabaseExistsAsync(cancellation))
            throw new SinkStoppedException($"There is a database {_next} already: another rebuild is running, or one broke off. If none is running: DROP DATABASE {_next}");

        string startedAt = await clickHouse.QueryOutsideAsync("SELECT toString(now64(3, 'UTC')) FORMAT TSVRaw", cancellation);
        using (var http = new ClickHouseHttp(next.ClickHouse))
            await new SchemaSetup(next.ClickHouse, http).RunAsync(dryRun: false, cancellation);
        tell($"reading everything that Kafka has into database {_next}");
        (Dictionary<PartitionId, long> positions, SinkProgress progress) = await ReadToEndAsync(next, new Dictionary<PartitionId, long>(), cancellation);
        await CopyOlderAsync(clickHouse, progress, tell, cancellation);
        (positions, _) = await ReadToEndAsync(next, positions, cancellation);
        await CompareAsync(clickHouse, startedAt.Trim(), acceptFewer, tell, cancellation);

        await NoteAsync(clickHouse, startedAt.Trim(), "EXCHANGING", positions, cancellation);
        await clickHouse.QueryOutsideAsync($"EXCHANGE TABLES {string.Join(", ", SchemaSetup.EventTables.Select(t => $"{_live}.{t.Table} AND {_next}.{t.Table}"))}{settings.ClickHouse.OnCluster}", cancellation);
        tell("the tables are exchanged");
        await FinishAsync(clickHouse, tell, cancellation);
        tell("done");
    }

    /// <summary>Closes the gap that an exchange leaves, if there was one, and removes the old tables.</summary>
    private async Task FinishAsync(ClickHouseHttp clickHouse, Action<string> tell, CancellationToken cancellation)
    {
        string[] row = (await clickHouse.QueryAsync("SELECT started_at, positions FROM history_rebuilds FINAL WHERE state != 'DONE' LIMIT 1 FORMAT TSVRaw", cancellation)).TrimEnd('\n').Split('\t');
        if (row is not [var startedAt, var positions])
            return;
        tell("reading what came during the exchange");
        (Dictionary<PartitionId, long> ends, _) = await ReadToEndAsync(settings, Read(positions), cancellation);
        await clickHouse.QueryOutsideAsync($"DROP DATABASE IF EXISTS {_next}{settings.ClickHouse.OnCluster} SYNC", cancellation);
        await NoteAsync(clickHouse, startedAt, "DONE", ends, cancellation);
    }

    private Task<(Dictionary<PartitionId, long> Ends, SinkProgress Progress)> ReadToEndAsync(SinkSettings into, IReadOnlyDictionary<PartitionId, long> from, CancellationToken cancellation) =>
        Task.Factory.StartNew(() =>
        {
            using var registry = new SchemaRegistryClient(into.Kafka.Registry);
            using var http = new ClickHouseHttp(into.ClickHouse);
            IReadOnlyList<HistoryTopic> topics = HistoryTopic.All(into.Kafka.Topics, registry);
            using TopicConsumer consumer = TopicConsumer.OpenAt(into.Kafka, [.. topics.Select(topic => topic.Name)], from, logs);
            // The live sink has told what cannot be read.
            using var loop = new SinkLoop(into, consumer, topics, new BatchInsert(into, http, deadLetters: null, _log), _log);
            loop.RunToEnd(cancellation);
            return (consumer.Ends.ToDictionary(), loop.Progress);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Takes from the old tables what lies before the first record that Kafka still has.</summary>
    private async Task CopyOlderAsync(ClickHouseHttp clickHouse, SinkProgress progress, Action<string> tell, CancellationToken cancellation)
    {
        foreach ((string table, string topic) in HistoryTopic.RawTables(settings.Kafka.Topics))
        {
            string older = OlderThan(progress.First.Where(first => first.Key.Topic == topic).ToDictionary(first => first.Key.Partition, first => first.Value));
            string eventTime = SchemaSetup.EventTables.Single(t => t.Table == table).EventTime;
            string months = await clickHouse.QueryAsync($"SELECT DISTINCT toYYYYMM({eventTime}) AS month FROM {table} WHERE {older} ORDER BY month FORMAT TSVRaw", cancellation);
            foreach (string month in months.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                await clickHouse.QueryAsync($"INSERT INTO {_next}.{table} SELECT * FROM {_live}.{table} WHERE ({older}) AND toYYYYMM({eventTime}) = {month}", cancellation);
            if (months.Length > 0)
                tell($"rows of {table} that Kafka no longer has are taken from the old table");
        }
    }

    /// <summary>By offset; and by time, because a topic that was made anew begins at offset 0 again.</summary>
    private static string OlderThan(Dictionary<int, (long Offset, long TimestampMs)> first) => string.Join(" OR ",
    [
        .. first.Select(f => string.Create(CultureInfo.InvariantCulture,
            $"kafka_partition = {f.Key} AND (kafka_offset < {f.Value.Offset} OR arrived_at < fromUnixTimestamp64Milli({f.Value.TimestampMs}, 'UTC'))")),
        first.Count == 0 ? "1" : $"kafka_partition NOT IN ({string.Join(", ", first.Keys)})",
    ]);

    private async Task CompareAsync(ClickHouseHttp clickHouse, string startedAt, bool acceptFewer, Action<string> tell, CancellationToken cancellation)
    {
        foreach ((string table, _) in HistoryTopic.RawTables(settings.Kafka.Topics))
        {
            long old = await CountAsync(_live), rebuilt = await CountAsync(_next);
            tell(string.Create(CultureInfo.InvariantCulture, $"{table}: {rebuilt} rows, the old table has {old}"));
            if (rebuilt < old && !acceptFewer)
            {
                throw new SinkStoppedException($"{table} would have {old - rebuilt} rows fewer than it has. Nothing is exchanged. Compare {_next}.{table} with {_live}.{table}; "
                    + $"if fewer is right, DROP DATABASE {_next} and run this again with --accept-fewer");
            }

            async Task<long> CountAsync(string database) => long.Parse(await clickHouse.QueryOutsideAsync(
                $"SELECT count() FROM {database}.{table} FINAL WHERE arrived_at < '{startedAt}' FORMAT TSVRaw", cancellation), CultureInfo.InvariantCulture);
        }
    }

    private static async Task NoteAsync(ClickHouseHttp clickHouse, string startedAt, string state, IReadOnlyDictionary<PartitionId, long> positions, CancellationToken cancellation)
    {
        string json = JsonSerializer.Serialize(positions.OrderBy(p => p.Key.Topic, StringComparer.Ordinal).ThenBy(p => p.Key.Partition)
            .ToDictionary(p => $"{p.Key.Topic}/{p.Key.Partition}", p => p.Value), RebuildJson.Default.DictionaryStringInt64);
        await clickHouse.QueryAsync("INSERT INTO history_rebuilds (started_at, state, positions) SELECT {started_at:String}, {state:String}, {positions:String}", cancellation,
            new Dictionary<string, string> { ["started_at"] = startedAt, ["state"] = state, ["positions"] = json });
    }

    private static Dictionary<PartitionId, long> Read(string positions) => JsonSerializer.Deserialize(positions, RebuildJson.Default.DictionaryStringInt64)!.ToDictionary(
        p => new PartitionId(p.Key[..p.Key.LastIndexOf('/')], int.Parse(p.Key.AsSpan(p.Key.LastIndexOf('/') + 1), CultureInfo.InvariantCulture)), p => p.Value);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class RebuildJson : System.Text.Json.Serialization.JsonSerializerContext;
