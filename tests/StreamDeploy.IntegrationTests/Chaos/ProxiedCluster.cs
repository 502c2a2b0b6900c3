using System.Diagnostics;
using Confluent.Kafka;
using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Three brokers, each with a second listener behind a proxy.</summary>
/// <remarks>
/// Whoever comes over the proxied listener is told the proxies' addresses; whoever comes over the direct one, and the brokers among themselves, never
/// meet a proxy. So a cut wire is between the workers and a broker, and costs neither a replica nor a record of the load.
/// </remarks>
internal sealed class ProxiedCluster : IDisposable
{
    public const int Brokers = 3;

    // A hung broker and a dead producer's transaction are noticed after seconds, not after 9 and 10.
    private static readonly string[] Quick = ["broker.session.timeout.ms=5000", "broker.heartbeat.interval.ms=1000", "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000"];
    private static readonly TimeSpan InSyncLimit = TimeSpan.FromMinutes(2);

    private readonly RealKafka _kafka;
    private readonly int _firstPort;
    private readonly List<Wire> _wires = [];

    private ProxiedCluster()
    {
        _kafka = new RealKafka(Brokers, Quick);
        _firstPort = ServerCommand.FreePorts(3 * Brokers);
    }

    public string Direct => _kafka.BootstrapServers;

    public string Proxied => string.Join(',', Enumerable.Range(1, Brokers).Select(n => $"127.0.0.1:{ProxyPort(n)}"));

    /// <summary>Between the workers and each broker.</summary>
    public IReadOnlyList<Wire> Wires => _wires;

    public static async Task<ProxiedCluster> StartAsync(CancellationToken cancellationToken)
    {
        var cluster = await Task.Run(() => new ProxiedCluster(), cancellationToken);
        try
        {
            await Task.Run(cluster.AddListeners, cancellationToken);
            for (var n = 1; n <= Brokers; n++)
                cluster._wires.Add(new(cluster.ApiPort(n), cluster.ProxyPort(n), cluster.ProxiedPort(n)));
            foreach (var wire in cluster._wires)
                await wire.LayAsync();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public void Kill(int broker) => _kafka.Kill(broker);

    public void Up(int broker) => _kafka.Up(broker);

    public void Pause(int broker) => _kafka.Pause(broker);

    public void Resume(int broker) => _kafka.Resume(broker);

    public void Stop(int broker) => _kafka.Stop(broker);

    /// <summary>Until every replica is in sync: before that, a second broker down would be one too many.</summary>
    public async Task UntilInSyncAsync(CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Direct, SocketTimeoutMs = 6000 })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        while (!await Task.Run(() => IsInSync(admin), cancellationToken))
        {
            if (waited.Elapsed > InSyncLimit)
                throw new TimeoutException($"the brokers' replicas are not in sync after {InSyncLimit}");
            await Task.Delay(200, cancellationToken);
        }
    }

    public void CopyLogs(string folder)
    {
        for (var n = 1; n <= Brokers; n++)
            File.Copy(Path.Combine(_kafka.Folder, $"{n}", "broker.log"), Path.Combine(folder, $"broker-{n}.log"), overwrite: true);
    }

    public void Dispose()
    {
        _wires.ForEach(w => w.Dispose());
        _kafka.Dispose();
    }

    private static bool IsInSync(IAdminClient admin)
    {
        try
        {
            var metadata = admin.GetMetadata(TimeSpan.FromSeconds(5));
            return metadata.Brokers.Count == Brokers
                && metadata.Topics.SelectMany(t => t.Partitions).All(p => p.Leader >= 0 && p.InSyncReplicas.Length == p.Replicas.Length);
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    private int ProxiedPort(int broker) => _firstPort + broker - 1;

    private int ProxyPort(int broker) => _firstPort + Brokers + broker - 1;

    private int ApiPort(int broker) => _firstPort + 2 * Brokers + broker - 1;

    // The command that starts a cluster gives each broker one listener for clients; the second goes into the file that it leaves.
    private void AddListeners()
    {
        for (var n = 1; n <= Brokers; n++)
        {
            _kafka.Kill(n);
            var port = _kafka.Port + 2 * (n - 1);
            File.AppendAllLines(Path.Combine(_kafka.Folder, $"{n}", "server.properties"),
            [
                $"listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{ProxiedPort(n)},CONTROLLER://127.0.0.1:{port + 1}",
                $"advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{ProxyPort(n)}",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name=PLAINTEXT",
            ]);
        }
        _kafka.UpAll();
    }
}
