using System.Globalization;
using System.Runtime.InteropServices;

namespace StreamDeploy.Cli;

/// <summary>How an exception that nobody expected is told: one sentence on stderr, and the stack trace in a file that the sentence names.</summary>
internal static class Bug
{
    /// <summary>The sentence to print. The details are written to a file first.</summary>
    public static string Describe(Exception e, string? folder = null)
    {
        var what = $"{e.GetType().Name}: {OneLine(e.Message)}";
        try
        {
            var file = Path.Combine(folder ?? Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"streamdeploy-bug-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.txt"));
            // Not the command line: it may hold a password.
            File.WriteAllText(file, $"StreamDeploy {typeof(Bug).Assembly.GetName().Version}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}{Environment.NewLine}{Environment.NewLine}{e}{Environment.NewLine}");
            return $"This is a bug in StreamDeploy ({what}). The details are in {file}; please report them.";
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // Better in one long line than lost: a container may have no place to write to.
            return $"This is a bug in StreamDeploy ({what}). The details cannot be written to a file ({OneLine(unwritable.Message)}): {OneLine(e.ToString())}";
        }
    }

    private static string OneLine(string text) => string.Join(" | ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
