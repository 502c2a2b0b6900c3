using Confluent.Kafka;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Chaos;
using StreamDeploy.IntegrationTests.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests;
using StreamDeploy.Tests.ClickHouse.Oracle;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>Topics on a real broker that a worker answers into, and ClickHouse's engine in a process of its own with a folder that survives it.</summary>
internal sealed class HistoryWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamdeploy-history-").FullName;
    private readonly int _port = ServerCommand.FreePorts(1);
    private readonly RealWorld _world;
    private readonly RecordingLog _log = new();
    private readonly RunningWorker _worker;
    private readonly IReadOnlyList<LogRecord> _records;
    private int _sent;

    private HistoryWorld(RealWorld world, int seed)
    {
        _world = world;
        long spanMs = 10 * Some.Hour;
        var log = new MixedLog(seed, accounts: 6, recordsOfEach: 400, world.Start, spanMs);
        (_records, Tables) = (log.Records, log.Tables);
        Sink = world.Settings with { GroupId = world.Settings.GroupId + "-sink" };
        ClickHouse = new() { Url = $"http://127.0.0.1:{_port}", Database = "history" };
        _worker = world.Run(_log);
    }

    public KafkaSettings Sink { get; }

    public ClickHouseSettings ClickHouse { get; }

    public ClickHouseProcess Engine { get; private set; } = null!;

    public IReadOnlyList<TableRecord> Tables { get; }

    public int RecordsLeft => _records.Count - _sent;

    public static async Task<HistoryWorld> StartAsync(KafkaSettings settings, int seed)
    {
        var world = new HistoryWorld(await RealWorld.CreateAsync(settings), seed);
        await world._world.Producer.SendAsync(world.Tables);
        await world.StartEngineAsync();
        using var http = new ClickHouseHttp(world.ClickHouse);
        await new SchemaSetup(world.ClickHouse, http).RunAsync(dryRun: false, CancellationToken.None);
        return world;
    }

    public async Task StartEngineAsync() => Engine = await ClickHouseProcess.StartAsync(_folder, _port);

    /// <summary>kill -9; it stays away until it is started.</summary>
    public async Task KillEngineAsync()
    {
        await Engine.KillAsync();
        Engine.Dispose();
    }

    /// <summary>The next records of the load, and now and then one that nobody can read.</summary>
    public async Task SendAsync(int records)
    {
        foreach (LogRecord record in _records.Skip(_sent).Take(records))
            await _world.Producer.SendAsync(record);
        // One that no deployment is near.
        await _world.Producer.ProduceAsync(Some.Alert($"lonely-{_sent}", _world.Start, "lonely"), CancellationToken.None);
        _sent = Math.Min(_records.Count, _sent + records);
        using IProducer<string, byte[]> raw = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Sink.BootstrapServers }).Build();
        await raw.ProduceAsync(Sink.Topics.Deployments, new() { Key = "poison", Value = [1, 2, 3] });
    }

    /// <summary>Waits until sinks have committed everything, the worker's answers included, and holds every view against the oracle.</summary>
    public async Task CompareAsync(Func<string> describe)
    {
        await _worker.Reaches(WorkerState.Running);
        // The worker's transactions, and the letters of the sinks, may still be on their way: nothing new for a while, and all of it committed.
        TopicNames topics = Sink.Topics;
        using var progress = new GroupProgress(Sink, new[] { topics.Deployments, topics.Alerts, topics.Enrichments, topics.DeadLetters }.SelectMany(topic => HistoryTopics.PartitionsOf(Sink, topic)),
            topics.Enrichments, topics.DeadLetters);
        long seen = -1;
        await Eventually.True(() =>
        {
            bool still = progress.IsCaughtUp() && progress.Ends == seen;
            seen = progress.Ends;
            if (!still)
                Thread.Sleep(1500);
            return still;
        }, "everything is in ClickHouse and committed", () => progress.Behind + '\n' + describe());
        List<HistoryRecord> records = await HistoryTopics.ReadAsync(Sink);
        IReadOnlyList<ViewComparison> comparisons = await HistoryOracle.DifferencesAsync(records, sql => Engine.PostAsync(sql, "database=" + ClickHouse.Database));
        Assert.All(comparisons, comparison => Assert.True(comparison.Differences.Count == 0, $"{comparison.View}: {string.Join('\n', comparison.Differences)}\n{describe()}"));
        // Claims need teams, which this load has not: all others must have rows, or nothing is shown.
        Assert.Empty(comparisons.Where(comparison => comparison.Rows == 0 && comparison.View != "claims").Select(comparison => comparison.View));
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _world.DisposeAsync();
        Engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
