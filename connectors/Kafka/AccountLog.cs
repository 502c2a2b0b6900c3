using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the topics hold now: the tables whole, and one account's deployments and alerts from a time on, in the order of the join.</summary>
/// <remarks>
/// Reads beside everyone else: without a group, committed records only. Blocking. What cannot be read, or would be a dead letter, is left out; records are
/// handed on one by one and not kept.
/// </remarks>
public sealed class AccountLog : IDisposable
{
    private readonly KafkaClients _clients;
    private readonly TopicNames _topics;
    private readonly SchemaRegistryClient _registry;
    private readonly ILogger _log;
    private readonly Dictionary<string, int> _partitions;

    private AccountLog(KafkaSettings settings, KafkaClients clients, Dictionary<string, int> partitions, ILoggerFactory logs)
    {
        (_clients, _topics, _partitions) = (clients, settings.Topics, partitions);
        _registry = new SchemaRegistryClient(settings.Registry);
        _log = logs.CreateLogger("StreamDeploy.Kafka");
    }

    /// <exception cref="KafkaSettingsException">A property or setting is wrong, or a topic is missing.</exception>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer.</exception>
    public static AccountLog Open(KafkaSettings settings, ILoggerFactory logs) => Explained(() =>
    {
        var clients = new KafkaClients(settings, logs);
        using var admin = clients.OpenAdmin();
        var found = admin.GetMetadata(BoundedRead.Limit).Topics.Where(topic => !topic.Error.IsError).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        string[] missing = [.. TablesOf(settings.Topics).Append(settings.Topics.Deployments).Append(settings.Topics.Alerts).Where(topic => !found.ContainsKey(topic))];
        return missing.Length > 0
            ? throw new KafkaSettingsException($"topics missing: {string.Join(", ", missing)}: run streamdeploy topics create")
            : new AccountLog(settings, clients, found, logs);
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

    /// <summary>The account's events that answers of alerts raised since then may depend on, each with its Kafka timestamp, by event time as a worker merges them.</summary>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or not in time.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">A schema is not to be had.</exception>
    public void ReadEvents(
        string accountId, JoinSettings join, long sinceMs, Action<Deployment, long> onDeployment, Action<Alert, long> onAlert, CancellationToken cancellationToken) => Explained(() =>
    {
        using var deploymentConsumer = _clients.OpenConsumer();
        using var alertConsumer = _clients.OpenConsumer();
        var deploymentSource = Sources.Deployments(_topics, _registry, _partitions[_topics.Deployments], join);
        var alertSource = Sources.Alerts(_topics, _registry, _partitions[_topics.Alerts], join);
        // An event time is never more than the skew after Kafka's timestamp, and an alert's event may be a skew older than the alert.
        using var deployments = Events(deploymentSource, deploymentConsumer, accountId, sinceMs - join.BeforeMaxMs - join.SkewMs, cancellationToken).GetEnumerator();
        using var alerts = Events(alertSource, alertConsumer, accountId, sinceMs - 2 * join.SkewMs, cancellationToken).GetEnumerator();
        var (hasDeployment, hasAlert) = (deployments.MoveNext(), alerts.MoveNext());
        while (hasDeployment || hasAlert)
        {
            var step = PairMerge.Next(
                hasDeployment ? deploymentSource.EventTimeOf(deployments.Current.Record) : null, moreDeployments: false,
                hasAlert ? alertSource.EventTimeOf(alerts.Current.Record) : null, moreAlerts: false);
            if (step == MergeStep.TakeDeployment)
            {
                onDeployment(deployments.Current.Record, deployments.Current.TimestampMs);
                hasDeployment = deployments.MoveNext();
            }
            else
            {
                onAlert(alerts.Current.Record, alerts.Current.TimestampMs);
                hasAlert = alerts.MoveNext();
            }
        }

        return true;
    });

    public void Dispose() => _registry.Dispose();

    private static IEnumerable<string> TablesOf(TopicNames topics) => [.. TableReader.TopicsOf(topics), topics.Teams];

    private IEnumerable<(T Record, long TimestampMs)> Events<T>(
        Source<T> source, IConsumer<byte[]?, byte[]?> consumer, string accountId, long fromMs, CancellationToken cancellationToken)
    {
        var partition = new TopicPartition(source.Topic, Murmur2.PartitionOf(accountId, _partitions[source.Topic]));
        foreach (var raw in new BoundedRead(consumer).Records([(partition, fromMs)], cancellationToken))
        {
            if (raw.Message.Value is not { } value || !TryDecode(raw, () => source.Decoder.DecodeAsync(value, cancellationToken).AsTask(), out var record))
                continue;
            var timestampMs = raw.Message.Timestamp.UnixTimestampMs;
            if (source.AccountOf(record!) == accountId && source.Judge(record!, raw.Partition.Value, timestampMs, raw.Message.Headers).Kind == FateKind.Join)
                yield return (record!, timestampMs);
        }
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
