using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What has been fetched of one partition and not been applied yet, and how far each is.</summary>
/// <remarks>One thread. Offsets: <c>Start ≤ Applied ≤ Received</c>; below RestoreUntil the records have been answered before.</remarks>
internal sealed class Inbox<T>(Source<T> source, int partition, WorkerSettings settings, TimeProvider clock, ILogger log)
{
    private readonly RecordQueue _waiting = new();
    private readonly PatientDecoder<T> _decoder = new(source.Decoder, $"{source.Topic}[{partition}]", clock, log);
    private bool _hasHead;
    private bool _isPaused;
    // A record or an end has come since fetching began or was resumed: the broker's end is known as of then, not as of before a pause that may have been long.
    private bool _isHeard;

    public TopicPartition Partition { get; } = new(source.Topic, partition);

    /// <summary>The group has given us this partition.</summary>
    public bool IsAssigned { get; set; }

    /// <summary>Fetching is stopped because too much is waiting here.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => (_isPaused, _isHeard) = (value, false);
    }

    /// <summary>The offset after the last record fetched, or the end that the broker told.</summary>
    public long Received { get; private set; }

    /// <summary>The offset after the last record applied: what is to be committed.</summary>
    public long Applied { get; private set; }

    /// <summary>What was committed when the state was thrown away: up to here records only rebuild it.</summary>
    public long RestoreUntil { get; private set; }

    /// <summary>What was handed over to be committed.</summary>
    public long HandedOver { get; set; }

    /// <summary>How many records were applied or set aside since it was made.</summary>
    public long Taken { get; private set; }

    public int Count => _waiting.Count;

    public long Bytes => _waiting.Bytes;

    /// <summary>Until the pair's state is rebuilt, records from <see cref="RestoreUntil"/> on stay where they are.</summary>
    public bool IsRestoring { get; private set; }

    public bool RegistryIsDown => _decoder.RegistryIsDown;

    public bool IsFull => _waiting.Count >= settings.BufferRecordsMax || _waiting.Bytes >= settings.BufferBytesMax;

    // Resuming makes librdkafka fetch again what pausing made it drop: a good part of the room must be free. But not all, or nothing is left to do meanwhile.
    public bool HasRoom => _waiting.Count <= settings.BufferRecordsMax / 2 && _waiting.Bytes <= settings.BufferBytesMax / 2;

    /// <summary>The record at the head, once <see cref="Peek"/> has found one; without meaning where its fate is another than the join.</summary>
    public T? Record { get; private set; }

    public Fate Fate { get; private set; }

    public long EventTimeMs { get; private set; }

    public long TimestampMs => _waiting.TimestampMs;

    public void StartAt(SideStart start)
    {
        _waiting.Clear();
        _hasHead = _isHeard = false;
        Received = Applied = start.From;
        RestoreUntil = HandedOver = start.Committed;
        IsRestoring = true;
    }

    public void Add(in PolledRecord raw)
    {
        _isHeard = true;
        if (raw.Offset < Received)
            return;
        Received = raw.Offset + 1;
        _waiting.Add(raw);
    }

    /// <summary>Nothing is left before this offset (transaction markers and compaction leave offsets without a record).</summary>
    public void ReachedEnd(long offset) => (Received, _isHeard) = (Math.Max(Received, offset), true);

    /// <summary>Whether records are still to come before the pair may go on without this side. As long as the broker has not said anything since fetching began, they may be.</summary>
    public bool IsAwaited(long highWatermark) =>
        HasVisible || (IsRestoring ? Received < RestoreUntil : _isPaused || !_isHeard || highWatermark < 0 || Received < highWatermark);

    /// <returns>Whether the head is there and decoded; not when there is none, when its schema is not there yet, or when it lies beyond what is to be restored.</returns>
    public bool Peek() => _hasHead || (HasVisible && (_hasHead = Decode()));

    /// <summary>The record at the head as it came.</summary>
    public RawRecord Raw() => _waiting.Copy(source.Topic, partition);

    /// <summary>The state is as it was at the commit: from here on everything is new.</summary>
    public void EndRestore()
    {
        // Between the last record and the committed offset there may be offsets without a record.
        Applied = Math.Max(Applied, RestoreUntil);
        IsRestoring = false;
    }

    public void Take()
    {
        Taken++;
        Applied = _waiting.Offset + 1;
        _waiting.Remove();
        _hasHead = false;
    }

    private bool HasVisible => _waiting.Count > 0 && !(IsRestoring && _waiting.Offset >= RestoreUntil);

    private bool Decode()
    {
        if (!_waiting.HasValue)
            return SetAside(Fate.Dead("NO_VALUE", "the record has no value"));
        try
        {
            if (!_decoder.TryDecode(_waiting.Value, _waiting.Offset, out var record))
                return false;
            Record = record;
            EventTimeMs = source.EventTimeOf(record!);
            Fate = source.Judge(record!, partition, _waiting.TimestampMs, _waiting.Headers);
            return true;
        }
        catch (PoisonException e)
        {
            return SetAside(Fate.Dead(DeadLetters.ReasonOf(e.Reason), e.Message));
        }
    }

    private bool SetAside(Fate fate)
    {
        (Record, Fate, EventTimeMs) = (default, fate, 0);
        return true;
    }
}
