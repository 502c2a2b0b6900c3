namespace StreamDeploy.Topology;

/// <summary>Texts that many deployments share, each kept once under a number for as long as something uses it: equal numbers are equal texts.</summary>
/// <remarks>0 is the text that is not there.</remarks>
internal sealed class Names
{
    private struct Entry
    {
        public long Text;
        public int Hash;
        public int Uses;
    }

    private readonly TextPages _texts;
    private readonly Slab<Entry> _entries = new();
    private readonly HashIndex _index = new();

    public Names(TextPages texts) => _texts = texts;

    /// <summary>Its number, for one more who uses it.</summary>
    public int Use(string? text)
    {
        if (text is null) return 0;
        var hash = text.GetHashCode(StringComparison.Ordinal);
        for (var slot = _index.First(hash); slot >= 0; slot = _index.Next(slot, hash))
        {
            ref var known = ref _entries[_index[slot]];
            if (!_texts.Is(known.Text, 0, text)) continue;
            known.Uses++;
            return _index[slot] + 1;
        }
        var number = _entries.Add(new() { Text = _texts.Add(text), Hash = hash, Uses = 1 });
        _index.Add(hash, number);
        return number + 1;
    }

    /// <summary>One who used it does no more.</summary>
    public void Release(int name)
    {
        if (name == 0) return;
        ref var entry = ref _entries[name - 1];
        if (--entry.Uses > 0) return;
        _texts.Release(entry.Text);
        _index.Remove(entry.Hash, name - 1);
        _entries.Free(name - 1);
    }

    public string? Text(int name) => name == 0 ? null : _texts.Text(_entries[name - 1].Text, 0);
}
