namespace StreamDeploy.Topology;

/// <summary>Times, ascending. Most are added at the end and dropped at the beginning.</summary>
internal struct TimeLine
{
    private long[] _times;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    /// <summary>How many are not greater.</summary>
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

    public void Add(long timeMs)
    {
        if (_times is null || _end == _times.Length) Grow();
        var at = _start + CountUntil(timeMs);
        Array.Copy(_times!, at, _times!, at + 1, _end - at);
        _times![at] = timeMs;
        _end++;
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
        var times = new long[_times is not null && _start > count / 4 ? _times.Length : Math.Max(4, count + count / 2)];
        if (_times is not null) Array.Copy(_times, _start, times, 0, count);
        (_times, _start, _end) = (times, 0, count);
    }
}
