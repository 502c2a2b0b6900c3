using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What has been fetched of one partition and not been applied yet, and how far each is.</summary>
/// <remarks>One thread. Offsets: <c>Start ≤ Applied ≤ Received</c>; below RestoreUntil the records have been answered before.</remarks>
internal sealed class Inbox<T>(Source<T> source, int partition, WorkerSettings settings, TimeProvider clock, ILogger log)
{
    private readonly RecordQueue _waiting = new();
    private readonly PatientDecoder<T> _decoder = new(source.Decoder, $"{source.Topic}[{partition}]", clock, log);
    // A partition that is heard nothing of for so long after it was held is at its end: what there is comes sooner.
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(1);

    private bool _hasHead;
    // A record or an end has come that was fetched since fetching began or went on: the broker's end is known as of then, not as of before a hold that may have been long.
    private bool _isHeard;
    private int _fetchedBefore;
    private long? _releasedAt;

    public TopicPartition Partition { get; } = new(source.Topic, partition);

    /// <summary>The group has given us this partition.</summary>
    public bool IsAssigned { get; set; }

    /// <summary>Nothing more is handed over because too much is waiting here.</summary>
    public bool IsHeld { get; set; }

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

    // Not at every record; but before there is nothing left to do.
    public bool HasRoom => _waiting.Count <= settings.BufferRecordsMax / 2 && _waiting.Bytes <= settings.BufferBytesMax / 2;

    /// <summary>The record at the head, once <see cref="Peek"/> has found one; without meaning where its fate is another than the join.</summary>
    public T? Record { get; private set; }

    public Fate Fate { get; private set; }

    public long EventTimeMs { get; private set; }

    public long TimestampMs => _waiting.TimestampMs;

    public void StartAt(SideStart start)
    {
        _waiting.Clear();
        _hasHead = _isHeard = IsHeld = false;
        (_fetchedBefore, _releasedAt) = (0, null);
        Received = Applied = start.From;
        RestoreUntil = HandedOver = start.Committed;
        IsRestoring = true;
    }

    public void Add(in PolledRecord raw)
    {
        Hear();
        if (raw.Offset < Received)
            return;
        Received = raw.Offset + 1;
        _waiting.Add(raw);
    }

    /// <summary>Nothing is left before this offset (transaction markers and compaction leave offsets without a record).</summary>
    public void ReachedEnd(long offset)
    {
        Received = Math.Max(Received, offset);
        Hear();
    }

    /// <summary>It is handed over again.</summary>
    /// <param name="fetchedBefore">How much of it was fetched before and tells nothing of where the end is now; null where fetching went on.</param>
    public void Release(int? fetchedBefore)
    {
        IsHeld = false;
        if (fetchedBefore is { } count)
            (_isHeard, _fetchedBefore, _releasedAt) = (false, count, clock.GetTimestamp());
    }

    /// <summary>Whether records are still to come before the pair may go on without this side. As long as the broker has not said anything since fetching began, they may be.</summary>
    public bool IsAwaited(long highWatermark) =>
        HasVisible || (IsRestoring ? Received < RestoreUntil : !IsHeard() || highWatermark < 0 || Received < highWatermark);

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

    private void Hear()
    {
        if (_fetchedBefore > 0)
            _fetchedBefore--;
        else
            _isHeard = true;
    }

    private bool IsHeard() => _isHeard || _releasedAt is { } at && clock.GetElapsedTime(at) > HeardWithin;

    private bool HasVisible => _waiting.Count > 0 && !(IsRestoring && _waiting.Offset >= RestoreUntil);

    private bool Decode()
    {
        if (!_waiting.HasValue)
            return SetAside(Fate.Dead("NO_VALUE", "the record has no value"));
        try
        {
            if (!_decoder.TryDecode(_waiting.Value, _waiting.Headers, _waiting.Offset, out var record))
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
