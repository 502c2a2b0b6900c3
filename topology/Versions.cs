namespace StreamDeploy.Topology;

/// <summary>The versions of one table entry, to be asked for as of a time.</summary>
/// <remarks>A team that was moved yesterday must not change last week's answer, so a later version does not replace an earlier one until no alert can ask for it.</remarks>
internal sealed class Versions<T> where T : class
{
    private readonly List<(long TimeMs, long Offset, T? Entry)> _versions = [];

    /// <summary>Adds a version; null says that from then on there is no entry. The same version twice is one version.</summary>
    public void Put(long timeMs, long offset, T? entry)
    {
        var at = _versions.Count;
        while (at > 0 && (_versions[at - 1].TimeMs, _versions[at - 1].Offset).CompareTo((timeMs, offset)) > 0) at--;
        if (at > 0 && _versions[at - 1].TimeMs == timeMs && _versions[at - 1].Offset == offset) _versions[at - 1] = (timeMs, offset, entry);
        else _versions.Insert(at, (timeMs, offset, entry));
    }

    /// <summary>The version with the greatest time not after the given one; of equal times the later offset.</summary>
    public T? AsOf(long timeMs)
    {
        for (var i = _versions.Count - 1; i >= 0; i--)
        {
            if (_versions[i].TimeMs <= timeMs) return _versions[i].Entry;
        }
        return null;
    }

    /// <summary>Drops each version that a later one, not after the given time, has replaced.</summary>
    /// <remarks>The last one stays even where it says "not there": a version may still come whose validFrom is older, and must not show through.</remarks>
    public void Prune(long timeMs)
    {
        var keep = 0;
        while (keep + 1 < _versions.Count && _versions[keep + 1].TimeMs <= timeMs) keep++;
        _versions.RemoveRange(0, keep);
    }
}
