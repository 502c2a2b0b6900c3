using Microsoft.Win32.SafeHandles;

namespace StreamDeploy.Cli;

/// <summary>Standard output for what a command prints, as bytes.</summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32; // EPIPE, on Linux and macOS

    /// <remarks>
    /// .NET's console stream takes a pipe that nobody reads any more for success, so that <c>replay FILE | head -1</c> would go on to the end of the file.
    /// A file stays with the console stream: a FileStream writes at a position of its own, and the next command of a shell would write over it.
    /// </remarks>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (!stream.CanSeek) return stream;
        stream.Dispose();
        return Console.OpenStandardOutput();
    }

    /// <summary>Whether the reader went away: it has what it wanted, and there is nothing to report.</summary>
    public static bool IsClosed(IOException e) => !OperatingSystem.IsWindows() && e.HResult == BrokenPipe;
}
