using System.Numerics;

namespace StreamDeploy.Topology;

/// <summary>Where a run of values lies in a <see cref="RunPool{T}"/>; the default is one without room.</summary>
/// <param name="Page">Of the shared ones; less than 0 for one of its own.</param>
/// <param name="Start">In the page.</param>
/// <param name="Capacity">0, or a power of two where the page is shared.</param>
internal readonly record struct Run(int Page, int Start, int Capacity);

/// <summary>Runs of values in large pages, in powers of two; halves that are free become one again. Long ones are arrays of their own.</summary>
/// <remarks>
/// For what each account holds in order. Arrays of its own would make of every account a few objects that change all the time, and each collection of
/// young garbage would have to look at all of those.
/// </remarks>
internal sealed class RunPool<T> where T : struct
{
    private const int PageBits = 13;
    private const int SmallestBits = 1;

    // Longer ones have an array of their own: few have them, and what is given back is the collector's.
    private const int SharedMax = 64;

    private readonly List<T[]> _pages = [];
    private readonly List<T[]> _own = [];
    private readonly Stack<int> _freeOwn = new();

    // By size: where free runs are, and a bit for each place that says whether one that begins there is free still.
    private readonly Stack<int>[] _free = [.. Enumerable.Range(0, PageBits + 1).Select(_ => new Stack<int>())];
    private readonly List<ulong>[] _isFree = [.. Enumerable.Range(0, PageBits + 1).Select(_ => new List<ulong>())];

    public Span<T> this[Run run] => run.Capacity == 0 ? [] : run.Page < 0 ? _own[~run.Page] : _pages[run.Page].AsSpan(run.Start, run.Capacity);

    /// <summary>A run with room for at least so many.</summary>
    public Run Rent(int length)
    {
        var bits = Math.Max(SmallestBits, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)length)));
        if (1 << bits > SharedMax) return Own(length + length / 2);
        var (at, found) = Find(bits);
        // What is too large is halved; the second half stays free.
        while (found > bits) Free(at + (1 << --found), found);
        return new(at >> PageBits, at & ((1 << PageBits) - 1), 1 << bits);
    }

    public void Return(Run run)
    {
        if (run.Capacity == 0) return;
        if (run.Page < 0)
        {
            _own[~run.Page] = [];
            _freeOwn.Push(~run.Page);
            return;
        }
        var (at, bits) = (run.Page << PageBits | run.Start, BitOperations.Log2((uint)run.Capacity));
        for (; bits < PageBits && TakeIfFree(at ^ 1 << bits, bits); bits++) at &= ~(1 << bits);
        Free(at, bits);
    }

    private Run Own(int capacity)
    {
        var values = new T[capacity];
        if (!_freeOwn.TryPop(out var number))
        {
            number = _own.Count;
            _own.Add(values);
        }
        else _own[number] = values;
        return new(~number, 0, capacity);
    }

    private (int At, int Bits) Find(int bitsMin)
    {
        for (var bits = bitsMin; bits <= PageBits; bits++)
        {
            while (_free[bits].TryPop(out var at))
            {
                if (TakeIfFree(at, bits)) return (at, bits);
            }
        }
        _pages.Add(new T[1 << PageBits]);
        return (_pages.Count - 1 << PageBits, PageBits);
    }

    private void Free(int at, int bits)
    {
        var (word, bit) = PlaceOf(at, bits);
        var isFree = _isFree[bits];
        while (isFree.Count <= word) isFree.Add(0);
        isFree[word] |= bit;
        _free[bits].Push(at);
        if (_free[bits].Count > _pages.Count << (PageBits - bits)) DropGone(bits);
    }

    /// <summary>Some of the places noted are no more what they were when they were noted.</summary>
    private void DropGone(int bits)
    {
        var free = _free[bits].Distinct().Where(at => IsFree(at, bits)).ToList();
        _free[bits].Clear();
        foreach (var at in free) _free[bits].Push(at);
    }

    private bool TakeIfFree(int at, int bits)
    {
        if (!IsFree(at, bits)) return false;
        var (word, bit) = PlaceOf(at, bits);
        _isFree[bits][word] &= ~bit;
        return true;
    }

    private bool IsFree(int at, int bits)
    {
        var (word, bit) = PlaceOf(at, bits);
        return word < _isFree[bits].Count && (_isFree[bits][word] & bit) != 0;
    }

    private static (int Word, ulong Bit) PlaceOf(int at, int bits) => (at >> bits >> 6, 1UL << (at >> bits & 63));
}
