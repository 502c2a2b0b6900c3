using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Logs: one line each, on stderr, as text for people or JSON for machines.</summary>
internal static class LogOptions
{
    private static readonly Setting<LogLevel?> Level = new("log-level", "Least level that is logged: trace, debug, info, warn, error or none", null, static text => text switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "none" => LogLevel.None,
        _ => throw new FormatException(),
    }, "one of trace, debug, info, warn, error, none");
    private static readonly Setting<string> Format = OneOf("log-format", "text, or json for one object a line", "text", "text", "json");

    public static readonly Setting[] All = [Level, Format];

    public static ILoggerFactory Of(SettingsSource source, LogLevel fallback = LogLevel.Information)
    {
        var level = Level.Of(source) ?? fallback;
        var json = Format.Of(source) == "json";
        return LoggerFactory.Create(logs =>
        {
            logs.SetMinimumLevel(level).AddFilter("Microsoft.AspNetCore", level > LogLevel.Warning ? level : LogLevel.Warning);
            // stdout belongs to what a command prints.
            logs.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            if (json) logs.AddJsonConsole(static console => (console.TimestampFormat, console.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true));
            else logs.AddConsole(static console => console.FormatterName = LogLine.FormatterName).AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
        });
    }
}
