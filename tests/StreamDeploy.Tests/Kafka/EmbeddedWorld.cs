using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Kafka and a schema registry in this process, with all topics, for the tests of one worker.</summary>
internal sealed class EmbeddedWorld : IAsyncDisposable
{
    private static int _worlds;

    private readonly EmbeddedKafka _kafka;
    private readonly SchemaRegistryServer _registry;
    private readonly IProducer<byte[]?, byte[]?> _raw;

    private EmbeddedWorld(EmbeddedKafka kafka, SchemaRegistryServer registry)
    {
        (_kafka, _registry) = (kafka, registry);
        RegistryWire = new Wire(new Uri(registry.Url).Port);
        Settings = new() { BootstrapServers = kafka.BootstrapServers, Registry = new() { Url = registry.Url }, TopicPrefix = $"w{Interlocked.Increment(ref _worlds)}." };
        Producer = EventProducer.Open(Settings, Log);
        _raw = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        Codec = new SchemaRegistryClient(Settings.Registry);
    }

    /// <summary>Event times start here: some hours ago, to the minute, because what lies ahead of the clock is impossible.</summary>
    public long Start { get; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Some.Minute * Some.Minute - 12 * Some.Hour;

    public RecordingLog Log { get; } = new();

    public KafkaSettings Settings { get; }

    public EventProducer Producer { get; }

    public SchemaRegistryClient Codec { get; }

    /// <summary>The way to the registry that can be cut.</summary>
    public Wire RegistryWire { get; }

    public static async Task<EmbeddedWorld> StartAsync()
    {
        var kafka = EmbeddedKafka.Start();
        var world = new EmbeddedWorld(kafka, await SchemaRegistryServer.StartAsync(0, CancellationToken.None));
        kafka.CreateTopics(world.Settings.Topics.All);
        return world;
    }

    public RunningWorker Run(Func<WorkerSettings, WorkerSettings>? change = null)
    {
        var settings = new WorkerSettings { Kafka = Settings, AssignAll = true, AtLeastOnce = true };
        return new RunningWorker(new Worker(change is null ? settings : change(settings), Log), Log);
    }

    public Task Send(params IEnumerable<Deployment> deployments) => InOrder(deployments, d => Producer.ProduceAsync(d, CancellationToken.None));

    public Task Send(params IEnumerable<Alert> alerts) => InOrder(alerts, a => Producer.ProduceAsync(a, CancellationToken.None));

    // The first record of a topic waits for the registry, and those sent meanwhile may overtake each other.
    private static async Task InOrder<T>(IEnumerable<T> records, Func<T, Task> send)
    {
        await send(records.First());
        await Task.WhenAll(records.Skip(1).Select(send));
    }

    /// <summary>Writes bytes as they are where they are told to go, now or as if at a time.</summary>
    public async Task<TopicPartitionOffset> SendRaw(string topic, int partition, byte[]? value, string key = "acme", long? atMs = null, Headers? headers = null) =>
        (await _raw.ProduceAsync(new TopicPartition(topic, partition), new()
        {
            Key = Encoding.UTF8.GetBytes(key),
            Value = value,
            Headers = headers ?? [],
            Timestamp = atMs is { } ms ? new Timestamp(ms, TimestampType.CreateTime) : Timestamp.Default,
        })).TopicPartitionOffset;

    public async Task<byte[]> Encode<T>(string topic, T record)
    {
        var encoder = new RecordEncoder<T>(Codec, topic);
        await encoder.PrepareAsync(CancellationToken.None);
        return encoder.Encode(record);
    }

    public TopicTail Tail(string topic) => new(Settings.BootstrapServers, topic, EmbeddedKafka.PartitionsPerTopic);

    public AnswerTail Answers() => new(Tail(Settings.Topics.Enrichments), Codec);

    public static int PartitionOf(string accountId) => Murmur2.PartitionOf(accountId, EmbeddedKafka.PartitionsPerTopic);

    public async ValueTask DisposeAsync()
    {
        _raw.Dispose();
        await Producer.DisposeAsync();
        Codec.Dispose();
        RegistryWire.Dispose();
        await _registry.DisposeAsync();
        _kafka.Dispose();
    }
}
