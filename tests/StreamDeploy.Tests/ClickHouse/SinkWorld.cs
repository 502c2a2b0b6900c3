using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>A Kafka and a schema registry of its own, records in them, and sinks that read them.</summary>
internal sealed class SinkWorld : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly EmbeddedKafka _cluster;
    private readonly SchemaRegistryServer _registry;
    private readonly EventProducer _events;
    private readonly SchemaRegistryClient _schemas;
    private readonly IProducer<string, byte[]> _raw;
    private readonly RecordEncoder<Enrichment> _enrichments;

    private SinkWorld(EmbeddedKafka cluster, SchemaRegistryServer registry, string topicPrefix)
    {
        (_cluster, _registry) = (cluster, registry);
        Kafka = new KafkaSettings
        {
            BootstrapServers = cluster.BootstrapServers,
            Registry = new SchemaRegistrySettings { Url = registry.Url },
            GroupId = "history",
            TopicPrefix = topicPrefix,
        };
        cluster.CreateTopics(Kafka.Topics.All);
        _events = EventProducer.Open(Kafka, NullLoggerFactory.Instance);
        _schemas = new SchemaRegistryClient(Kafka.Registry);
        _enrichments = new RecordEncoder<Enrichment>(_schemas, Kafka.Topics.Enrichments);
        _raw = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers }).Build();
    }

    public KafkaSettings Kafka { get; }

    public static async Task<SinkWorld> StartAsync(string topicPrefix = "")
    {
        var world = new SinkWorld(EmbeddedKafka.Start(), await SchemaRegistryServer.StartAsync(0, CancellationToken.None), topicPrefix);
        await world._enrichments.PrepareAsync(CancellationToken.None);
        return world;
    }

    /// <summary>Small batches and short waits; the address is what a test gives.</summary>
    public SinkSettings Settings(string url, string database = "history") => new()
    {
        Kafka = Kafka,
        ClickHouse = new ClickHouseSettings { Url = url, Database = database, RequestTimeout = TimeSpan.FromSeconds(20) },
        AssignAll = true,
        BatchAgeMax = TimeSpan.FromMilliseconds(100),
        RetryFirst = TimeSpan.FromMilliseconds(10),
        RetryMax = TimeSpan.FromMilliseconds(100),
    };

    public Task ProduceAsync(IEnumerable<Deployment> deployments) => Task.WhenAll(deployments.Select(d => _events.ProduceAsync(d, CancellationToken.None)));

    public Task ProduceAsync(IEnumerable<Alert> alerts) => Task.WhenAll(alerts.Select(a => _events.ProduceAsync(a, CancellationToken.None)));

    public Task ProduceAsync(IEnumerable<Enrichment> enrichments) =>
        Task.WhenAll(enrichments.Select(e => ProduceRawAsync(Kafka.Topics.Enrichments, e.AccountId + "/" + e.AlertId, _enrichments.Encode(e))));

    public Task ProduceRawAsync(string topic, string key, byte[] value) => _raw.ProduceAsync(topic, new() { Key = key, Value = value });

    /// <summary>The next offset that the group would read, of every partition that has one.</summary>
    public long CommittedRecords(string topic, string? group = null)
    {
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = Kafka.BootstrapServers, GroupId = group ?? Kafka.GroupId }).Build();
        IEnumerable<TopicPartition> partitions = Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartition(topic, p));
        return consumer.Committed(partitions, Limit).Where(offset => !offset.Offset.IsSpecial).Sum(offset => offset.Offset.Value);
    }

    /// <summary>Waits for so many dead letters and gives them with their headers.</summary>
    public List<(byte[] Value, Dictionary<string, string> Headers)> DeadLetters(int count)
    {
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = Kafka.BootstrapServers, GroupId = "dead-letters" }).Build();
        consumer.Assign(Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic)
            .Select(p => new TopicPartitionOffset(Kafka.Topics.DeadLetters, p, Offset.Beginning)));
        var letters = new List<(byte[], Dictionary<string, string>)>();
        using var limit = new CancellationTokenSource(Limit);
        while (letters.Count < count)
        {
            ConsumeResult<byte[], byte[]> letter = consumer.Consume(limit.Token);
            letters.Add((letter.Message.Value, letter.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()))));
        }
        return letters;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _raw.Dispose();
        _schemas.Dispose();
        await _registry.DisposeAsync();
        _cluster.Dispose();
    }

    /// <summary>A sink that runs until it is stopped.</summary>
    public static RunningSink Run(SinkSettings settings) => new(settings);

    internal sealed class RunningSink(SinkSettings settings) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task? _run;

        /// <summary>Ends as <see cref="ClickHouseSink.RunAsync"/> does.</summary>
        public Task Completion => _run ??= new ClickHouseSink(settings, NullLoggerFactory.Instance).RunAsync(_stop.Token);

        public RunningSink Start()
        {
            _ = Completion;
            return this;
        }

        /// <summary>Waits for a condition; a sink that fails in the meantime fails the test with its reason.</summary>
        public async Task UntilAsync(Func<Task<bool>> condition, string what)
        {
            using var limit = new CancellationTokenSource(Limit);
            while (!await condition())
            {
                if (Completion.IsCompleted)
                    await Completion;
                Assert.False(limit.IsCancellationRequested, "not within the limit: " + what);
                await Task.Delay(20);
            }
        }

        public Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Completion.WaitAsync(Limit);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAny(Completion, Task.Delay(Limit));
            _stop.Dispose();
        }
    }
}
