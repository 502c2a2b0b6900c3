using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Records of one partition in the order they came, their bytes in a few large chunks: a record costs no object, and memory is known to the byte.</summary>
internal sealed class RecordQueue
{
    private const int ChunkBytes = 64 << 10;
    private const int SpareMax = 16;

    private readonly record struct Entry(long Offset, long TimestampMs, byte[] Chunk, int Start, int KeyLength, int ValueLength, Headers? Headers);

    private readonly Queue<Entry> _entries = new();
    private readonly Stack<byte[]> _spare = new();
    private byte[] _chunk = [];
    private int _used;

    public int Count => _entries.Count;

    /// <summary>What the waiting records take, their places in the queue included.</summary>
    public long Bytes { get; private set; }

    public long Offset => _entries.Peek().Offset;

    public long TimestampMs => _entries.Peek().TimestampMs;

    public Headers? Headers => _entries.Peek().Headers;

    public bool HasValue => _entries.Peek().ValueLength >= 0;

    public ReadOnlySpan<byte> Value
    {
        get
        {
            var e = _entries.Peek();
            return new(e.Chunk, e.Start + Math.Max(0, e.KeyLength), Math.Max(0, e.ValueLength));
        }
    }

    public void Add(in PolledRecord raw)
    {
        var length = raw.Key.Length + raw.Value.Length;
        if (_used + length > _chunk.Length)
        {
            _chunk = length <= ChunkBytes && _spare.TryPop(out var spare) ? spare : new byte[Math.Max(ChunkBytes, length)];
            _used = 0;
        }
        raw.Key.CopyTo(_chunk.AsSpan(_used));
        raw.Value.CopyTo(_chunk.AsSpan(_used + raw.Key.Length));
        var entry = new Entry(raw.Offset, raw.TimestampMs, _chunk, _used, raw.HasKey ? raw.Key.Length : -1, raw.HasValue ? raw.Value.Length : -1, raw.Headers);
        _used += length;
        _entries.Enqueue(entry);
        Bytes += SizeOf(entry);
    }

    public void Remove()
    {
        var gone = _entries.Dequeue();
        Bytes -= SizeOf(gone);
        // Records lie in chunks in order: with the last one of a chunk the chunk is free, unless it is still being filled.
        var isLast = !_entries.TryPeek(out var next) ? gone.Chunk != _chunk : gone.Chunk != next.Chunk;
        if (isLast && gone.Chunk.Length == ChunkBytes && _spare.Count < SpareMax)
            _spare.Push(gone.Chunk);
        if (_entries.Count == 0)
            _used = 0;
    }

    public void Clear()
    {
        _entries.Clear();
        _used = 0;
        Bytes = 0;
    }

    public RawRecord Copy(string topic, int partition)
    {
        var e = _entries.Peek();
        var value = e.Start + Math.Max(0, e.KeyLength);
        return new(topic, partition, e.Offset, e.TimestampMs,
            e.KeyLength < 0 ? null : e.Chunk[e.Start..value], e.ValueLength < 0 ? null : e.Chunk[value..(value + e.ValueLength)], e.Headers);
    }

    private static long SizeOf(in Entry entry) => 64 + Math.Max(0, entry.KeyLength) + Math.Max(0, entry.ValueLength) + (entry.Headers is { } headers ? SizeOf(headers) : 0);

    private static long SizeOf(Headers headers)
    {
        var bytes = 0L;
        for (var i = 0; i < headers.Count; i++)
            bytes += 96 + (headers[i].Key.Length * 2) + (headers[i].GetValueBytes()?.Length ?? 0);
        return bytes;
    }
}
