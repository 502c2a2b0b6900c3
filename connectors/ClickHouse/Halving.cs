namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Finds the rows that are refused, by halves: which run to try next.</summary>
/// <remarks>Pure. One bad row in 50,000 costs 16 refusals and 16 further inserts.</remarks>
internal sealed class Halving
{
    private readonly Stack<(int From, int To)> _open = new();
    private readonly List<(int Index, string Why)> _refused = [];

    public Halving(int count)
    {
        if (count > 0)
            _open.Push((0, count));
    }

    /// <summary>Single records that were refused, and why.</summary>
    public IReadOnlyList<(int Index, string Why)> RefusedRecords => _refused;

    /// <summary>The run to try now; it stays the same until <see cref="Taken"/> or <see cref="Refused"/>.</summary>
    public bool TryPeek(out (int From, int To) run) => _open.TryPeek(out run);

    public void Taken() => _open.Pop();

    public void Refused(string why)
    {
        (int from, int to) = _open.Pop();
        if (to - from == 1)
        {
            _refused.Add((from, why));
            return;
        }
        int middle = from + ((to - from) / 2);
        _open.Push((middle, to));
        _open.Push((from, middle));
    }
}
