using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>What the group has committed, and what transactions that have not ended would commit.</summary>
internal sealed class ModelOffsets
{
    private readonly Dictionary<TopicPartition, long> _committed = [];
    private readonly Dictionary<TopicPartition, HashSet<ModelTransaction>> _pending = [];

    /// <summary>Null as long as it is not known, because a transaction may change it yet.</summary>
    public Offset? Stable(TopicPartition partition) =>
        _pending.TryGetValue(partition, out var transactions) && transactions.Count > 0 ? null : Committed(partition);

    public Offset Committed(TopicPartition partition) => _committed.TryGetValue(partition, out var offset) ? new Offset(offset) : Offset.Unset;

    public void Add(ModelTransaction transaction, IEnumerable<TopicPartitionOffset> offsets)
    {
        foreach (var offset in offsets)
        {
            transaction.Offsets[offset.TopicPartition] = offset.Offset.Value;
            if (!_pending.TryGetValue(offset.TopicPartition, out var transactions))
                _pending.Add(offset.TopicPartition, transactions = []);
            transactions.Add(transaction);
        }
    }

    public void End(ModelTransaction transaction)
    {
        foreach (var (partition, offset) in transaction.Offsets)
        {
            if (transaction.IsCommitted)
                _committed[partition] = offset;
            _pending[partition].Remove(transaction);
        }
        transaction.Offsets.Clear();
    }
}
