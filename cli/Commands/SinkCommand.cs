using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>sink</c>: deployments, alerts and enrichments into ClickHouse.</summary>
internal static class SinkCommand
{
    private static readonly Option<bool> Init = new("--init") { Description = "Create the tables and views first, or bring them up to date" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "With --init: only say what would be done, and end" };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("sink", "Carries deployments, alerts and enrichments into ClickHouse.", """
            Offsets are committed after ClickHouse has acknowledged, and the same batch may be inserted any number of times, so nothing is lost and nothing
            counts twice. ClickHouse may be away: the sink waits, and catches up. Stops within 10 s on SIGTERM or Ctrl-C.
            """, args);
        command.Options.Add(Init);
        command.Options.Add(DryRun);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. ClickHouseOptions.All, .. KafkaOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var settings = new SinkSettings
            {
                Kafka = KafkaOptions.Of(source, flags, "streamdeploy-sink"),
                ClickHouse = ClickHouseOptions.Of(source),
                // Within the ten seconds that the process has to end in.
                FlushLimit = TimeSpan.FromSeconds(7),
            };
            using var logs = LogOptions.Of(source);
            if (flags.GetValue(DryRun) && !flags.GetValue(Init)) throw new SettingException("--dry-run goes with --init.");
            if (flags.GetValue(Init) && !await InitAsync(settings.ClickHouse, flags.GetValue(DryRun), cancellationToken).ConfigureAwait(false)) return ExitCodes.Done;
            await new ClickHouseSink(settings, logs).RunAsync(cancellationToken).ConfigureAwait(false);
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
}
