using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the topics hold now: the tables whole, and from a time on the deployments, alerts and answers of a partition pair.</summary>
/// <remarks>
/// Reads beside everyone else: without a group, committed records only. Blocking. What cannot be read, or would be a dead letter, is left out; records are
/// handed on one by one and not kept.
/// </remarks>
public sealed class RetainedLog : IDisposable
{
    private readonly KafkaClients _clients;
    private readonly TopicNames _topics;
    private readonly SchemaRegistryClient _registry;
    private readonly ILogger _log;
    private readonly Dictionary<string, int> _partitions;

    private RetainedLog(KafkaSettings settings, KafkaClients clients, Dictionary<string, int> partitions, ILoggerFactory logs)
    {
        (_clients, _topics, _partitions) = (clients, settings.Topics, partitions);
        _registry = new SchemaRegistryClient(settings.Registry);
        _log = logs.CreateLogger("StreamDeploy.Kafka");
    }

    /// <exception cref="KafkaSettingsException">A property or setting is wrong, or a topic is missing.</exception>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer.</exception>
    public static RetainedLog Open(KafkaSettings settings, ILoggerFactory logs) => Explained(() =>
    {
        var clients = new KafkaClients(settings, logs);
        using var admin = clients.OpenAdmin();
        var found = admin.GetMetadata(BoundedRead.Limit).Topics.Where(topic => !topic.Error.IsError).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        string[] missing = [.. TablesOf(settings.Topics).Append(settings.Topics.Deployments).Append(settings.Topics.Alerts).Where(topic => !found.ContainsKey(topic))];
        return missing.Length > 0
            ? throw new KafkaSettingsException($"topics missing: {string.Join(", ", missing)}: run streamdeploy topics create")
            : new RetainedLog(settings, clients, found, logs);
    });

    /// <summary>Every record of the tables of all accounts, API keys excepted; the versions of an entry in their order.</summary>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or not in time.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">A schema is not to be had.</exception>
    public void ReadTables(Action<TableChange> apply, CancellationToken cancellationToken) => Explained(() =>
    {
        var decoder = new TableDecoder(_registry, _topics);
        using var consumer = _clients.OpenConsumer();
        var all = TablesOf(_topics).SelectMany(topic => Enumerable.Range(0, _partitions[topic]).Select(p => (new TopicPartition(topic, p), (long?)null)));
        foreach (var raw in new BoundedRead(consumer).Records([.. all], cancellationToken))
        {
            if (TryDecode(raw, () => decoder.DecodeAsync(raw, cancellationToken), out var change))
                apply(change!);
        }

        return true;
    });

    /// <summary>How many partition pairs there are.</summary>
    public int Pairs => _partitions[_topics.Deployments];

    /// <summary>Where the account's records are.</summary>
    public int PairOf(string accountId) => Murmur2.PartitionOf(accountId, Pairs);

    /// <summary>The account's events that answers of alerts raised since then may depend on, each with its Kafka timestamp, by event time as a worker merges them.</summary>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or not in time.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">A schema is not to be had.</exception>
    public void ReadEvents(
        string accountId, JoinSettings join, long sinceMs, Action<Deployment, long> onDeployment, Action<Alert, long> onAlert, CancellationToken cancellationToken)
    {
        // An event time is never more than the skew after Kafka's timestamp, and an alert's event may be a skew older than the alert.
        using var deployments = Deployments(PairOf(accountId), join, sinceMs - join.BeforeMaxMs - join.SkewMs, cancellationToken)
            .Where(deployment => deployment.Record.AccountId == accountId).GetEnumerator();
        using var alerts = Alerts(PairOf(accountId), join, sinceMs - 2 * join.SkewMs, cancellationToken).Where(alert => alert.Record.AccountId == accountId).GetEnumerator();
        var (hasDeployment, hasAlert) = (deployments.MoveNext(), alerts.MoveNext());
        while (hasDeployment || hasAlert)
        {
            var step = PairMerge.Next(
                hasDeployment ? deployments.Current.Record.OccurredAtMs : null, moreDeployments: false, hasAlert ? alerts.Current.Record.UpdatedAtMs : null, moreAlerts: false);
            if (step == MergeStep.TakeDeployment)
            {
                onDeployment(deployments.Current.Record, deployments.Current.KafkaTimestampMs);
                hasDeployment = deployments.MoveNext();
            }
            else
            {
                onAlert(alerts.Current.Record, alerts.Current.KafkaTimestampMs);
                hasAlert = alerts.MoveNext();
            }
        }
    }

