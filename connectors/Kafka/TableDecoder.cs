using System.Text;
using Confluent.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>From a record of any table's topic to what it changes.</summary>
internal sealed class TableDecoder(SchemaRegistryClient registry, TopicNames topics)
{
    private readonly Dictionary<string, Func<ConsumeResult<byte[]?, byte[]?>, CancellationToken, Task<TableChange>>> _readers = new(StringComparer.Ordinal)
    {
        [topics.DeploymentPipelines] = Reader<DeploymentPipeline>(registry),
        [topics.AlertSources] = Reader<AlertSource>(registry),
        [topics.EscalationPolicies] = Reader<EscalationPolicy>(registry),
        [topics.Teams] = Reader<Team>(registry),
        [topics.Accounts] = Reader<Account>(registry),
        [topics.ApiKeys] = Reader<ApiKey>(registry),
    };

    /// <exception cref="PoisonException">It can never be read.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">Its schema is not to be had for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">The registry does not let us in.</exception>
    public Task<TableChange> DecodeAsync(ConsumeResult<byte[]?, byte[]?> raw, CancellationToken cancellationToken) => _readers[raw.Topic](raw, cancellationToken);

    private static Func<ConsumeResult<byte[]?, byte[]?>, CancellationToken, Task<TableChange>> Reader<T>(SchemaRegistryClient registry)
        where T : class
    {
        var decoder = new RecordDecoder<T>(registry);
        return async (raw, stop) =>
        {
            var key = raw.Message.Key ?? [];
            var (accountId, id) = (Encoding.UTF8.GetString(key), 0L);
            if (typeof(T) != typeof(Account) && !RecordKey.TryRead(key, out accountId, out id))
                throw new PoisonException(PoisonReason.Malformed, "the key is not accountId/id");
            var changeId = raw.Message.Headers?.TryGetLastBytes(TableTail.ChangeIdHeader, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : null;
            var value = raw.Message.Value is { } given ? await decoder.DecodeAsync(given, raw.Message.Headers, stop).ConfigureAwait(false) : null;
            var version = new TableVersion(raw.Partition.Value, raw.Offset.Value, changeId);
            return new TableChange(typeof(T), accountId, id, value, version, raw.Message.Timestamp.UnixTimestampMs);
        };
    }
}
