namespace StreamDeploy.BrowserTests;

/// <summary>The machine's own chromium: Playwright's builds of browsers are downloads that not every machine may make.</summary>
internal static class Chromium
{
    private const string Variable = "STREAMDEPLOY_TEST_CHROMIUM";
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>What STREAMDEPLOY_TEST_CHROMIUM names, which need not exist, else the first on the PATH; null where there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given) return given;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Require() =>
        Find() is not { } path ? throw new InvalidOperationException($"no {string.Join(", ", Names)} on the PATH: install Debian's chromium or set {Variable}")
        : File.Exists(path) ? path
        : throw new InvalidOperationException($"{Variable} names {path}, which does not exist");
}
