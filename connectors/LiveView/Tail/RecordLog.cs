namespace StreamDeploy.Connectors.LiveView.Tail;

/// <summary>Which entries the last records of a partition were about.</summary>
/// <remarks>Bounded: of older records it only says that it does not know.</remarks>
public sealed class RecordLog<T>
{
    private const int Max = 4096;

    private readonly Queue<(long Offset, T Entry)> _records = new();
    private long _forgottenUntil;

    public void Add(long offset, T entry)
    {
        if (_records.Count == Max)
            _forgottenUntil = _records.Dequeue().Offset + 1;
        _records.Enqueue((offset, entry));
    }

    /// <summary>Adds the entries of the records from an offset on, oldest first.</summary>
    /// <returns>False where some of them are not known any more.</returns>
    public bool Since(long offset, List<T> entries)
    {
        foreach (var record in _records)
        {
            if (record.Offset >= offset)
                entries.Add(record.Entry);
        }

        return offset >= _forgottenUntil;
    }
}
