using System.Runtime.CompilerServices;

namespace StreamDeploy.Topology;

/// <summary>Values at numbers that stay theirs until they are freed; in pages, because growing one array would copy all of it.</summary>
internal sealed class Slab<T> where T : struct
{
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;

    private readonly List<T[]> _pages = [];
    private readonly Stack<int> _free = new();
    private T[][] _lookup = [];
    private int _next;

    public int Count => _next - _free.Count;

    public ref T this[int number]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _lookup[number >> PageBits][number & (PageSize - 1)];
    }

    public int Add(in T value)
    {
        if (!_free.TryPop(out var number))
        {
            number = _next++;
            if (number >> PageBits == _pages.Count)
            {
                _pages.Add(new T[PageSize]);
                _lookup = [.. _pages];
            }
        }
        this[number] = value;
        return number;
    }

    public void Free(int number) => _free.Push(number);
}
