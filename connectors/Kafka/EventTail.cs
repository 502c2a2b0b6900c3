using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record of the topics that are followed, decoded.</summary>
/// <param name="Value">A <see cref="Deployment"/>, an <see cref="Alert"/>, an <see cref="Enrichment"/> or a <see cref="Delivery"/>.</param>
/// <param name="Partition">Where it stands.</param>
/// <param name="Offset">Where it stands.</param>
/// <param name="TimestampMs">Kafka's: about when it arrived.</param>
public readonly record struct TailRecord(object Value, int Partition, long Offset, long TimestampMs);

/// <summary>Follows deployments, alerts, answers and deliveries from a time on, beside everyone else: without a group, committed records only.</summary>
/// <remarks>
/// A thread of its own hands the records on, those of a partition in their order. Poison is left out, as it is from the join; with the registry down it waits.
/// A topic with a missing partition count, or none, is an error at the start, not later; but that of the deliveries may be missing: it came with a later version.
/// </remarks>
public sealed class EventTail : IAsyncDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly SchemaRegistryClient _registry;
    private readonly Dictionary<string, Func<byte[], Headers?, ValueTask<object>>> _decoders;
    private readonly ConcurrentDictionary<PartitionId, long> _next;
    private readonly Dictionary<PartitionId, long> _first;
    private readonly HashSet<TopicPartition> _behind;
    private readonly Action<TailRecord> _apply;
    private readonly ILogger _log;
    private readonly UntilRegistry _untilRegistry;
    private readonly Task _run;

    private EventTail(KafkaSettings settings, IConsumer<byte[]?, byte[]?> consumer, int partitions, IReadOnlyList<TopicPartitionOffset> starts, Action<TailRecord> apply, ILogger log)
    {
        (_consumer, _apply, _log, Partitions, Topics) = (consumer, apply, log, partitions, settings.Topics);
        _registry = new SchemaRegistryClient(settings.Registry);
        _untilRegistry = new UntilRegistry(log, _stopping.Token);
        _decoders = new()
        {
            [Topics.Deployments] = Decoder<Deployment>(),
            [Topics.Alerts] = Decoder<Alert>(),
            [Topics.Enrichments] = Decoder<Enrichment>(),
            [Topics.Deliveries] = Decoder<Delivery>(),
        };
        _first = starts.ToDictionary(start => PartitionId.Of(start.TopicPartition), start => start.Offset.Value);
        _next = new(_first);
        _behind = [.. starts.Select(start => start.TopicPartition)];
        HasDeliveries = starts.Any(start => start.Topic == Topics.Deliveries);
        _consumer.Assign(starts);
        _run = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Of each of the topics.</summary>
    public int Partitions { get; }

    public TopicNames Topics { get; }

    /// <summary>Whether there is a topic of deliveries to follow.</summary>
    public bool HasDeliveries { get; }

    /// <summary>Completes when all is read that was there at the start.</summary>
    public Task CaughtUp => _caughtUp.Task;

    /// <summary>Completes when it has ended; faulted where it could not go on.</summary>
    public Task Ended => _run;

    /// <param name="settings">Where Kafka is.</param>
    /// <param name="fromMs">Records with at least this Kafka timestamp are read.</param>
    /// <param name="apply">Told of each record, on one thread.</param>
    /// <param name="logs">Where it tells.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer.</exception>
    /// <exception cref="KafkaSettingsException">A setting is wrong, or a topic is missing.</exception>
    public static Task<EventTail> StartAsync(KafkaSettings settings, long fromMs, Action<TailRecord> apply, ILoggerFactory logs, CancellationToken cancellationToken) => Task.Run(() =>
    {
        var clients = new KafkaClients(settings, logs);
        IConsumer<byte[]?, byte[]?>? consumer = null;
        try
        {
            var (partitions, ofDeliveries) = PartitionsOf(clients, settings.Topics);
            consumer = clients.OpenConsumer();
            var starts = settings.Topics.CoPartitioned.Select(topic => (Topic: topic, Count: partitions)).Append((Topic: settings.Topics.Deliveries, Count: ofDeliveries))
                .SelectMany(topic => Enumerable.Range(0, topic.Count).Select(p => new TopicPartition(topic.Topic, p)))
                .Select(partition => new TopicPartitionOffset(partition, BoundedRead.StartOf(consumer, partition, fromMs))).ToList();
            cancellationToken.ThrowIfCancellationRequested();
            return new EventTail(settings, consumer, partitions, starts, apply, logs.CreateLogger("StreamDeploy.Kafka"));
        }
        catch (KafkaException e) when (!KafkaClients.IsFinal(e.Error))
        {
            consumer?.Dispose();
            throw new BrokerUnavailableException($"Kafka does not answer: {e.Error.Reason}", e);
        }
        catch
        {
            consumer?.Dispose();
            throw;
        }
    }, cancellationToken);

    /// <summary>The partition in which an account's records meet.</summary>
    public int PartitionOf(string accountId) => Murmur2.PartitionOf(accountId, Partitions);

    /// <summary>The offset in the topic's partition that the reading began at.</summary>
    public long FirstOffset(string topic, int partition) => _first.GetValueOrDefault(new PartitionId(topic, partition));

    /// <summary>The offset in the topic's partition before which everything has been handed on.</summary>
    public long NextOffset(string topic, int partition) => _next.GetValueOrDefault(new PartitionId(topic, partition));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _caughtUp.TrySetCanceled();
        _consumer.Dispose();
        _registry.Dispose();
        _stopping.Dispose();
    }

    private static (int CoPartitioned, int Deliveries) PartitionsOf(KafkaClients clients, TopicNames topics)
    {
        using var admin = clients.OpenAdmin();
        var found = admin.GetMetadata(BoundedRead.Limit).Topics.Where(topic => !topic.Error.IsError).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        string[] missing = [.. topics.CoPartitioned.Where(topic => !found.ContainsKey(topic))];
        if (missing.Length > 0)
            throw new KafkaSettingsException($"topics missing: {string.Join(", ", missing)}: run streamdeploy topics create");
        var counts = topics.CoPartitioned.Select(topic => found[topic]).Distinct().ToArray();
        return counts is [var count]
            ? (count, found.GetValueOrDefault(topics.Deliveries))
            : throw new KafkaSettingsException($"topics {string.Join(", ", topics.CoPartitioned.Select(topic => $"{topic} ({found[topic]})"))} must have the same number of partitions");
    }

    private Func<byte[], Headers?, ValueTask<object>> Decoder<T>()
        where T : class
    {
        var decoder = new RecordDecoder<T>(_registry);
        return async (value, headers) =>
            decoder.TryDecode(value, headers, out var record) ? record : await decoder.DecodeAsync(value, headers, _stopping.Token).ConfigureAwait(false);
    }

    private void Run()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(Turn) is { } raw)
                    Receive(raw);
            }
            catch (ConsumeException e) when (!KafkaClients.IsFinal(e.Error))
            {
                _log.ConsumeFailed(e.Error.Reason);
                _stopping.Token.WaitHandle.WaitOne(Turn);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Receive(ConsumeResult<byte[]?, byte[]?> raw)
    {
        if (raw.IsPartitionEOF)
        {
            // Behind the last record there may be markers of transactions.
            Advance(raw, raw.Offset.Value);
            if (_behind.Remove(raw.TopicPartition) && _behind.Count == 0)
                _caughtUp.TrySetResult();
            return;
        }

        if (raw.Message.Value is { } value && Decode(raw, value) is { } record)
            _apply(new(record, raw.Partition.Value, raw.Offset.Value, raw.Message.Timestamp.UnixTimestampMs));
        Advance(raw, raw.Offset.Value + 1);
    }

    private void Advance(ConsumeResult<byte[]?, byte[]?> raw, long next)
    {
        var partition = PartitionId.Of(raw.TopicPartition);
        _next[partition] = Math.Max(next, _next.GetValueOrDefault(partition));
    }

    private object? Decode(ConsumeResult<byte[]?, byte[]?> raw, byte[] value) => _untilRegistry.Decode(
        raw, () => _decoders[raw.Topic](value, raw.Message.Headers).AsTask(), e => _log.LeftOut(raw.Topic, raw.Partition.Value, raw.Offset.Value, DeadLetters.ReasonOf(e.Reason), e.Message));
}
