using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>The record at the head of a partition: decoded, or set aside.</summary>
internal sealed record Head<T>(ConsumeResult<byte[]?, byte[]?> Raw, T? Record, Fate Fate, long EventTimeMs);

/// <summary>What has been fetched of one partition and not been applied yet, and how far each is.</summary>
/// <remarks>One thread. Offsets: <c>Start ≤ Applied ≤ Received</c>; below RestoreUntil the records have been answered before.</remarks>
internal sealed class Inbox<T>(Source<T> source, int partition, WorkerSettings settings, ILogger log)
{
    private readonly Queue<ConsumeResult<byte[]?, byte[]?>> _waiting = new();
    private readonly PatientDecoder<T> _decoder = new(source.Decoder, $"{source.Topic}[{partition}]", log);
    private long _bytes;
    private Head<T>? _head;

    public TopicPartition Partition { get; } = new(source.Topic, partition);

    /// <summary>The group has given us this partition.</summary>
    public bool IsAssigned { get; set; }

    /// <summary>Fetching is stopped because too much is waiting here.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The offset after the last record fetched, or the end that the broker told.</summary>
    public long Received { get; private set; }

    /// <summary>The offset after the last record applied: what is to be committed.</summary>
    public long Applied { get; private set; }

    /// <summary>What was committed when the state was thrown away: up to here records only rebuild it.</summary>
    public long RestoreUntil { get; private set; }

    public long Committed { get; set; }

    public int Count => _waiting.Count;

    /// <summary>Until the pair's state is rebuilt, records from <see cref="RestoreUntil"/> on stay where they are.</summary>
    public bool IsRestoring { get; private set; }

    public bool RegistryIsDown => _decoder.RegistryIsDown;

    public bool IsFull => _waiting.Count >= settings.BufferRecordsMax || _bytes >= settings.BufferBytesMax;

    // Resuming early makes librdkafka fetch again what pausing made it drop: a good part of the room must be free.
    public bool HasRoom => _waiting.Count <= settings.BufferRecordsMax / 4 && _bytes <= settings.BufferBytesMax / 4;

    public void StartAt(SideStart start)
    {
        _waiting.Clear();
        _bytes = 0;
        _head = null;
        Received = Applied = start.From;
        RestoreUntil = Committed = start.Committed;
        IsRestoring = true;
    }

    public void Add(ConsumeResult<byte[]?, byte[]?> raw)
    {
        if (raw.Offset.Value < Received)
            return;
        Received = raw.Offset.Value + 1;
        _waiting.Enqueue(raw);
        _bytes += SizeOf(raw);
    }

    /// <summary>Nothing is left before this offset (transaction markers and compaction leave offsets without a record).</summary>
    public void ReachedEnd(long offset) => Received = Math.Max(Received, offset);

    /// <summary>Whether records are still to come before the pair may go on without this side. As long as the broker has not said anything, they may be.</summary>
    public bool IsAwaited(long highWatermark) =>
        HasVisible || (IsRestoring ? Received < RestoreUntil : highWatermark < 0 || Received < highWatermark);

    /// <summary>The head, once it is decoded; null when there is none, when its schema is not there yet, or when it lies beyond what is to be restored.</summary>
    public Head<T>? Peek() => _head ?? (HasVisible ? _head = Decode(_waiting.Peek()) : null);

    /// <summary>The state is as it was at the commit: from here on everything is new.</summary>
    public void EndRestore()
    {
        // Between the last record and the committed offset there may be offsets without a record.
        Applied = Math.Max(Applied, RestoreUntil);
        IsRestoring = false;
    }

    public void Take()
    {
        var raw = _waiting.Dequeue();
        _head = null;
        _bytes -= SizeOf(raw);
        Applied = raw.Offset.Value + 1;
    }

    private bool HasVisible => _waiting.TryPeek(out var raw) && !(IsRestoring && raw.Offset.Value >= RestoreUntil);

    private Head<T>? Decode(ConsumeResult<byte[]?, byte[]?> raw)
    {
        if (raw.Message.Value is not { } value)
            return Aside(raw, Fate.Dead("NO_VALUE", "the record has no value"));
        try
        {
            return _decoder.TryDecode(value, out var record) ? new(raw, record, source.Judge(record!, raw), source.EventTimeOf(record!)) : null;
        }
        catch (PoisonException e)
        {
            return Aside(raw, Fate.Dead(DeadLetters.ReasonOf(e.Reason), e.Message));
        }
    }

    private static Head<T> Aside(ConsumeResult<byte[]?, byte[]?> raw, Fate fate) => new(raw, default, fate, 0);

    private static long SizeOf(ConsumeResult<byte[]?, byte[]?> raw) => 200 + (raw.Message.Key?.Length ?? 0) + (raw.Message.Value?.Length ?? 0);
}
