using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>The whole world in one process, on loopback: Kafka, schema registry, ClickHouse, ingest, worker and sink.</summary>
/// <remarks>For the demo and for tests of the whole way of an event. At least once, in memory: what it holds is gone when it ends.</remarks>
public sealed class EmbeddedWorld : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<Task> _loops = [];

    private EmbeddedWorld(KafkaSettings kafka) => Kafka = kafka;

    public KafkaSettings Kafka { get; }
    public Uri Ingest { get; private set; } = null!;

    /// <summary>Null where libchdb is not to be had; <see cref="WithoutClickHouse"/> says why.</summary>
    public ClickHouseSettings? ClickHouse { get; private set; }

    public string? WithoutClickHouse { get; private set; }

    /// <summary>Completes when a loop of the world has failed; its exception says why.</summary>
    public Task Failed { get; private set; } = Task.CompletedTask;

    /// <summary>Starts everything; all of it serves when this returns.</summary>
    /// <param name="withClickHouse">A process can hold one engine: a second world in it goes without.</param>
    public static async Task<EmbeddedWorld> StartAsync(
        Catalog catalog, IngestSettings ingest, JoinSettings join, ILoggerFactory logs, CancellationToken cancellationToken, bool withClickHouse = true)
    {
        // The engine takes the longest to start, and nothing waits for it but the sink.
        var clickHouse = withClickHouse ? StartClickHouseAsync(logs, cancellationToken) : Task.FromResult<(EmbeddedClickHouse?, string?)>((null, "it was not asked for"));
        var cluster = EmbeddedKafka.Start();
        var registry = await SchemaRegistryServer.StartAsync(0, cancellationToken).ConfigureAwait(false);
        var kafka = new KafkaSettings
        {
            BootstrapServers = cluster.BootstrapServers,
            Registry = new SchemaRegistrySettings { Url = registry.Url },
        };
        var world = new EmbeddedWorld(kafka);
        world._servers.Add(new Owned(cluster));
        world._servers.Add(registry);
        try
        {
            cluster.CreateTopics(kafka.Topics.All);
            var producer = EventProducer.Open(kafka, logs);
            world._servers.Add(producer);
            await CatalogPublisher.PublishAsync(catalog, producer, cancellationToken).ConfigureAwait(false);
            var server = await Webhooks.Ingest.StartAsync(ingest, kafka, catalog, producer, logs, cancellationToken).ConfigureAwait(false);
            world._servers.Add(server);
            world.Ingest = server.Address;
            world._loops.Add(new Worker(new WorkerSettings { Kafka = kafka, Join = join, AssignAll = true, AtLeastOnce = true }, logs).RunAsync(world._stop.Token));
            await world.AddClickHouseAsync(clickHouse, logs, cancellationToken).ConfigureAwait(false);
            world.Failed = Task.WhenAny(world._loops).Unwrap();
            return world;
        }
        catch
        {
            await world.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).WaitAsync(StopLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The other way round than they were started: what writes goes before what is written to.
        for (var i = _servers.Count - 1; i >= 0; i--) await _servers[i].DisposeAsync().ConfigureAwait(false);
        _servers.Clear();
        _stop.Dispose();
    }

    private static async Task<(EmbeddedClickHouse? Server, string? Problem)> StartClickHouseAsync(ILoggerFactory logs, CancellationToken cancellationToken)
    {
        try
        {
            return (await EmbeddedClickHouse.StartAsync(new EmbeddedClickHouseSettings(), logs, cancellationToken).ConfigureAwait(false), null);
        }
        catch (EmbeddedClickHouseUnavailableException e)
        {
            return (null, e.Message);
        }
    }

    private async Task AddClickHouseAsync(Task<(EmbeddedClickHouse? Server, string? Problem)> starting, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var (server, problem) = await starting.ConfigureAwait(false);
        WithoutClickHouse = problem;
        if (server is null) return;
        _servers.Insert(0, server);
        ClickHouse = new ClickHouseSettings { Url = server.Url.ToString() };
        using (var http = new ClickHouseHttp(ClickHouse))
        {
            await new SchemaSetup(ClickHouse, http).RunAsync(dryRun: false, cancellationToken).ConfigureAwait(false);
        }
        _loops.Add(new ClickHouseSink(new SinkSettings { Kafka = Kafka with { GroupId = "streamdeploy-sink" }, ClickHouse = ClickHouse, AssignAll = true }, logs).RunAsync(_stop.Token));
    }

    private sealed class Owned(IDisposable server) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            server.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
