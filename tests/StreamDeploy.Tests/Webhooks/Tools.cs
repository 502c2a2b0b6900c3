namespace StreamDeploy.Tests.Webhooks;

/// <summary>Programs of a Unix.</summary>
internal static class Tools
{
    private static readonly string[] Needed = ["sh", "curl", "sed", "tr", "cat", "grep", "git"];

    /// <summary>Why scripts that need these as well cannot be run here.</summary>
    public static string? Missing(params string[] others) =>
        Needed.Concat(others).Where(tool => Find(tool) is null).ToArray() is { Length: > 0 } missing ? $"needs {string.Join(", ", missing)}" : null;

    public static string? Find(string tool) =>
        OperatingSystem.IsWindows() ? null : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
}

/// <summary>A test that runs scripts: skipped where a tool is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute(params string[] tools) => Skip = Tools.Missing(tools);
}

/// <summary>Tests that run scripts: skipped where a tool is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ShellTheoryAttribute : TheoryAttribute
{
    public ShellTheoryAttribute() => Skip = Tools.Missing();
}
