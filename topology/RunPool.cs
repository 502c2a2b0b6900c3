using System.Numerics;

namespace StreamDeploy.Topology;

/// <summary>Where a run of values lies in a <see cref="RunPool{T}"/>; the default is one without room.</summary>
internal readonly record struct Run(int Page, int Start, int Capacity);

/// <summary>Short runs of values in large pages, in powers of two.</summary>
/// <remarks>
/// For what each account holds in order. Arrays of its own would make of every account a few objects that change all the time, and each collection of
/// young garbage would have to look at all of those.
/// </remarks>
internal sealed class RunPool<T> where T : struct
{
    private const int PageSize = 1 << 13;
    private const int CapacityMin = 2;

    private readonly List<T[]> _pages = [];
    private readonly Stack<int> _freePages = new();
    private readonly Stack<Run>[] _free = [.. Enumerable.Range(0, 32).Select(_ => new Stack<Run>())];
    private int _current = -1;
    private int _used;

    public Span<T> this[Run run] => run.Capacity == 0 ? [] : _pages[run.Page].AsSpan(run.Start, run.Capacity);

    /// <summary>A run with room for at least so many.</summary>
    public Run Rent(int length)
    {
        var capacity = Math.Max(CapacityMin, (int)BitOperations.RoundUpToPowerOf2((uint)length));
        if (_free[BitOperations.Log2((uint)capacity)].TryPop(out var free)) return free;
        // A long one has a page of its own.
        if (capacity > PageSize / 4) return new(AddPage(capacity), 0, capacity);
        if (_current < 0 || _used + capacity > PageSize) (_current, _used) = (AddPage(PageSize), 0);
        var run = new Run(_current, _used, capacity);
        _used += capacity;
        return run;
    }

    public void Return(Run run)
    {
        if (run.Capacity == 0) return;
        if (run.Capacity <= PageSize / 4)
        {
            _free[BitOperations.Log2((uint)run.Capacity)].Push(run);
            return;
        }
        _pages[run.Page] = [];
        _freePages.Push(run.Page);
    }

    private int AddPage(int length)
    {
        var page = new T[length];
        if (_freePages.TryPop(out var number))
        {
            _pages[number] = page;
            return number;
        }
        _pages.Add(page);
        return _pages.Count - 1;
    }
}
