using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>One broker and one registry for all tests that share them, started when first asked for. Tests keep apart by topic prefix.</summary>
public sealed class RealServers : IAsyncLifetime
{
    public const string Collection = "real servers";

    // The command goes first: it is what somebody set.
    private readonly Lazy<IBroker> _broker = new(
        () => ServerCommand.IsSet(RealKafka.Variable) || !DockerEngine.Answers ? new RealKafka() : new BrokerContainer());

    private readonly Lazy<RealRegistry> _registry = new(() => new RealRegistry());
    private SchemaRegistryServer? _embedded;
    private int _prefixes;

    /// <summary>Settings under a prefix and a group of their own.</summary>
    public KafkaSettings Settings()
    {
        var name = $"t{Interlocked.Increment(ref _prefixes)}";
        return new()
        {
            BootstrapServers = _broker.Value.BootstrapServers,
            Registry = new() { Url = _embedded?.Url ?? _registry.Value.Url },
            TopicPrefix = name + ".",
            GroupId = name,
        };
    }

    /// <summary>These tests are about the broker: without a registry's command the embedded one does. RealRegistryTests need a real one.</summary>
    public async Task InitializeAsync()
    {
        if (!ServerCommand.IsSet(RealRegistry.Variable))
            _embedded = await SchemaRegistryServer.StartAsync(0, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_broker.IsValueCreated)
            _broker.Value.Dispose();
        if (_registry.IsValueCreated)
            _registry.Value.Dispose();
        if (_embedded is not null)
            await _embedded.DisposeAsync();
    }
}

[CollectionDefinition(RealServers.Collection)]
public sealed class SharesRealServers : ICollectionFixture<RealServers>;
