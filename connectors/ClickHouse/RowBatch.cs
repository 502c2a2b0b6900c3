using System.Globalization;
using System.Text;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>When a batch is closed: whichever comes first.</summary>
internal sealed record BatchLimits(int RowsMax, int BytesMax, TimeSpan AgeMax);

/// <summary>A record that goes to dead-letters, and why.</summary>
internal readonly record struct RejectedRecord(ConsumedRecord Record, string Reason, string Error);

/// <summary>Records of one topic on their way into their tables, as rows.</summary>
/// <remarks>
/// Pure: it is told the time. Rows lie one after another in a list per table, so that any run of records is one slice of each list and
/// an insert that is refused can be halved without making a row twice.
/// </remarks>
internal sealed class RowBatch(string topic, IReadOnlyList<HistoryTable> tables, BatchLimits limits)
{
    // An estimate of what a record keeps in memory until it is acknowledged: its bytes, the texts in them as UTF-16, and the objects that hold them. RowBatchTests
    // hold it to what usual records take; one that is made of nothing but empty links takes five times as much.
    private const int RecordBytes = 1_200, RowBytes = 200, ValueTimes = 4;

    private readonly List<HistoryRow>[] _rows = [.. tables.Select(_ => new List<HistoryRow>())];
    private readonly List<ConsumedRecord> _records = [];

    /// <summary>Of record i and table t, where its rows end: at i × tables + t.</summary>
    private readonly List<int> _ends = [];
    private readonly List<RejectedRecord> _rejected = [];
    private readonly Dictionary<int, ConsumedRecord> _last = [];
    private long _openedAtMs;
    private long _bytes;

    public string Topic => topic;

    public IReadOnlyList<HistoryTable> Tables => tables;

    /// <summary>Records with rows.</summary>
    public int Count => _records.Count;

    /// <summary>Records that have none: for dead-letters.</summary>
    public IReadOnlyList<RejectedRecord> Rejected => _rejected;

    public bool IsEmpty => _last.Count == 0;

    /// <summary>What the records take in memory, as estimated.</summary>
    public long Bytes => _bytes;

    public bool IsFull => Count + _rejected.Count >= limits.RowsMax || _bytes >= limits.BytesMax;

    /// <summary>The last record of each partition: what comes after it is what to commit.</summary>
    public IReadOnlyCollection<ConsumedRecord> LastOfEachPartition => _last.Values;

    public ConsumedRecord Record(int index) => _records[index];

    public bool IsDue(long nowMs) => !IsEmpty && (IsFull || nowMs - _openedAtMs >= limits.AgeMax.TotalMilliseconds);

    /// <param name="record">The record that the rows are of.</param>
    /// <param name="rows">For each table its rows; may be empty.</param>
    /// <param name="nowMs">Wall time, in ms from anywhere.</param>
    public void Add(ConsumedRecord record, IReadOnlyList<HistoryRow>[] rows, long nowMs)
    {
        Advance(record, nowMs);
        _records.Add(record);
        for (int table = 0; table < tables.Count; table++)
        {
            _rows[table].AddRange(rows[table]);
            _ends.Add(_rows[table].Count);
            _bytes += rows[table].Count * RowBytes;
        }
    }

    public void Reject(ConsumedRecord record, string reason, string error, long nowMs)
    {
        Advance(record, nowMs);
        _rejected.Add(new(record, reason, error));
    }

    /// <summary>The rows of the records from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public IReadOnlyList<HistoryRow> Rows(int table, int from, int to)
    {
        int start = from == 0 ? 0 : _ends[((from - 1) * tables.Count) + table];
        int end = to == 0 ? 0 : _ends[((to - 1) * tables.Count) + table];
        return start == 0 && end == _rows[table].Count ? _rows[table] : _rows[table].GetRange(start, end - start);
    }

    /// <summary>The record of a place; -1 where it is not here.</summary>
    public int IndexOf(int partition, long offset) => _records.FindIndex(record => record.Partition == partition && record.Offset == offset);

    /// <summary>Names a run of records: topic, and for each partition the first offset, the last, and how many. The same run has the same token on every attempt.</summary>
    /// <remarks>How many: a record that could not be read the first time may be readable when everything is read again, and must not be taken for known.</remarks>
    public string Token(int from, int to)
    {
        var runs = new SortedDictionary<int, (long First, long Last, int Count)>();
        for (int i = from; i < to; i++)
        {
            ConsumedRecord record = _records[i];
            bool known = runs.TryGetValue(record.Partition, out var run);
            runs[record.Partition] = (known ? run.First : record.Offset, record.Offset, run.Count + 1);
        }
        var token = new StringBuilder(topic);
        foreach ((int partition, (long first, long last, int count)) in runs)
            token.Append(CultureInfo.InvariantCulture, $"/{partition}:{first}-{last}x{count}");
        return token.ToString();
    }

    private void Advance(ConsumedRecord record, long nowMs)
    {
        if (IsEmpty)
            _openedAtMs = nowMs;
        _last[record.Partition] = record;
        _bytes += RecordBytes + (ValueTimes * (record.Value?.Length ?? 0));
    }
}
