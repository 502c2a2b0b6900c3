using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Topics of one test on a real broker, with a producer and a reader of the answers.</summary>
internal sealed class RealWorld : IAsyncDisposable
{
    public const int Partitions = 8;

    private readonly SchemaRegistryClient _registry;

    private RealWorld(KafkaSettings settings)
    {
        Settings = settings;
        Producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        _registry = new SchemaRegistryClient(settings.Registry);
        Answers = new(new TopicTail(settings.BootstrapServers, settings.Topics.Enrichments, Partitions), _registry);
    }

    /// <summary>Event times start here: some hours ago, because what lies ahead of the clock is impossible.</summary>
    public long Start { get; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Some.Minute * Some.Minute - 12 * Some.Hour;

    public KafkaSettings Settings { get; }

    public EventProducer Producer { get; }

    public AnswerTail Answers { get; }

    public SchemaRegistryClient Registry => _registry;

    public static async Task<RealWorld> CreateAsync(KafkaSettings settings)
    {
        await TopicSetup.CreateAsync(settings, new() { Partitions = Partitions, ReplicationFactor = 1 }, NullLoggerFactory.Instance, CancellationToken.None);
        return new(settings);
    }

    public RunningWorker Run(RecordingLog log, Func<KafkaSettings, KafkaSettings>? change = null) =>
        new(new Worker(new() { Kafka = change is null ? Settings : change(Settings) }, log), log);

    /// <summary>An hour of an account's life: every ten minutes a deployment and five minutes later an alert.</summary>
    public IReadOnlyList<(Deployment Deployment, Alert Alert)> Hour(string name, int hour, int accounts) =>
    [
        .. from i in Enumerable.Range(0, 6)
           from account in Enumerable.Range(0, accounts)
           let id = $"{name}-{account}-{hour}-{i}"
           let atMs = Start + hour * Some.Hour + i * 10 * Some.Minute
           select (Some.Deployment("d" + id, atMs, accountId: $"{name}-{account}"), Some.Alert("a" + id, atMs + 5 * Some.Minute, $"{name}-{account}")),
    ];

    public async Task Send(IReadOnlyList<(Deployment Deployment, Alert Alert)> records)
    {
        await Producer.ProduceAsync(records[0].Deployment, CancellationToken.None);
        await Producer.ProduceAsync(records[0].Alert, CancellationToken.None);
        await Task.WhenAll(records.Skip(1).SelectMany(r => new[] { Producer.ProduceAsync(r.Deployment, CancellationToken.None), Producer.ProduceAsync(r.Alert, CancellationToken.None) }));
    }

    public async ValueTask DisposeAsync()
    {
        await Producer.DisposeAsync();
        Answers.Dispose();
        _registry.Dispose();
    }
}
