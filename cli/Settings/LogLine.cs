using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace StreamDeploy.Cli.Settings;

/// <summary>A log entry as one line for a person: <c>12:00:00.000 warn  message</c>; an exception is its type and message.</summary>
internal sealed class LogLine() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            LogLevel.Error => "error",
            _ => "fatal",
        };
        var line = $"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {level} {logEntry.Formatter(logEntry.State, logEntry.Exception)}";
        for (var e = logEntry.Exception; e is not null; e = e.InnerException) line += $" <- {e.GetType().Name}: {e.Message}";
        // Text from outside may hold line breaks; one entry stays one line, or it could pass for two.
        textWriter.WriteLine(line.Replace("\r", "", StringComparison.Ordinal).Replace("\n", " | ", StringComparison.Ordinal));
    }
}
