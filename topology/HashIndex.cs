namespace StreamDeploy.Topology;

/// <summary>Finds numbered things by the hash of their key: an open table with linear probing.</summary>
/// <remarks>The hashes lie beside the numbers: to ask each thing for its own would be a look elsewhere in memory for every step of a search.</remarks>
internal sealed class HashIndex
{
    private const int Empty = -1;

    private Slot[] _slots = NewSlots(1024);
    private int _count;

    public int this[int slot] => _slots[slot].Number;

    /// <summary>The first slot whose thing has this hash; −1 for none.</summary>
    public int First(int hash) => Occupied(hash & (_slots.Length - 1), hash);

    public int Next(int slot, int hash) => Occupied((slot + 1) & (_slots.Length - 1), hash);

    public void Add(int hash, int number)
    {
        if (_count >= _slots.Length / 8 * 7) Grow();
        Place(hash, number);
        _count++;
    }

    public void Remove(int hash, int number)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var hole = hash & mask;
        while (slots[hole].Number != number) hole = (hole + 1) & mask;
        // Those that follow move up, unless they would come to lie before their own place.
        for (var at = (hole + 1) & mask; slots[at].Number != Empty; at = (at + 1) & mask)
        {
            var own = slots[at].Hash & mask;
            if (((at - own) & mask) < ((at - hole) & mask)) continue;
            slots[hole] = slots[at];
            hole = at;
        }
        slots[hole].Number = Empty;
        _count--;
    }

    private int Occupied(int slot, int hash)
    {
        var slots = _slots;
        for (; slots[slot].Number != Empty; slot = (slot + 1) & (slots.Length - 1))
        {
            if (slots[slot].Hash == hash) return slot;
        }
        return -1;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = NewSlots(old.Length * 2);
        foreach (var slot in old)
        {
            if (slot.Number != Empty) Place(slot.Hash, slot.Number);
        }
    }

    private void Place(int hash, int number)
    {
        var slot = hash & (_slots.Length - 1);
        while (_slots[slot].Number != Empty) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = new(hash, number);
    }

    private static Slot[] NewSlots(int length)
    {
        var slots = new Slot[length];
        Array.Fill(slots, new(0, Empty));
        return slots;
    }

    private record struct Slot(int Hash, int Number);
}
