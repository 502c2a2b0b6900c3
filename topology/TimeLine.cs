namespace StreamDeploy.Topology;

/// <summary>Times, ascending. Most are added at the end and dropped at the beginning.</summary>
internal struct TimeLine
{
    private Run _run;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    /// <summary>How many are not greater.</summary>
    public readonly int CountUntil(RunPool<long> pool, long timeMs)
    {
        int low = _start, high = _end;
        if (low == high) return 0;
        var times = pool[_run];
        // The latest is asked for most.
        if (times[high - 1] <= timeMs) return high - low;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (times[middle] <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low - _start;
    }

    public void Add(RunPool<long> pool, long timeMs)
    {
        if (_end == _run.Capacity) Grow(pool);
        var at = _start + CountUntil(pool, timeMs);
        var times = pool[_run];
        times[at.._end].CopyTo(times[(at + 1)..]);
        times[at] = timeMs;
        _end++;
    }

    public void DropFirst(RunPool<long> pool, int count)
    {
        _start += count;
        if (_start < _end) return;
        pool.Return(_run);
        this = default;
    }

    private void Grow(RunPool<long> pool)
    {
        var count = Count;
        // What was dropped at the beginning makes room, unless it is too little to be worth the moving.
        var run = _start > count / 4 ? _run : pool.Rent(count + 1);
        pool[_run].Slice(_start, count).CopyTo(pool[run]);
        if (run != _run) pool.Return(_run);
        (_run, _start, _end) = (run, 0, count);
    }
}
