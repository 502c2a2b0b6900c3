namespace StreamDeploy.Cli.Claims;

/// <summary>An entry as people know it: by its name, by its id where it has none.</summary>
internal sealed record Named(long Id, string Name)
{
    public override string ToString() => Name.Length == 0 ? FormattableString.Invariant($"{Id}") : FormattableString.Invariant($"{Name} ({Id})");

    /// <summary>"checkout (3), cart (4) and 5".</summary>
    public static string List(IReadOnlyList<Named> entries) =>
        entries.Count < 2 ? string.Concat(entries) : $"{string.Join(", ", entries.SkipLast(1))} and {entries[^1]}";
}
