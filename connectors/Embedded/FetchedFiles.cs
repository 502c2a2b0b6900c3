namespace StreamDeploy.Connectors.Embedded;

/// <summary>What <c>./streamdeploy setup</c> fetched: in the folder STREAMDEPLOY_DEPS, else in the nearest .deps above the program or the current directory.</summary>
public static class FetchedFiles
{
    /// <returns>Where the file or folder is, or where it would be looked for; null where there is no such place at all.</returns>
    public static string? Find(params string[] path)
    {
        if (Environment.GetEnvironmentVariable("STREAMDEPLOY_DEPS") is { Length: > 0 } folder) return Path.Combine([folder, .. path]);
        return Above(AppContext.BaseDirectory).Concat(Above(Environment.CurrentDirectory))
            .Select(above => Path.Combine([above, ".deps", .. path]))
            .FirstOrDefault(Path.Exists);
    }

    private static IEnumerable<string> Above(string folder)
    {
        for (var above = new DirectoryInfo(folder); above is not null; above = above.Parent) yield return above.FullName;
    }
}
