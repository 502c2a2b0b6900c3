using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StreamDeploy.Cli.Claims;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Topology;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>claim --dry-run</c>: what a claim of pipelines hides from its team, from the topics' last hours.</summary>
internal static class ClaimCommand
{
    private const long DayMs = 24 * 3_600_000L;
    private const long SinceMaxMs = 366 * DayMs;

    public static readonly Setting<long> Since = DurationMs("since", "How far back alerts count", "24h");

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what it would do; needed, because nothing else is done here" };
    private static readonly Option<string> Account = new("--account") { Description = "The account's id", HelpName = "ID", Required = true };
    private static readonly Option<string> Team = new("--team") { Description = "The team that claims", HelpName = "ID|NAME", Required = true };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object on stdout, and nothing else there" };

    private static readonly Option<string[]> Pipelines = new("--pipeline")
    {
        Description = "A deployment pipeline that the team would claim. May be repeated [default: what it claims now]",
        HelpName = "ID|NAME",
    };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("claim", "Says what a claim of pipelines would hide from a team, or does; with --dry-run, the only mode.", """
            Reads the account's alerts and deployments from the topics and answers each alert twice, without the claim and with it. Commits and changes nothing.

            With --pipeline: what would change if the team claimed these besides what it has claimed, as if it always had. Without: what its claims hide.
            Answers depend on the settings of `run`: give the same here.
              streamdeploy claim --dry-run --account acme --team Payments --pipeline 3 --pipeline "checkout on GitHub" --since 24h
            """, args);
        foreach (var option in (Option[])[DryRun, Account, Team, Pipelines, Json]) command.Options.Add(option);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([Since, .. KafkaOptions.All, .. JoinOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            if (!flags.GetValue(DryRun))
            {
                throw new SettingException(
                    "--dry-run is the only mode: claims are made over the management API (PUT /api/deployment-pipelines/{id} with teams), or as teamIds in the catalog file.");
            }
            if (Since.Of(source) is < 1 or > SinceMaxMs) throw new SettingException("--since must be between 1ms and 366d.");
            var sinceMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - Since.Of(source);
            var join = JoinOptions.Of(source);
            var kafka = KafkaOptions.Of(source, flags, "streamdeploy-claim");
            // The report is what is asked for: of the clients only what goes wrong is of interest.
            using var logs = LogOptions.Of(source, LogLevel.Warning);
            var keptMs = join.SettleMs + join.GraceMs + DayMs;
            if (Since.Of(source) > keptMs)
            {
                var kept = $"streamdeploy: entries of the tables that were replaced more than {Sentences.Duration(keptMs)} ago may be gone from their topics; ";
                await Console.Error.WriteLineAsync(kept + "older alerts are then seen without them.").ConfigureAwait(false);
            }
            var report = await Task.Run(() => Compare(kafka, join, flags, sinceMs, logs, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (flags.GetValue(Json)) PrintJson(report);
            else report.Print(Terminal.On(Console.Out, Console.IsOutputRedirected, fileWidth: 4096));
            return ExitCodes.Done;
        });
    }

    private static ClaimReport Compare(KafkaSettings kafka, JoinSettings join, ParseResult flags, long sinceMs, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var accountId = flags.GetValue(Account)!;
        var asked = flags.GetValue(Pipelines) ?? [];
        using var log = RetainedLog.Open(kafka, logs);
        var entries = new AccountEntries(accountId);
        log.ReadTables(entries.Apply, cancellationToken);
        entries.CheckAccount();
        var team = entries.Team(flags.GetValue(Team)!);
        var claimed = entries.PipelinesOf(asked);
        var tables = new ClaimTables(accountId, team.Id, claimed.Select(pipeline => pipeline.Id));
        entries.Fill(tables);
        var comparison = new ClaimComparison(join, tables, sinceMs);
        log.ReadEvents(accountId, join, sinceMs, comparison.OnDeployment, comparison.OnAlert, cancellationToken);
        if (asked.Length == 0) claimed = [.. entries.Pipelines.Where(pipeline => pipeline.TeamIds.Contains(team.Id)).Select(pipeline => entries.Pipeline(pipeline.Id))];
        return new ClaimReport(accountId, team, claimed, IsSupposed: asked.Length > 0, sinceMs, comparison.RunOut(), entries.Pipeline);
    }

    private static void PrintJson(ClaimReport report)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            report.Write(json);
        }
        buffer.Write("\n"u8);
        using var output = StandardOutput.Open();
        output.Write(buffer.WrittenSpan);
    }
}
