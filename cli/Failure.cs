using System.Runtime.CompilerServices;
using StreamDeploy.Cli.Commands;

namespace StreamDeploy.Cli;

/// <summary>Tells what ended the program, in one line on stderr. Nothing that happens meanwhile may end it in another way.</summary>
internal static class Failure
{
    /// <summary>Exceptions of threads that no command waits for. Without this the runtime prints their stack trace and dumps core.</summary>
    public static void TellOfThreads() => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        Environment.Exit(Tell(unhandled.ExceptionObject as Exception ?? new InvalidOperationException($"{unhandled.ExceptionObject} was thrown"), Console.Error));

    /// <returns>The exit code.</returns>
    public static int Tell(Exception e, TextWriter errors)
    {
        var (message, code) = MissingPart(e) is { } missing ? (missing, ExitCodes.Failed) : Explain(e);
        try
        {
            errors.WriteLine("streamdeploy: " + Printable(message));
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Nobody can be told: the exit code has to do.
        }
        return code;
    }

    private static (string Message, int Code) Explain(Exception e)
    {
        try
        {
            return ExplainWithLibraries(e);
        }
        catch (Exception)
        {
            return (Bug.Describe(e), ExitCodes.Failed);
        }
    }

    // Compiled when it is called: it names types of libraries, and a file of one may be what is missing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (string Message, int Code) ExplainWithLibraries(Exception e) => CommandRun.Explain(e);

    private static string? MissingPart(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            var file = e switch
            {
                FileNotFoundException missing => missing.FileName,
                FileLoadException unusable => unusable.FileName,
                BadImageFormatException damaged => damaged.FileName,
                _ => null,
            };
            // The display name of an assembly; other files are named by their path.
            if (file is not null && file.IndexOf(", Version=", StringComparison.Ordinal) is > 0 and var end)
                return $"A file of the program is missing or damaged: {file[..end]}.dll. Copy the whole output folder of the build again.";
        }
        return null;
    }

    /// <summary>What comes from files and servers must not steer the terminal.</summary>
    public static string Printable(string message) => string.Concat(message.Select(c => char.IsControl(c) && c != '\n' ? $"\\u{(int)c:x4}" : c.ToString()));
}
