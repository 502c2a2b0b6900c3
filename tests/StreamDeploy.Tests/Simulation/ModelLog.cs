using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>What a partition holds at one offset.</summary>
/// <param name="ArrivalMs">When it came, on the clock of the log that is replayed.</param>
/// <param name="EventMs">When it happened, if it is one that moves stream time; for retention.</param>
internal sealed record ModelRecord(
    long Offset, long TimestampMs, byte[]? Key, byte[]? Value, Headers? Headers, long ArrivalMs, long? EventMs, ModelTransaction? Transaction, bool IsMarker);

/// <summary>One partition: records and transaction markers by offset, the end of what is stable, and what of it a reader of committed records sees.</summary>
internal sealed class ModelLog(TopicPartition partition)
{
    private readonly List<ModelRecord> _records = [];
    private readonly List<(ModelTransaction Transaction, long From)> _open = [];

    public TopicPartition Partition => partition;

    public long Low { get; private set; }

    public long High => _records.Count;

    /// <summary>The last stable offset: before it every transaction has ended.</summary>
    public long Stable => _open.Count == 0 ? High : _open.Min(o => o.From);

    public long Append(Message<byte[]?, byte[]?> message, long timestampMs, long arrivalMs, long? eventMs = null, ModelTransaction? transaction = null)
    {
        if (transaction is not null && _open.TrueForAll(o => o.Transaction != transaction))
            _open.Add((transaction, High));
        _records.Add(new(High, timestampMs, message.Key, message.Value, message.Headers, arrivalMs, eventMs, transaction, IsMarker: false));
        return High - 1;
    }

    /// <summary>The transaction has ended here.</summary>
    public void Mark(ModelTransaction transaction, long timestampMs, long arrivalMs)
    {
        _open.RemoveAll(o => o.Transaction == transaction);
        _records.Add(new(High, timestampMs, null, null, null, arrivalMs, null, transaction, IsMarker: true));
    }

    public ModelRecord this[long offset] => _records[(int)offset];

    /// <summary>Whether a reader of committed records is handed it.</summary>
    public bool IsVisible(long offset) => offset >= Low && WasVisible(offset);

    public IEnumerable<ModelRecord> Visible() => Ever().Where(r => r.Offset >= Low);

    /// <summary>As <see cref="Visible"/>, with what retention has taken meanwhile.</summary>
    public IEnumerable<ModelRecord> Ever()
    {
        var stable = Stable;
        for (var offset = 0L; offset < stable; offset++)
        {
            if (WasVisible(offset))
                yield return this[offset];
        }
    }

    /// <summary>The first offset with at least this timestamp, markers counting too; null when there is none that is stable.</summary>
    public long? OffsetAt(long timestampMs)
    {
        for (var offset = Low; offset < Stable; offset++)
        {
            if (this[offset].TimestampMs >= timestampMs)
                return offset;
        }
        return null;
    }

    private bool WasVisible(long offset) => offset < Stable && this[offset] is { IsMarker: false } record && record.Transaction?.IsCommitted is not false;

    public void DeleteBefore(long offset) => Low = Math.Max(Low, Math.Min(offset, High));
}
