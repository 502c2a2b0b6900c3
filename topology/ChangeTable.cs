namespace StreamDeploy.Topology;

/// <summary>Finds candidates by repository, or by repository and commit, without a text being made for any of them.</summary>
internal sealed class ChangeTable(DeploymentStore store)
{
    private const int None = -1;

    private int[] _slots = [];
    private int[] _live = [];

    public void Clear(int candidates) => Prepare(ref _slots, candidates);

    /// <summary>The place where the strongest candidate of this one's change is noted; its own index where it is the first.</summary>
    public ref int Strongest(ReadOnlySpan<Candidate> candidates, int index)
    {
        var (repository, commit) = (candidates[index].View.Repository, candidates[index].View.Commit);
        var mask = _slots.Length - 1;
        var at = HashCode.Combine(store.Event(repository).RepositoryHash, store.Event(commit).CommitHash) & mask;
        for (; _slots[at] != None; at = (at + 1) & mask)
        {
            ref readonly var other = ref candidates[_slots[at]].View;
            if (IsSame(other.Repository, repository, EventText.Repository) && IsSame(other.Commit, commit, EventText.Commit)) return ref _slots[at];
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
            if (candidate.View.Repository >= 0 && candidate.View.IsLive) LiveSlot(candidate.View.Repository) = candidate.View.Repository;
        }
    }

    public bool IsLive(int repository) => LiveSlot(repository) != None;

    private ref int LiveSlot(int repository)
    {
        var mask = _live.Length - 1;
        var at = HashCode.Combine(store.Event(repository).RepositoryHash) & mask;
        while (_live[at] != None && !IsSame(_live[at], repository, EventText.Repository)) at = (at + 1) & mask;
        return ref _live[at];
    }

    private bool IsSame(int a, int b, EventText text)
    {
        if (a == b) return true;
        ref var x = ref store.Event(a);
        ref var y = ref store.Event(b);
        var mayBe = text == EventText.Repository ? x.RepositoryHash == y.RepositoryHash : x.CommitHash == y.CommitHash;
        return mayBe && store.Same(a, b, text);
    }

    private static void Prepare(ref int[] slots, int candidates)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, candidates * 2));
        if (slots.Length != size) slots = new int[size];
        Array.Fill(slots, None);
    }
}
