using Confluent.Kafka;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>A Kafka and a registry in this process, shared by the tests that post over HTTP; each test has topics of its own.</summary>
public sealed class IngestBroker : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(60);
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private SchemaRegistryServer? _registry;
    private SchemaRegistryClient? _schemas;

    public string BootstrapServers => _kafka.BootstrapServers;

    public string RegistryUrl => _registry!.Url;

    public async Task InitializeAsync()
    {
        _registry = await SchemaRegistryServer.StartAsync(0, CancellationToken.None);
        _schemas = new SchemaRegistryClient(new SchemaRegistrySettings { Url = RegistryUrl });
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _schemas?.Dispose();
        if (_registry is not null)
            await _registry.DisposeAsync();
        _kafka.Dispose();
    }

    /// <summary>Every record of a topic there is now, with its key.</summary>
    public async Task<List<(string Key, T Value)>> ReadAllAsync<T>(string topic)
    {
        _kafka.CreateTopics([topic]);
        var config = new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = "reader", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<string, byte[]>(config).Build();
        var decoder = new RecordDecoder<T>(_schemas!);
        var records = new List<(string, T)>();
        for (var partition = 0; partition < EmbeddedKafka.PartitionsPerTopic; partition++)
        {
            var end = consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), ReadTimeout).High.Value;
            consumer.Assign(new TopicPartitionOffset(topic, partition, Offset.Beginning));
            for (var offset = 0L; offset < end; offset++)
            {
                var record = consumer.Consume(ReadTimeout) ?? throw new TimeoutException($"{topic}[{partition}]@{offset} was not read within {ReadTimeout}");
                records.Add((record.Message.Key, await decoder.DecodeAsync(record.Message.Value, CancellationToken.None)));
            }
        }

        return records;
    }
}

[CollectionDefinition(Name)]
public sealed class IngestTestGroup : ICollectionFixture<IngestBroker>
{
    public const string Name = "ingest";
}