    /// <summary>The pair's deployment events of all accounts that can be joined and have at least the given Kafka timestamp, and others among them, in their order.</summary>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or not in time.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">A schema is not to be had.</exception>
    public IEnumerable<Arrived<Deployment>> Deployments(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        Events(Sources.Deployments(_topics, _registry, Pairs, join), pair, fromMs, cancellationToken);

    /// <inheritdoc cref="Deployments"/>
    public IEnumerable<Arrived<Alert>> Alerts(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        Events(Sources.Alerts(_topics, _registry, Pairs, join), pair, fromMs, cancellationToken);

    /// <summary>The answers that were given in the pair, in their order; without what explains them.</summary>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or not in time.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">A schema is not to be had.</exception>
    public IEnumerable<Enrichment> Answers(int pair, long fromMs, CancellationToken cancellationToken)
    {
        if (!_partitions.ContainsKey(_topics.Enrichments))
            yield break;
        var decoder = new RecordDecoder<Enrichment>(_registry, nameof(Enrichment.TeamIds), nameof(Enrichment.Elsewhere));
        foreach (var raw in Records(_topics.Enrichments, pair, fromMs, cancellationToken))
        {
            if (raw.Message.Value is { } value && TryDecode(raw, () => decoder.DecodeAsync(value, raw.Message.Headers, cancellationToken).AsTask(), out var answer))
                yield return answer!;
        }
    }

    public void Dispose() => _registry.Dispose();

    private static IEnumerable<string> TablesOf(TopicNames topics) => [.. TableReader.TopicsOf(topics), topics.Teams];

    private IEnumerable<Arrived<T>> Events<T>(Source<T> source, int pair, long fromMs, CancellationToken cancellationToken)
    {
        foreach (var raw in Records(source.Topic, pair, fromMs, cancellationToken))
        {
            if (raw.Message.Value is not { } value || !TryDecode(raw, () => source.Decoder.DecodeAsync(value, raw.Message.Headers, cancellationToken).AsTask(), out var record))
                continue;
            var timestampMs = raw.Message.Timestamp.UnixTimestampMs;
            // What lies in the wrong partition was sent on to the right one.
            if (source.Judge(record!, raw.Partition.Value, timestampMs, raw.Message.Headers).Kind == FateKind.Join)
                yield return new(record!, timestampMs);
        }
    }

    private IEnumerable<ConsumeResult<byte[]?, byte[]?>> Records(string topic, int partition, long fromMs, CancellationToken cancellationToken)
    {
        using var consumer = _clients.OpenConsumer();
        using var records = new BoundedRead(consumer).Records([(new TopicPartition(topic, partition), fromMs)], cancellationToken).GetEnumerator();
        while (Explained(records.MoveNext))
            yield return records.Current;
    }

    private bool TryDecode<T>(ConsumeResult<byte[]?, byte[]?> raw, Func<Task<T>> decode, out T? record)
    {
        try
        {
            record = decode().GetAwaiter().GetResult();
            return true;
        }
        catch (PoisonException e)
        {
            _log.LeftOut(raw.Topic, raw.Partition.Value, raw.Offset.Value, DeadLetters.ReasonOf(e.Reason), e.Message);
            record = default;
            return false;
        }
    }

    private static T Explained<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (KafkaException e) when (!KafkaClients.IsFinal(e.Error))
        {
            throw new BrokerUnavailableException($"Kafka does not answer: {e.Error.Reason}", e);
        }
    }
}
