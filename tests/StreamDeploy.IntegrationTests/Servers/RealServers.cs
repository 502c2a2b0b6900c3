using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>One broker and one registry for all tests that share them, started when first asked for. Tests keep apart by topic prefix.</summary>
public sealed class RealServers : IDisposable
{
    public const string Collection = "real servers";

    private readonly Lazy<RealKafka> _kafka = new(() => new RealKafka());
    private readonly Lazy<RealRegistry> _registry = new(() => new RealRegistry());
    private int _prefixes;

    public RealKafka Kafka => _kafka.Value;

    public RealRegistry Registry => _registry.Value;

    /// <summary>Settings under a prefix and a group of their own.</summary>
    public KafkaSettings Settings()
    {
        var name = $"t{Interlocked.Increment(ref _prefixes)}";
        return new()
        {
            BootstrapServers = Kafka.BootstrapServers,
            Registry = new() { Url = Registry.Url },
            TopicPrefix = name + ".",
            GroupId = name,
        };
    }

    public void Dispose()
    {
        if (_kafka.IsValueCreated)
            Kafka.Dispose();
        if (_registry.IsValueCreated)
            Registry.Dispose();
    }
}

[CollectionDefinition(RealServers.Collection)]
public sealed class SharesRealServers : ICollectionFixture<RealServers>;
