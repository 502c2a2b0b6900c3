using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Writes events and table entries: Avro, keyed so that what belongs to one account meets in one partition.</summary>
/// <remarks>
/// A returned task completes with the acknowledgement of all in-sync replicas, or fails with <see cref="BrokerUnavailableException"/> within
/// <see cref="KafkaSettings.DeliveryTimeout"/>. Cancelling stops the waiting, not the record. Safe for concurrent use; records of one key
/// produced one after another keep their order. Nothing blocks: callers that do not wait for each record get batches.
/// </remarks>
public sealed class EventProducer : IAsyncDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(10);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly SchemaRegistryClient _registry;
    private readonly Outlet<Deployment> _deployments;
    private readonly Outlet<Alert> _alerts;
    private readonly Outlet<Delivery> _deliveries;
    private readonly Outlet<DeploymentPipeline> _pipelines;
    private readonly Outlet<AlertSource> _sources;
    private readonly Outlet<EscalationPolicy> _policies;
    private readonly Outlet<Team> _teams;
    private readonly Outlet<Account> _accounts;
    private readonly Outlet<ApiKey> _apiKeys;

    private EventProducer(KafkaSettings settings, ILoggerFactory logs)
    {
        _producer = new KafkaClients(settings, logs).OpenProducer();
        _registry = new SchemaRegistryClient(settings.Registry);
        var topics = settings.Topics;
        _deployments = new(_producer, _registry, settings.DeliveryTimeout, topics.Deployments, d => d.AccountId);
        _alerts = new(_producer, _registry, settings.DeliveryTimeout, topics.Alerts, a => a.AccountId);
        _deliveries = new(_producer, _registry, settings.DeliveryTimeout, topics.Deliveries, d => d.AccountId);
        _pipelines = new(_producer, _registry, settings.DeliveryTimeout, topics.DeploymentPipelines, p => RecordKey.Of(p.AccountId, p.Id));
        _sources = new(_producer, _registry, settings.DeliveryTimeout, topics.AlertSources, s => RecordKey.Of(s.AccountId, s.Id));
        _policies = new(_producer, _registry, settings.DeliveryTimeout, topics.EscalationPolicies, p => RecordKey.Of(p.AccountId, p.Id));
        _teams = new(_producer, _registry, settings.DeliveryTimeout, topics.Teams, t => RecordKey.Of(t.AccountId, t.Id));
        _accounts = new(_producer, _registry, settings.DeliveryTimeout, topics.Accounts, a => a.AccountId);
        _apiKeys = new(_producer, _registry, settings.DeliveryTimeout, topics.ApiKeys, k => RecordKey.Of(k.AccountId, k.Id));
    }

    /// <exception cref="KafkaSettingsException">Names the property or setting that is wrong.</exception>
    public static EventProducer Open(KafkaSettings settings, ILoggerFactory logs) => new(settings, logs);

    public Task ProduceAsync(Deployment deployment, CancellationToken cancellationToken) => _deployments.PutAsync(deployment, cancellationToken);

    public Task ProduceAsync(Alert alert, CancellationToken cancellationToken) => _alerts.PutAsync(alert, cancellationToken);

    public Task ProduceAsync(Delivery delivery, CancellationToken cancellationToken) => _deliveries.PutAsync(delivery, cancellationToken);

    public Task PutAsync(DeploymentPipeline pipeline, CancellationToken cancellationToken) => _pipelines.PutAsync(pipeline, cancellationToken);

    public Task PutAsync(AlertSource source, CancellationToken cancellationToken) => _sources.PutAsync(source, cancellationToken);

    public Task PutAsync(EscalationPolicy policy, CancellationToken cancellationToken) => _policies.PutAsync(policy, cancellationToken);

    public Task PutAsync(Team team, CancellationToken cancellationToken) => _teams.PutAsync(team, cancellationToken);

    public Task PutAsync(Account account, CancellationToken cancellationToken) => _accounts.PutAsync(account, cancellationToken);

    public Task PutAsync(ApiKey key, CancellationToken cancellationToken) => _apiKeys.PutAsync(key, cancellationToken);

    public Task DeletePipelineAsync(string accountId, long id, CancellationToken cancellationToken) =>
        _pipelines.DeleteAsync(RecordKey.Of(accountId, id), cancellationToken);

    public Task DeleteSourceAsync(string accountId, long id, CancellationToken cancellationToken) =>
        _sources.DeleteAsync(RecordKey.Of(accountId, id), cancellationToken);

    public Task DeletePolicyAsync(string accountId, long id, CancellationToken cancellationToken) =>
        _policies.DeleteAsync(RecordKey.Of(accountId, id), cancellationToken);

    public Task DeleteTeamAsync(string accountId, long id, CancellationToken cancellationToken) => _teams.DeleteAsync(RecordKey.Of(accountId, id), cancellationToken);

    public Task DeleteAccountAsync(string accountId, CancellationToken cancellationToken) => _accounts.DeleteAsync(accountId, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // What is still on its way gets its chance, but a broker that is gone must not hold up the end of the process.
        await Task.Run(() => _producer.Flush(FlushTimeout)).ConfigureAwait(false);
        _producer.Dispose();
        _registry.Dispose();
    }

    /// <summary>The way into one topic.</summary>
    private sealed class Outlet<T>(IProducer<byte[]?, byte[]?> producer, SchemaRegistryClient registry, TimeSpan timeout, string topic, Func<T, string> keyOf)
    {
        private readonly RecordEncoder<T> _encoder = new(registry, topic);
        private volatile bool _prepared;

        public Task PutAsync(T value, CancellationToken cancellationToken) =>
            _prepared ? SendAsync(keyOf(value), _encoder.Encode(value), cancellationToken) : PrepareAndPutAsync(value, cancellationToken);

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => SendAsync(key, null, cancellationToken);

        private async Task PrepareAndPutAsync(T value, CancellationToken cancellationToken)
        {
            try
            {
                await _encoder.PrepareAsync(cancellationToken).WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SchemaRegistryUnavailableException or SchemaRegistryDeniedException or SchemaRejectedException or TimeoutException)
            {
                // To the caller it is the same: nothing was written, try again later.
                throw new BrokerUnavailableException($"topic {topic}: the schema cannot be registered: {e.Message}", e);
            }
            _prepared = true;
            await SendAsync(keyOf(value), _encoder.Encode(value), cancellationToken).ConfigureAwait(false);
        }

        private async Task SendAsync(string key, byte[]? value, CancellationToken cancellationToken)
        {
            try
            {
                await producer.ProduceAsync(topic, new() { Key = Encoding.UTF8.GetBytes(key), Value = value }, cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException e)
            {
                throw Explain(e);
            }
        }

        private Exception Explain(KafkaException e) => e.Error.Code switch
        {
            ErrorCode.MsgSizeTooLarge => new RecordTooLargeException($"topic {topic}: {e.Error.Reason}", e),
            ErrorCode.Local_QueueFull => new BrokerUnavailableException($"topic {topic}: the producer's queue is full", e),
            ErrorCode.Local_MsgTimedOut => new BrokerUnavailableException($"topic {topic}: no acknowledgement in time", e),
            ErrorCode.Local_UnknownTopic or ErrorCode.UnknownTopicOrPart =>
                new BrokerUnavailableException($"topic {topic} does not exist: run streamdeploy topics create", e),
            _ => new BrokerUnavailableException($"topic {topic}: {e.Error.Reason} ({e.Error.Code})", e),
        };
    }
}
