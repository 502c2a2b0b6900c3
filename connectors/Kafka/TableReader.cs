using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Reads the tables' topics whole, and keeps up with them.</summary>
/// <remarks>
/// One thread. Without a group: every worker reads all of it. What cannot be read is logged and counted, not written to dead-letters: it stays in its
/// compacted topic, and every worker meets it at every start.
/// </remarks>
internal sealed class TableReader : IDisposable
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<string, Func<ConsumeResult<byte[]?, byte[]?>, bool>> _appliers;
    private readonly Dictionary<TopicPartition, long> _received = [];
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private ConsumeResult<byte[]?, byte[]?>? _blocked;
    private bool _pruned;

    public TableReader(
        IConsumer<byte[]?, byte[]?> consumer, TopicNames topics, SchemaRegistryClient registry, IEnumerable<TopicPartition> partitions, TimeProvider clock, ILogger log)
    {
        (_consumer, _clock, _log) = (consumer, clock, log);
        _appliers = new()
        {
            [topics.DeploymentPipelines] = Entries<DeploymentPipeline>(topics.DeploymentPipelines, registry, Tables.Put, Tables.DeletePipeline),
            [topics.AlertSources] = Entries<AlertSource>(topics.AlertSources, registry, Tables.Put, Tables.DeleteSource),
            [topics.EscalationPolicies] = Entries<EscalationPolicy>(topics.EscalationPolicies, registry, Tables.Put, Tables.DeletePolicy),
            [topics.Accounts] = Entries<Account>(topics.Accounts, registry, Tables.Put, delete: null),
        };
        foreach (var partition in partitions)
            _received[partition] = 0;
        Rewind();
    }

    /// <summary>The topics of the tables that the join asks; teams serve names only.</summary>
    public static IReadOnlyList<string> TopicsOf(TopicNames topics) => [topics.DeploymentPipelines, topics.AlertSources, topics.EscalationPolicies, topics.Accounts];

    public Tables Tables { get; } = new();

    public long Records { get; private set; }

    public bool RegistryIsDown { get; private set; }

    /// <summary>Applies what there is.</summary>
    /// <returns>False while the broker is known to hold more: then no event may be applied.</returns>
    public bool CatchUp(TimeSpan wait)
    {
        while (true)
        {
            if (_blocked is { } blocked && !TryApply(blocked))
                return false;
            _blocked = null;
            if (Next(wait) is not { } raw)
                return _received.All(p => IsAtEnd(p.Key, p.Value));
            wait = TimeSpan.Zero;
            _received[raw.TopicPartition] = raw.IsPartitionEOF ? Math.Max(_received[raw.TopicPartition], raw.Offset.Value) : raw.Offset.Value + 1;
            if (!raw.IsPartitionEOF)
                _blocked = raw;
        }
    }

    /// <summary>Reads everything again if versions were dropped that a task whose stream time is behind may ask for.</summary>
    public void RewindIfPruned()
    {
        if (_pruned)
            Rewind();
    }

    public void Prune(JoinSettings join, long streamTimeMs)
    {
        Tables.Prune(join, streamTimeMs);
        _pruned = true;
    }

    /// <summary>Without Close, which waits for the broker: there is no group to leave.</summary>
    public void Dispose() => _consumer.Dispose();

    private ConsumeResult<byte[]?, byte[]?>? Next(TimeSpan wait)
    {
        try
        {
            return _consumer.Consume(wait);
        }
        catch (ConsumeException e) when (!KafkaClients.IsFinal(e.Error))
        {
            _log.ConsumeFailed(e.Error.Reason);
            return null;
        }
    }

    private void Rewind()
    {
        foreach (var partition in _received.Keys)
            _received[partition] = 0;
        _blocked = null;
        _pruned = false;
        _consumer.Assign(_received.Keys.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
    }

    private bool IsAtEnd(TopicPartition partition, long received)
    {
        var high = _consumer.GetWatermarkOffsets(partition).High.Value;
        return high >= 0 && received >= high;
    }

    private bool TryApply(ConsumeResult<byte[]?, byte[]?> raw)
    {
        try
        {
            var applied = _appliers[raw.Topic](raw);
            Records += applied ? 1 : 0;
            return applied;
        }
        catch (PoisonException e)
        {
            var reason = DeadLetters.ReasonOf(e.Reason);
            _log.TableRejected(raw.Topic, raw.Partition.Value, raw.Offset.Value, reason, e.Message);
            WorkerMetrics.TableRejected.Add(1, WorkerMetrics.Topic(raw.Topic), new("reason", reason));
            return true;
        }
    }

    /// <summary>How records of one topic go into the tables; the returned function says false when the schema is not there yet.</summary>
    private Func<ConsumeResult<byte[]?, byte[]?>, bool> Entries<T>(
        string topic, SchemaRegistryClient registry, Action<T, long, long> put, Action<string, long, long, long>? delete)
    {
        var decoder = new PatientDecoder<T>(new RecordDecoder<T>(registry), topic, _clock, _log);
        return raw =>
        {
            var (timestampMs, offset) = (raw.Message.Timestamp.UnixTimestampMs, raw.Offset.Value);
            if (raw.Message.Value is not { } value)
            {
                Delete(raw.Message.Key ?? [], timestampMs, offset, delete);
                return true;
            }
            var decoded = decoder.TryDecode(value, raw.Message.Headers, (long)raw.Partition.Value << 48 | offset, out var entry);
            RegistryIsDown = decoder.RegistryIsDown;
            if (decoded)
                put(entry!, timestampMs, offset);
            return decoded;
        };
    }

    private void Delete(byte[] key, long timestampMs, long offset, Action<string, long, long, long>? delete)
    {
        if (delete is null)
            Tables.DeleteAccount(System.Text.Encoding.UTF8.GetString(key), timestampMs, offset);
        else if (RecordKey.TryRead(key, out var accountId, out var id))
            delete(accountId, id, timestampMs, offset);
        else
            throw new PoisonException(PoisonReason.Malformed, "nothing can be deleted: the key is not accountId/id");
    }
}
