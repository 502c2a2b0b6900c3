using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>The sink as it is deployed, the engine it writes to, and beside it what anyone pays who inserts the same rows.</summary>
internal static class MeasuredSink
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>ClickHouse's engine in a process of its own.</summary>
    public static void Engine(ChildOrder order)
    {
        var parent = new ParentLine();
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        RunAsync().GetAwaiter().GetResult();

        async Task RunAsync()
        {
            await using var engine = await EmbeddedClickHouse.StartAsync(new() { MemoryBytesMax = 8L << 30, QueryTimeLimit = Limit, DataPath = order.DataPath.Length > 0 ? order.DataPath : null }, logs);
            ParentLine.Write(new() { Port = engine.Url.Port });
            while (!parent.IsEnded) await Task.Delay(20);
        }
    }

    /// <summary>Everything in the topics into ClickHouse, from when the first batch is acknowledged until the last is: joining the group is left out.</summary>
    public static void Sink(ChildOrder order)
    {
        _ = new ParentLine();
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning));
        using var stop = new CancellationTokenSource(Limit);
        long done = 0, first = 0, started = 0;
        var memory = new List<double>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "streamdeploy.sink.records") listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) =>
        {
            var now = Interlocked.Add(ref done, count);
            if (now == count) (first, started) = (count, Stopwatch.GetTimestamp());
            // After each quarter of the backlog: memory that grows with it would show.
            while (memory.Count < 4 && now >= order.Records * (memory.Count + 1) / 4) memory.Add(ResidentMb());
            if (now >= order.Records) stop.Cancel();
        });
        meters.Start();
        var settings = new SinkSettings { Kafka = KafkaOf(order), ClickHouse = ClickHouseOf(order) };
        var run = new ClickHouseSink(settings, logs).RunAsync(stop.Token);
        while (!stop.IsCancellationRequested && !run.IsCompleted) Thread.Sleep(1);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        run.GetAwaiter().GetResult();
        ParentLine.Write(new() { Inserted = new((order.Records - first) / seconds, Environment.CpuUsage.TotalTime.TotalSeconds, memory) });
    }

    /// <summary>The rows that the sink sends, made beforehand, one insert after the other, through the same client.</summary>
    public static void Bare(ChildOrder order)
    {
        _ = new ParentLine();
        RunAsync().GetAwaiter().GetResult();

        async Task RunAsync()
        {
            var inserts = await PrepareAsync(order);
            using var http = new ClickHouseHttp(ClickHouseOf(order) with { RequestTimeout = Limit });
            var cpu = Environment.CpuUsage.TotalTime;
            // The first batch warms up, as the sink's does.
            var tables = inserts.Select(insert => insert.Table.Name).Distinct().Count();
            var first = inserts.Take(tables).Max(insert => insert.Records);
            var started = 0L;
            foreach (var (i, (table, token, rows, _)) in inserts.Index())
            {
                if (i == tables) started = Stopwatch.GetTimestamp();
                await table.InsertAsync(http, rows, token, CancellationToken.None);
            }
            ParentLine.Write(new() { Inserted = new((order.Records - first) / Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, []) });
        }
    }

    private static async Task<List<(HistoryTable Table, string Token, IReadOnlyList<HistoryRow> Rows, int Records)>> PrepareAsync(ChildOrder order)
    {
        var kafka = KafkaOf(order);
        var settings = new SinkSettings { Kafka = kafka, ClickHouse = ClickHouseOf(order) };
        using var registry = new SchemaRegistryClient(kafka.Registry);
        using var logs = LoggerFactory.Create(_ => { });
        var topics = HistoryTopic.All(kafka.Topics, registry);
        using var consumer = TopicConsumer.OpenAt(kafka, [.. topics.Select(topic => topic.Name)], new Dictionary<PartitionId, long>(), logs);
        var inserts = new List<(HistoryTable, string, IReadOnlyList<HistoryRow>, int)>();
        var limits = new BatchLimits(settings.BatchRowsMax, settings.BatchBytesMax, Limit);
        var batches = topics.ToDictionary(topic => topic.Name, topic => new RowBatch(topic.Name, topic.Tables, limits));
        for (var read = 0L; read < order.Records;)
        {
            foreach (var record in consumer.Poll(10_000, TimeSpan.FromSeconds(1)))
            {
                read++;
                var topic = topics.Single(t => t.Name == record.Topic);
                batches[record.Topic].Add(record, await topic.RowsOfAsync(record, CancellationToken.None), 0);
                if (batches[record.Topic].IsFull) Take(topic);
            }
        }
        foreach (var topic in topics) Take(topic);
        return inserts;

        void Take(HistoryTopic topic)
        {
            var batch = batches[topic.Name];
            for (var table = 0; table < topic.Tables.Count && batch.Count > 0; table++)
                inserts.Add((topic.Tables[table], batch.Token(0, batch.Count), batch.Rows(table, 0, batch.Count), batch.Count));
            batches[topic.Name] = new(topic.Name, topic.Tables, limits);
        }
    }

    private static double ResidentMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static ClickHouseSettings ClickHouseOf(ChildOrder order) => new() { Url = order.ClickHouseUrl, Database = order.Database };

    private static KafkaSettings KafkaOf(ChildOrder order) => new()
    {
        BootstrapServers = order.BootstrapServers,
        Registry = new() { Url = order.RegistryUrl },
        TopicPrefix = order.TopicPrefix,
        GroupId = order.Group,
    };
}
