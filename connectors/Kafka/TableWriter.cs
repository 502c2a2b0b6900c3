using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>One change of the tables: entries that are put or deleted, and the record of who did it, as one unit.</summary>
public sealed class TableWrite
{
    private readonly List<Func<TableEncoders, TopicNames, (string Topic, string Key, byte[]? Value)>> _records = [];

    /// <summary>Of the change; every record carries it in a header.</summary>
    public string ChangeId { get; } = Guid.CreateVersion7().ToString();

    internal IEnumerable<(string Topic, string Key, byte[]? Value)> Encode(TableEncoders encoders, TopicNames topics) => _records.Select(record => record(encoders, topics));

    public void Put(DeploymentPipeline entry) => Add(entry, static (e, t) => (e.Pipelines, t.DeploymentPipelines), RecordKey.Of(entry.AccountId, entry.Id));

    public void Put(AlertSource entry) => Add(entry, static (e, t) => (e.Sources, t.AlertSources), RecordKey.Of(entry.AccountId, entry.Id));

    public void Put(EscalationPolicy entry) => Add(entry, static (e, t) => (e.Policies, t.EscalationPolicies), RecordKey.Of(entry.AccountId, entry.Id));

    public void Put(Team entry) => Add(entry, static (e, t) => (e.Teams, t.Teams), RecordKey.Of(entry.AccountId, entry.Id));

    public void Put(Account entry) => Add(entry, static (e, t) => (e.Accounts, t.Accounts), entry.AccountId);

    public void Put(ApiKey entry) => Add(entry, static (e, t) => (e.ApiKeys, t.ApiKeys), RecordKey.Of(entry.AccountId, entry.Id));

    public void Append(AuditRecord record) => Add(record, static (e, t) => (e.Audit, t.Audit), record.AccountId);

    public void Delete(Type entity, string accountId, long id) => _records.Add((_, topics) => (
        entity == typeof(DeploymentPipeline) ? topics.DeploymentPipelines
        : entity == typeof(AlertSource) ? topics.AlertSources
        : entity == typeof(EscalationPolicy) ? topics.EscalationPolicies
        : entity == typeof(Team) ? topics.Teams
        : entity == typeof(Account) ? topics.Accounts
        : entity == typeof(ApiKey) ? topics.ApiKeys
        : throw new ArgumentException($"{entity.Name} is no table's"), entity == typeof(Account) ? accountId : RecordKey.Of(accountId, id), null));

    private void Add<T>(T entry, Func<TableEncoders, TopicNames, (RecordEncoder<T> Encoder, string Topic)> of, string key) => _records.Add((encoders, topics) =>
    {
        var (encoder, topic) = of(encoders, topics);
        return (topic, key, encoder.Encode(entry));
    });
}

/// <summary>The encoders of the tables and of the audit topic.</summary>
internal sealed class TableEncoders(SchemaRegistryClient registry, TopicNames topics)
{
    public RecordEncoder<DeploymentPipeline> Pipelines { get; } = new(registry, topics.DeploymentPipelines);
    public RecordEncoder<AlertSource> Sources { get; } = new(registry, topics.AlertSources);
    public RecordEncoder<EscalationPolicy> Policies { get; } = new(registry, topics.EscalationPolicies);
    public RecordEncoder<Team> Teams { get; } = new(registry, topics.Teams);
    public RecordEncoder<Account> Accounts { get; } = new(registry, topics.Accounts);
    public RecordEncoder<ApiKey> ApiKeys { get; } = new(registry, topics.ApiKeys);
    public RecordEncoder<AuditRecord> Audit { get; } = new(registry, topics.Audit);

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Pipelines.PrepareAsync(cancellationToken), Sources.PrepareAsync(cancellationToken), Policies.PrepareAsync(cancellationToken), Teams.PrepareAsync(cancellationToken),
        Accounts.PrepareAsync(cancellationToken), ApiKeys.PrepareAsync(cancellationToken), Audit.PrepareAsync(cancellationToken));
}

/// <summary>Changes the tables one change after another, whatever the number of processes: each decides on what all changes before it left.</summary>
/// <remarks>
/// Kafka is the lock. All writers share one transactional id: opening a producer of that id fences the one that had it before, so that nothing of a predecessor
/// can be committed any more. Who then reads the tables to their end and commits in the same epoch has decided on the latest state; whose commit is refused
/// has lost the turn, takes it again, reads again and decides again. What became of a commit without an answer is seen after the next turn is taken: the
/// change's id is in the tables, or it will never be.
/// </remarks>
public sealed class TableWriter : IAsyncDisposable
{
    private const int TurnsMax = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly KafkaClients _clients;
    private readonly SchemaRegistryClient _registry;
    private readonly TableEncoders _encoders;
    private readonly TableTail _tail;
    private readonly TopicNames _topics;
    private readonly string _transactionalId;
    private readonly ILogger _log;
    private IProducer<byte[]?, byte[]?>? _producer;
    private bool _prepared;

