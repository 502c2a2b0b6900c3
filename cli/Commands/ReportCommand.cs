using System.CommandLine;
using StreamDeploy.Cli.Report;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.ClickHouse;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>report</c>: an account's week, from the history.</summary>
internal static class ReportCommand
{
    private static readonly Option<string> Account = new("--account") { Description = "The account's id", HelpName = "ID", Required = true };
    private static readonly Option<string?> Week = new("--week") { Description = "A week of ISO 8601, Monday to Sunday in UTC [default: the last complete one]", HelpName = "2026-W47" };
    private static readonly Option<string?> HtmlFile = new("--html") { Description = "Write it as one HTML file with charts instead of printing it; - is standard output", HelpName = "FILE" };
    private static readonly Setting<string> Environment = Text("report-environment", "Environment that the DORA figures are of", "production");

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("report", "An account's week: deployments, DORA, alerts and what they were put down to.", """
            Reads the history in ClickHouse. Weeks begin on Monday at 0:00 UTC. The figures of the week before stand beside those of DORA.
              streamdeploy report --account acme --week 2026-W47 --html week.html
            """, args);
        foreach (var option in (Option[])[Account, Week, HtmlFile]) command.Options.Add(option);
        return command.Runs([Environment, .. ClickHouseOptions.Address], async (flags, source, cancellationToken) =>
        {
            var week = WeekOf(flags.GetValue(Week));
            var settings = ClickHouseOptions.Of(source);
            using var clickHouse = new ClickHouseHttp(settings);
            var report = await new WeekReader(clickHouse, settings.Database).ReadAsync(flags.GetValue(Account)!, week, Environment.Of(source)!, cancellationToken).ConfigureAwait(false);
            if (flags.GetValue(HtmlFile) is { } file) await WriteAsync(file, HtmlReport.Write(report), cancellationToken).ConfigureAwait(false);
            else TerminalReport.Print(report, Terminal.On(Console.Out, Console.IsOutputRedirected));
            return ExitCodes.Done;
        });
    }

    private static IsoWeek WeekOf(string? text)
    {
        if (text is null) return IsoWeek.LastCompleteAt(DateTimeOffset.UtcNow);
        try
        {
            return IsoWeek.Parse(text);
        }
        catch (FormatException)
        {
            throw new SettingException($"--week is \"{text}\", but must be a week of ISO 8601 such as 2026-W47.");
        }
    }

    private static async Task WriteAsync(string file, string html, CancellationToken cancellationToken)
    {
        if (file == "-")
        {
            await Console.Out.WriteAsync(html.AsMemory(), cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            await File.WriteAllTextAsync(file, html, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or ArgumentException)
        {
            throw new SettingException("--html: " + (Directory.Exists(file) ? $"{file} is a folder, but must be a file." : $"{file} cannot be written: {e.Message}"));
        }
    }
}
