using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.Kafka;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>One broker in a container, for machines with a Docker engine and without a command that starts brokers.</summary>
internal sealed class BrokerContainer : IBroker
{
    /// <summary>The version of docker/compose.yaml.</summary>
    private const string Image = "apache/kafka:4.3.0";

    /// <summary>The first run pulls the image.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(1);

    // What kafka-cluster sets, beside RealKafka.Quick, for tests that count on it.
    private static readonly string[] Settings =
    [
        "transaction.state.log.num.partitions=10", "offsets.topic.num.partitions=10", "auto.create.topics.enable=false",
        "share.coordinator.state.topic.replication.factor=1", "share.coordinator.state.topic.min.isr=1",
    ];

    private readonly KafkaContainer _container;

    public BrokerContainer()
    {
        LeftContainers.Remove();
        var builder = new KafkaBuilder(Image)
            .WithDockerEndpoint(DockerEngine.Endpoint)
            .WithLogger(NullLogger.Instance)
            .WithLabel(LeftContainers.Label, LeftContainers.ThisProcess)
            .WithEnvironment("KAFKA_HEAP_OPTS", "-Xms256m -Xmx256m");
        foreach (var setting in Settings.Concat(RealKafka.Quick))
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            builder = builder.WithEnvironment(VariableOf(setting[..equals]), setting[(equals + 1)..]);
        }
        _container = builder.Build();
        try
        {
            Within(StartLimit, _container.StartAsync);
        }
        catch
        {
            Dispose();
            throw;
        }
        var port = _container.GetMappedPublicPort(KafkaBuilder.KafkaPort);
        BootstrapServers = string.Create(CultureInfo.InvariantCulture, $"{_container.Hostname}:{port}");
    }

    public string BootstrapServers { get; }

    public void Dispose() => Within(StopLimit, ct => _container.DisposeAsync().AsTask().WaitAsync(ct));

    /// <summary>The image takes a property from the variable of its name.</summary>
    private static string VariableOf(string property) => "KAFKA_" + property.ToUpperInvariant().Replace('.', '_');

    private static void Within(TimeSpan limit, Func<CancellationToken, Task> work)
    {
        using var cancel = new CancellationTokenSource(limit);
        Task.Run(() => work(cancel.Token)).GetAwaiter().GetResult();
    }
}
