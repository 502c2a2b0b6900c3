using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>A shape's records on the broker, and what must come of them.</summary>
internal sealed class SourceTopics
{
    private static readonly TimeSpan FlushLimit = TimeSpan.FromMinutes(1);

    private SourceTopics(KafkaSettings settings, int partitions) => (Settings, Expected) = (settings, [.. Enumerable.Range(0, partitions).Select(_ => new Expectation())]);

    public KafkaSettings Settings { get; }

    /// <summary>One for each partition.</summary>
    public Expectation[] Expected { get; }

    /// <summary>Of key and value, on average.</summary>
    public double BytesPerRecord { get; private set; }

    public static async Task<SourceTopics> FillAsync(Cluster cluster, Shape shape, long records, CancellationToken cancellationToken)
    {
        var filled = new SourceTopics(await cluster.CreateTopicsAsync(shape.Name, cancellationToken), cluster.Partitions);
        using var source = await EncodedWorkload.OpenAsync(shape, filled.Settings, cluster.Partitions, cancellationToken);
        using var producer = cluster.Producer(lingerMs: 20);
        // Event time must have passed when the records are read, for what lies ahead of the clock is impossible.
        var startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (records + 1) * Workload.StepMs;
        var bytes = 0L;
        for (var i = 0L; i < records; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = source.Next(startMs + i * Workload.StepMs);
            bytes += record.Message.Key.Length + record.Message.Value.Length;
            if (record.Alert is { } alert) filled.Expected[record.To.Partition].Apply(alert);
            else filled.Expected[record.To.Partition].Apply(record.Deployment!);
            Produce(producer, record.To, record.Message);
        }
        if (producer.Flush(FlushLimit) > 0) throw new BenchException($"the topics could not be filled: no acknowledgement within {FlushLimit}", BenchException.Unavailable);
        filled.BytesPerRecord = (double)bytes / records;
        var there = cluster.RecordsIn(filled.Settings.Topics.Deployments, filled.Settings.Topics.Alerts);
        return there == records ? filled : throw new BenchException($"the topics hold {there} records instead of {records}");
    }

    /// <summary>Waits where the producer has no room.</summary>
    public static void Produce(IProducer<byte[], byte[]> producer, TopicPartition to, Message<byte[], byte[]> message)
    {
        while (true)
        {
            try
            {
                producer.Produce(to, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(5);
            }
        }
    }
}

/// <summary>A record of the workload as it goes to Kafka, and what it was made of: the one or the other.</summary>
internal readonly record struct EncodedRecord(TopicPartition To, Message<byte[], byte[]> Message, Deployment? Deployment, Alert? Alert);

/// <summary>The records of a shape, one after the other, encoded and with the partition of their account.</summary>
internal sealed class EncodedWorkload : IDisposable
{
    private readonly Workload _workload;
    private readonly TopicNames _topics;
    private readonly SchemaRegistryClient _registry;
    private readonly RecordEncoder<Deployment> _deployments;
    private readonly RecordEncoder<Alert> _alerts;
    private readonly int _partitions;
    private long _index;

    private EncodedWorkload(Shape shape, KafkaSettings settings, int partitions)
    {
        (_workload, _topics, _registry, _partitions) = (new(shape), settings.Topics, new(settings.Registry), partitions);
        (_deployments, _alerts) = (new(_registry, _topics.Deployments), new(_registry, _topics.Alerts));
    }

    public static async Task<EncodedWorkload> OpenAsync(Shape shape, KafkaSettings settings, int partitions, CancellationToken cancellationToken)
    {
        var opened = new EncodedWorkload(shape, settings, partitions);
        await opened._deployments.PrepareAsync(cancellationToken);
        await opened._alerts.PrepareAsync(cancellationToken);
        return opened;
    }

    public EncodedRecord Next(long eventTimeMs)
    {
        var index = _index++;
        if (Workload.IsAlert(index))
        {
            var alert = _workload.Alert(index, eventTimeMs);
            return Record(_topics.Alerts, alert.AccountId, _alerts.Encode(alert), eventTimeMs) with { Alert = alert };
        }
        var deployment = _workload.Deployment(index, eventTimeMs);
        return Record(_topics.Deployments, deployment.AccountId, _deployments.Encode(deployment), eventTimeMs) with { Deployment = deployment };
    }

    public void Dispose() => _registry.Dispose();

    private EncodedRecord Record(string topic, string accountId, byte[] value, long eventTimeMs)
    {
        var key = Encoding.UTF8.GetBytes(accountId);
        var message = new Message<byte[], byte[]> { Key = key, Value = value, Timestamp = new(eventTimeMs, TimestampType.CreateTime) };
        return new(new(topic, Murmur2.PartitionOf(key, _partitions)), message, null, null);
    }
}
