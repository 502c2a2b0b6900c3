using System.CommandLine;
using Microsoft.Extensions.Logging;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Monitoring;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>sink</c>: deployments, alerts and enrichments into ClickHouse.</summary>
internal static class SinkCommand
{
    public static readonly Setting<string> Group = SettingOf.Text("sink-group", "Consumer group; all sinks of one group share the partitions", "streamdeploy-sink");

    public static readonly Setting[] Settings = [Group];

    private static readonly Option<bool> Init = new("--init") { Description = "Create the tables and views first, or bring them up to date" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "With --init: only say what would be done, and end" };

    private static readonly Option<bool> Rebuild = new("--rebuild") { Description = "Build all tables anew beside the old ones, exchange them, and end; the sink that runs goes on meanwhile" };
    private static readonly Option<bool> AcceptFewer = new("--accept-fewer") { Description = "With --rebuild: exchange although the new tables have fewer rows" };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("sink", "Carries deployments, alerts and enrichments into ClickHouse.", """
            Offsets are committed after ClickHouse has acknowledged, and the same batch may be inserted any number of times, so nothing is lost and nothing
            counts twice. ClickHouse may be away: the sink waits, and catches up. Stops within 10 s on SIGTERM or Ctrl-C.

            --rebuild reads what Kafka still has and takes the rest from the old tables. It needs room for the tables twice.
            """, args);
        command.Options.Add(Init);
        command.Options.Add(DryRun);
        command.Options.Add(Rebuild);
        command.Options.Add(AcceptFewer);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. ClickHouseOptions.All, .. Settings, .. KafkaOptions.All, .. MonitoringOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var settings = new SinkSettings
            {
                Kafka = KafkaOptions.Of(source, flags, Group.Of(source)!),
                ClickHouse = ClickHouseOptions.Of(source),
                // Within the ten seconds that the process has to end in.
                FlushLimit = TimeSpan.FromSeconds(7),
            };
            using var logs = LogOptions.Of(source);
            if (flags.GetValue(DryRun) && !flags.GetValue(Init)) throw new SettingException("--dry-run goes with --init.");
            if (flags.GetValue(AcceptFewer) && !flags.GetValue(Rebuild)) throw new SettingException("--accept-fewer goes with --rebuild.");
            if (flags.GetValue(Rebuild) && flags.GetValue(Init)) throw new SettingException("--rebuild and --init do not go together: first the one, then the other.");
            if (flags.GetValue(Rebuild))
            {
                await new HistoryRebuild(settings, logs).RunAsync(flags.GetValue(AcceptFewer), Console.Out.WriteLine, cancellationToken).ConfigureAwait(false);
                return ExitCodes.Done;
            }
            if (flags.GetValue(Init) && !await InitAsync(settings.ClickHouse, flags.GetValue(DryRun), cancellationToken).ConfigureAwait(false)) return ExitCodes.Done;
            await WarnOfUnfinishedRebuildAsync(settings.ClickHouse, logs, cancellationToken).ConfigureAwait(false);
            var sink = new ClickHouseSink(settings, logs);
            await using var monitoring = await MonitoringServer.StartAsync(MonitoringOptions.Of(source), () => true, () => sink.IsRunning, () => sink.IsRunning ? "carrying" : "starting", logs, cancellationToken)
                .ConfigureAwait(false);
            if (monitoring.Url is { } url) logs.CreateLogger("StreamDeploy").MonitoringListens(url);
            await sink.RunAsync(cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        });
    }

    /// <returns>Whether to go on.</returns>
    private static async Task<bool> InitAsync(ClickHouseSettings settings, bool dryRun, CancellationToken cancellationToken)
    {
        using var http = new ClickHouseHttp(settings);
        var steps = await new SchemaSetup(settings, http).RunAsync(dryRun, cancellationToken).ConfigureAwait(false);
        foreach (var step in steps) Console.Out.WriteLine(dryRun ? "would " + step : step);
        if (steps.Count == 0) Console.Out.WriteLine("the schema is up to date");
        return !dryRun;
    }

    private static async Task WarnOfUnfinishedRebuildAsync(ClickHouseSettings settings, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        // A server that hangs must not keep the sink from starting: it waits by itself.
        using var http = new ClickHouseHttp(settings with { RequestTimeout = TimeSpan.FromSeconds(5) });
        try
        {
            if (await HistoryRebuild.IsUnfinishedAsync(http, cancellationToken).ConfigureAwait(false)) logs.CreateLogger("StreamDeploy").RebuildIsUnfinished();
        }
        catch (ClickHouseException)
        {
            // It is away, which the sink waits out, or has no tables, which the sink tells.
        }
    }
}

internal static partial class SinkLog
{
    [LoggerMessage(LogLevel.Warning, "A rebuild broke off while it exchanged tables, and records may be missing: run streamdeploy sink --rebuild, which finishes it first")]
    public static partial void RebuildIsUnfinished(this ILogger log);
}
