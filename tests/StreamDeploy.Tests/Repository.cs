namespace StreamDeploy.Tests;

/// <summary>The tree that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "StreamDeploy.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("StreamDeploy.sln is nowhere above the tests.");
    }
}
