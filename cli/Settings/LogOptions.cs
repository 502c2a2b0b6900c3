using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Logs: one line each, on stderr, as text for people or JSON for machines.</summary>
internal static class LogOptions
{
    private static readonly Setting<string> Level = OneOf("log-level", "Least level that is logged", "info", "trace", "debug", "info", "warn", "error", "none");
    private static readonly Setting<string> Format = OneOf("log-format", "text, or json for one object a line", "text", "text", "json");

    public static readonly Setting[] All = [Level, Format];

    public static ILoggerFactory Of(SettingsSource source)
    {
        var level = Level.Of(source) switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "none" => LogLevel.None,
            _ => LogLevel.Information,
        };
        var json = Format.Of(source) == "json";
        return LoggerFactory.Create(logs =>
        {
            logs.SetMinimumLevel(level).AddFilter("Microsoft.AspNetCore", level > LogLevel.Warning ? level : LogLevel.Warning);
            // stdout belongs to what a command prints.
            logs.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            if (json) logs.AddJsonConsole(static console => (console.TimestampFormat, console.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true));
            else logs.AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true));
        });
    }
}
