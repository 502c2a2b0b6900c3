namespace StreamDeploy.Connectors.Embedded;

/// <summary>The folder that the engine keeps its data in: one process at a time may have it.</summary>
/// <remarks>The engine holds a lock on the file <c>status</c> in it, and where it cannot have that only says that it did not open.</remarks>
internal static class DataFolder
{
    /// <summary>Makes the folder where it is missing.</summary>
    /// <exception cref="IOException">It cannot be made or written to, or another process has it; the message says which.</exception>
    public static void Prepare(string path)
    {
        string status = Path.Combine(path, "status");
        try
        {
            Directory.CreateDirectory(path);
            string probe = Path.Combine(path, $".probe-{Environment.ProcessId}");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"ClickHouse cannot keep its data in {path}: {e.Message}", e);
        }
        if (!File.Exists(status))
            return;
        try
        {
            // What is not shared is locked as the engine locks it, with flock: a process that was killed has left the file, but not the lock.
            new FileStream(status, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The ClickHouse data in {path} is in use by another process: stop that one, or take another folder.", e);
        }
    }
}
