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

    /// <summary>Every record of a topic there is now, with its key; without those that delete.</summary>
    public async Task<List<(string Key, T Value)>> ReadAllAsync<T>(string topic)
    {
        _kafka.CreateTopics([topic]);
        var config = new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = "reader", EnableAutoCommit = false, FetchWaitMaxMs = 10, EnablePartitionEof = true };
        using var consumer = new ConsumerBuilder<string, byte[]>(config).Build();
        TopicPartition[] partitions = [.. Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartition(topic, p))];
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, 0)));

        var decoder = new RecordDecoder<T>(_schemas!);
        var records = new List<(string, T)>();
        for (var ended = 0; ended < partitions.Length;)
        {
            var record = consumer.Consume(ReadTimeout) ?? throw new TimeoutException($"{topic}: no end after {records.Count} records within {ReadTimeout}");
            if (record.IsPartitionEOF)
                ended++;
            else if (record.Message.Value is not null)
                records.Add((record.Message.Key, await decoder.DecodeAsync(record.Message.Value, CancellationToken.None)));
        }

        return records;
    }
}

[CollectionDefinition(Name)]
public sealed class IngestTestGroup : ICollectionFixture<IngestBroker>
{
    public const string Name = "ingest";
}
