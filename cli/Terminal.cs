using Spectre.Console;

namespace StreamDeploy.Cli;

/// <summary>Where people read: colours and the width of the terminal, or plain text where it goes into a file or pipe.</summary>
internal static class Terminal
{
    /// <param name="writer">Standard output or standard error.</param>
    /// <param name="isFile">Whether it is redirected.</param>
    /// <param name="fileWidth">A file has no width of its own.</param>
    public static IAnsiConsole On(TextWriter writer, bool isFile, int fileWidth = 160)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isFile ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isFile ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (isFile) console.Profile.Width = fileWidth;
        return console;
    }
}
