namespace StreamDeploy.Tests.Cli;

/// <summary>A copy of the built program whose files a test may break.</summary>
public sealed class CopiedProgram : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamdeploy-copied-");

    public CopiedProgram()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        NativeFolder = Directory.CreateDirectory(Path.Combine(_folder.FullName, OwnNativeFolder)).FullName;
    }

    private static string OwnNativeFolder => Path.Combine("runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native");

    /// <summary>Where the copy looks for native libraries; empty at first.</summary>
    public string NativeFolder { get; }

    public string Assembly => Path.Combine(_folder.FullName, "streamdeploy.dll");

    public void Remove(string file) => File.Delete(Path.Combine(_folder.FullName, file));

    /// <summary>Copies the native libraries, each changed as told.</summary>
    public void AddNativeLibraries(Func<byte[], byte[]> change)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, OwnNativeFolder)))
            File.WriteAllBytes(Path.Combine(NativeFolder, Path.GetFileName(file)), change(File.ReadAllBytes(file)));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