    public TableWriter(KafkaSettings settings, TableTail tail, ILoggerFactory logs)
    {
        (_tail, _topics) = (tail, settings.Topics);
        _clients = new KafkaClients(settings, logs);
        _registry = new SchemaRegistryClient(settings.Registry);
        _encoders = new TableEncoders(_registry, settings.Topics);
        _transactionalId = settings.TopicPrefix + "streamdeploy-tables";
        _log = logs.CreateLogger("StreamDeploy.Kafka");
    }

    /// <summary>Writes what <paramref name="decide"/> makes of the tables as they are; it may be asked several times, or make nothing.</summary>
    /// <param name="decide">Looks at what the tail applied. Null: nothing is to be written.</param>
    /// <param name="isApplied">Whether the change of this id was applied.</param>
    /// <param name="cancellationToken">Ends the waiting for the turn; a write once begun is finished.</param>
    /// <returns>When the tail has applied the change.</returns>
    /// <exception cref="BrokerUnavailableException">It is not known to be written.</exception>
    public async Task WriteAsync(Func<TableWrite?> decide, Func<string, bool> isApplied, CancellationToken cancellationToken)
    {
        if (!await _one.WaitAsync(Limit, cancellationToken).ConfigureAwait(false))
            throw new BrokerUnavailableException("changes made before this one take too long");
        try
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            var waited = Stopwatch.StartNew();
            string? doubtful = null;
            for (var turn = 0; turn < TurnsMax && waited.Elapsed < Limit; turn++)
            {
                if (!await TryTakeTurnAsync().ConfigureAwait(false))
                    continue;
                await _tail.CatchUpAsync(cancellationToken).ConfigureAwait(false);
                if (doubtful is not null && isApplied(doubtful))
                    return;
                if (decide() is not { } write)
                    return;
                if (await TryCommitAsync(write).ConfigureAwait(false))
                {
                    await _tail.CatchUpAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }

                doubtful = write.ChangeId;
            }

            throw new BrokerUnavailableException("the change was not written in time: others change the tables, or Kafka does not answer");
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A change that is being written is finished.
        await _one.WaitAsync(Limit).ConfigureAwait(false);
        GiveTurnAway();
        _registry.Dispose();
        _one.Dispose();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_prepared)
            return;
        try
        {
            await _encoders.PrepareAsync(cancellationToken).WaitAsync(Limit, cancellationToken).ConfigureAwait(false);
            _prepared = true;
        }
        catch (Exception e) when (e is SchemaRegistryUnavailableException or SchemaRegistryDeniedException or SchemaRejectedException or TimeoutException)
        {
            throw new BrokerUnavailableException($"the tables' schemas cannot be registered: {e.Message}", e);
        }
    }

    private async Task<bool> TryTakeTurnAsync()
    {
        if (_producer is not null)
            return true;
        var producer = _clients.OpenTransactionalProducer(_transactionalId, deliveryReports: true);
        try
        {
            await Task.Run(() => producer.InitTransactions(Limit)).ConfigureAwait(false);
            _producer = producer;
            return true;
        }
        catch (KafkaException e)
        {
            producer.Dispose();
            if (e is KafkaRetriableException || IsFenced(e.Error))
                return false;
            throw new BrokerUnavailableException($"transaction {_transactionalId}: {e.Error.Reason}", e);
        }
    }

    private async Task<bool> TryCommitAsync(TableWrite write)
    {
        var producer = _producer!;
        try
        {
            var records = write.Encode(_encoders, _topics).ToList();
            producer.BeginTransaction();
            var deliveries = records.Select(record => producer.ProduceAsync(record.Topic, Message(record.Key, record.Value, write.ChangeId))).ToList();
            await Task.WhenAll(deliveries).WaitAsync(Limit).ConfigureAwait(false);
            await Task.Run(() => producer.CommitTransaction(Limit)).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is KafkaException or TimeoutException)
        {
            // The next turn's InitTransactions ends what is still open.
            GiveTurnAway();
            if (e is KafkaException { Error.Code: ErrorCode.MsgSizeTooLarge })
                throw new RecordTooLargeException("the entry is larger than a record may be", e);
            if (e is not KafkaException { Error: var error } || !IsFenced(error))
                _log.TableWriteFailed(e.Message);
            return false;
        }
    }

    private void GiveTurnAway()
    {
        _producer?.Dispose();
        _producer = null;
    }

    private static Message<byte[]?, byte[]?> Message(string key, byte[]? value, string changeId) => new()
    {
        Key = Encoding.UTF8.GetBytes(key),
        Value = value,
        Headers = new Headers { { TableTail.ChangeIdHeader, Encoding.UTF8.GetBytes(changeId) } },
    };

    // Another took the turn.
    private static bool IsFenced(Error error) =>
        error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch or ErrorCode.ConcurrentTransactions or ErrorCode.InvalidTxnState;
}
