using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Benchmarks.EndToEnd.Children;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The broker and the registry of a run, and the topics that the run makes there; they are deleted at its end.</summary>
internal sealed class Cluster : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    private readonly IAdminClient _admin;
    private readonly HashSet<string> _topics = new(StringComparer.Ordinal);
    // Runs on one broker do not meet.
    private readonly string _run = $"bench-{Guid.NewGuid().ToString("N")[..8]}.";

    /// <param name="bootstrapServers">The broker.</param>
    /// <param name="registryUrl">The registry.</param>
    /// <param name="partitions">Of each topic that is created.</param>
    public Cluster(string bootstrapServers, string registryUrl, int partitions = BenchSettings.Partitions)
    {
        (BootstrapServers, RegistryUrl, Partitions) = (bootstrapServers, registryUrl, partitions);
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).SetLogHandler((_, _) => { }).Build();
    }

    public string BootstrapServers { get; }

    public string RegistryUrl { get; }

    public int Partitions { get; }

    /// <summary>Creates every topic under a prefix of its own.</summary>
    public async Task<KafkaSettings> CreateTopicsAsync(string name, CancellationToken cancellationToken)
    {
        var settings = new KafkaSettings { BootstrapServers = BootstrapServers, Registry = new() { Url = RegistryUrl }, TopicPrefix = $"{_run}{name}." };
        await CreateAsync(settings.Topics.Enrichments, cancellationToken);
        await TopicSetup.CreateAsync(settings, new() { Partitions = Partitions }, NullLoggerFactory.Instance, cancellationToken);
        _topics.UnionWith(settings.Topics.All);
        return settings;
    }

    /// <summary>Creates a topic for output, of which nothing is compacted away: every record is looked at afterwards.</summary>
    public async Task CreateAsync(string topic, CancellationToken cancellationToken)
    {
        _topics.Add(topic);
        var specification = new TopicSpecification
        {
            Name = topic,
            NumPartitions = Partitions,
            Configs = new() { ["max.message.bytes"] = "4194304" },
        };
        await _admin.CreateTopicsAsync([specification], new() { OperationTimeout = Limit, RequestTimeout = Limit }).WaitAsync(Limit, cancellationToken);
    }

    public async Task DeleteAsync(string topic, CancellationToken cancellationToken)
    {
        await _admin.DeleteTopicsAsync([topic], new() { OperationTimeout = Limit, RequestTimeout = Limit }).WaitAsync(Limit, cancellationToken);
        _topics.Remove(topic);
    }

    /// <summary>For the next run: a topic for output with nothing in it.</summary>
    public async Task EmptyAsync(string topic, CancellationToken cancellationToken)
    {
        await DeleteAsync(topic, cancellationToken);
        await CreateAsync(topic, cancellationToken);
    }

    /// <summary>
    /// Waits until a group has committed so many records of both topics, and says how many it was then. Offsets can be read once the transaction that holds them
    /// is complete, with all that was written in it.
    /// </summary>
    public long WaitForCommit(IConsumer<byte[], byte[]> group, TopicNames topics, long records, TimeSpan limit, CancellationToken cancellationToken)
    {
        TopicPartition[] partitions = [.. PartitionsOf(topics.Deployments), .. PartitionsOf(topics.Alerts)];
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var committed = group.Committed(partitions, RequestLimit).Sum(c => Math.Max(0, c.Offset.Value));
            if (committed >= records) return committed;
            if (waited.Elapsed > limit) throw new BenchException($"{committed} of {records} records were committed within {limit}");
            cancellationToken.ThrowIfCancellationRequested();
            Thread.Sleep(2);
        }
    }

    public ChildOrder Order(KafkaSettings topics, string group, BenchSettings settings) => new()
    {
        BootstrapServers = BootstrapServers,
        RegistryUrl = RegistryUrl,
        TopicPrefix = topics.TopicPrefix,
        Group = _run + group,
        Protocol = settings.Protocol,
        Threads = settings.Threads,
        Partitions = Partitions,
        Share = Partitions,
    };

    public long RecordsIn(params IEnumerable<string> topics)
    {
        using var consumer = Consumer("none");
        return topics.SelectMany(PartitionsOf).Sum(partition => consumer.QueryWatermarkOffsets(partition, Limit).High.Value);
    }

    public IEnumerable<TopicPartition> PartitionsOf(string topic) => Enumerable.Range(0, Partitions).Select(p => new TopicPartition(topic, p));

    /// <summary>A consumer that sees what is committed, from partitions that it is given.</summary>
    public IConsumer<byte[], byte[]> Consumer(string group) => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = BootstrapServers,
        GroupId = group,
        EnableAutoCommit = false,
        EnablePartitionEof = true,
        IsolationLevel = IsolationLevel.ReadCommitted,
        // Offsets of a transaction that is just being completed are asked for again after this: it adds to what is measured.
        RetryBackoffMs = 2,
        RetryBackoffMaxMs = 2,
    }).SetLogHandler((_, _) => { }).Build();

    public IProducer<byte[], byte[]> Producer(double lingerMs) => new ProducerBuilder<byte[], byte[]>(new ProducerConfig
    {
        BootstrapServers = BootstrapServers,
        EnableIdempotence = true,
        EnableDeliveryReports = false,
        CompressionType = CompressionType.Lz4,
        LingerMs = lingerMs,
        QueueBufferingMaxMessages = 500_000,
    }).SetLogHandler((_, _) => { }).Build();

    public void Dispose()
    {
        try
        {
            if (_topics.Count > 0) _admin.DeleteTopicsAsync(_topics, new() { OperationTimeout = Limit, RequestTimeout = Limit }).Wait(Limit);
        }
        catch (AggregateException)
        {
            // A broker that is gone took them with it; a topic that is gone need not go.
        }
        _admin.Dispose();
    }
}
