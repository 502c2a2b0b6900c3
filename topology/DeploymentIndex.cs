namespace StreamDeploy.Topology;

/// <summary>Finds deployments by the hash of their key: one number each in an open table, with linear probing.</summary>
internal sealed class DeploymentIndex(Slab<DeploymentEntry> deployments)
{
    private const int Empty = -1;

    private int[] _slots = NewSlots(1024);
    private int _count;

    public int this[int slot] => _slots[slot];

    /// <summary>The first slot that may hold a deployment with this hash; −1 for none.</summary>
    public int First(int hash) => Occupied(hash & (_slots.Length - 1), hash);

    public int Next(int slot, int hash) => Occupied((slot + 1) & (_slots.Length - 1), hash);

    public void Add(int hash, int deployment)
    {
        if (_count >= _slots.Length / 4 * 3) Grow();
        Place(hash, deployment);
        _count++;
    }

    public void Remove(int hash, int deployment)
    {
        var mask = _slots.Length - 1;
        var hole = hash & mask;
        while (_slots[hole] != deployment) hole = (hole + 1) & mask;
        // Those that follow move up, unless they would come to lie before their own place.
        for (var at = (hole + 1) & mask; _slots[at] != Empty; at = (at + 1) & mask)
        {
            var own = deployments[_slots[at]].Hash & mask;
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
            if (deployments[_slots[slot]].Hash == hash) return slot;
        }
        return -1;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = NewSlots(old.Length * 2);
        foreach (var deployment in old)
        {
            if (deployment != Empty) Place(deployments[deployment].Hash, deployment);
        }
    }

    private void Place(int hash, int deployment)
    {
        var slot = hash & (_slots.Length - 1);
        while (_slots[slot] != Empty) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = deployment;
    }

    private static int[] NewSlots(int length)
    {
        var slots = new int[length];
        Array.Fill(slots, Empty);
        return slots;
    }
}
