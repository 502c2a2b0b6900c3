namespace StreamDeploy.Topology;

/// <summary>Finds numbered things by the hash of their key: one number each in an open table, with linear probing.</summary>
/// <param name="hashOf">The hash of the thing with this number.</param>
internal sealed class HashIndex(Func<int, int> hashOf)
{
    private const int Empty = -1;

    private int[] _slots = NewSlots(1024);
    private int _count;

    public int this[int slot] => _slots[slot];

    /// <summary>The first slot whose thing has this hash; −1 for none.</summary>
    public int First(int hash) => Occupied(hash & (_slots.Length - 1), hash);

    public int Next(int slot, int hash) => Occupied((slot + 1) & (_slots.Length - 1), hash);

    public void Add(int hash, int number)
    {
        if (_count >= _slots.Length / 4 * 3) Grow();
        Place(hash, number);
        _count++;
    }

    public void Remove(int hash, int number)
    {
        var mask = _slots.Length - 1;
        var hole = hash & mask;
        while (_slots[hole] != number) hole = (hole + 1) & mask;
        // Those that follow move up, unless they would come to lie before their own place.
        for (var at = (hole + 1) & mask; _slots[at] != Empty; at = (at + 1) & mask)
        {
            var own = hashOf(_slots[at]) & mask;
            if (((at - own) & mask) < ((at - hole) & mask)) continue;
            _slots[hole] = _slots[at];
            hole = at;
        }
        _slots[hole] = Empty;
        _count--;
    }

    private int Occupied(int slot, int hash)
    {
        for (; _slots[slot] != Empty; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (hashOf(_slots[slot]) == hash) return slot;
        }
        return -1;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = NewSlots(old.Length * 2);
        foreach (var number in old)
        {
            if (number != Empty) Place(hashOf(number), number);
        }
    }

    private void Place(int hash, int number)
    {
        var slot = hash & (_slots.Length - 1);
        while (_slots[slot] != Empty) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = number;
    }

    private static int[] NewSlots(int length)
    {
        var slots = new int[length];
        Array.Fill(slots, Empty);
        return slots;
    }
}
