namespace StreamDeploy.Topology;

/// <summary>Numbers in order of a time, ascending; of equal times the one added first is first. Most are added at the end and dropped at the beginning.</summary>
internal struct TimeLine
{
    private long[] _times;
    private int[] _values;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly ReadOnlySpan<int> Values => _values.AsSpan(_start, Count);

    /// <summary>How many have a time that is not greater.</summary>
    public readonly int CountUntil(long timeMs)
    {
        int low = _start, high = _end;
        // The latest is asked for most.
        if (low == high || _times[high - 1] <= timeMs) return high - low;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_times[middle] <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low - _start;
    }

    public void Add(long timeMs, int value)
    {
        if (_times is null || _end == _times.Length) Grow();
        var at = _start + CountUntil(timeMs);
        Array.Copy(_times!, at, _times!, at + 1, _end - at);
        Array.Copy(_values, at, _values, at + 1, _end - at);
        (_times![at], _values[at]) = (timeMs, value);
        _end++;
    }

    public void Remove(long timeMs, int value)
    {
        var at = _start + CountUntil(timeMs - 1);
        while (_values[at] != value) at++;
        Array.Copy(_times, at + 1, _times, at, _end - at - 1);
        Array.Copy(_values, at + 1, _values, at, _end - at - 1);
        _end--;
    }

    public void DropFirst(int count)
    {
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    private void Grow()
    {
        var count = Count;
        // What was dropped at the beginning makes room, unless it is too little to be worth the moving.
        var size = _times is not null && _start > count / 2 ? _times.Length : Math.Max(4, count + count / 2);
        var (times, values) = (new long[size], new int[size]);
        if (_times is not null)
        {
            Array.Copy(_times, _start, times, 0, count);
            Array.Copy(_values, _start, values, 0, count);
        }
        (_times, _values, _start, _end) = (times, values, 0, count);
    }
}
