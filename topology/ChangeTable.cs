namespace StreamDeploy.Topology;

/// <summary>Finds candidates by repository, or by repository and commit.</summary>
internal sealed class ChangeTable
{
    private const int None = -1;

    private int[] _slots = [];
    private int[] _live = [];

    public void Clear(int candidates) => Prepare(ref _slots, candidates);

    /// <summary>The place where the strongest candidate of this one's change is noted; its own index where it is the first.</summary>
    public ref int Strongest(ReadOnlySpan<Candidate> candidates, int index)
    {
        ref readonly var own = ref candidates[index].View;
        var mask = _slots.Length - 1;
        var at = (int)((uint)own.Repository * 0x9E3779B1u + (uint)own.Commit * 0x85EBCA77u >> 7) & mask;
        for (; _slots[at] != None; at = (at + 1) & mask)
        {
            ref readonly var other = ref candidates[_slots[at]].View;
            if (other.Repository == own.Repository && other.Commit == own.Commit) return ref _slots[at];
        }
        _slots[at] = index;
        return ref _slots[at];
    }

    /// <summary>Notes which repositories have a candidate that is live.</summary>
    public void FindLive(ReadOnlySpan<Candidate> candidates)
    {
        Prepare(ref _live, candidates.Length);
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.View.Repository != 0 && candidate.View.IsLive) LiveSlot(candidate.View.Repository) = candidate.View.Repository;
        }
    }

    public bool IsLive(int repository) => LiveSlot(repository) != None;

    private ref int LiveSlot(int repository)
    {
        var mask = _live.Length - 1;
        var at = (int)((uint)repository * 0x9E3779B1u >> 7) & mask;
        while (_live[at] != None && _live[at] != repository) at = (at + 1) & mask;
        return ref _live[at];
    }

    private static void Prepare(ref int[] slots, int candidates)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, candidates * 2));
        if (slots.Length != size) slots = new int[size];
        Array.Fill(slots, None);
    }
}
