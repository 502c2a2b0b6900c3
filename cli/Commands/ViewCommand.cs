using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Monitoring;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>view</c>: the pages.</summary>
internal static class ViewCommand
{
    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("view", "Serves the live pages: what changed, and what each alert is put down to.", """
            Reads the topics by itself, without a group, and keeps nothing: any number run side by side. People sign in with an API key of their account, which the ingest's
            management API knows. Stops within 10 s on SIGTERM or Ctrl-C.
            """, args);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. ViewOptions.All, .. ViewOptions.Others, .. ClickHouseOptions.Address, .. KafkaOptions.All, .. MonitoringOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var settings = ViewOptions.Of(source);
            using var logs = LogOptions.Of(source);
            await using var view = await ViewServer.StartAsync(settings, KafkaOptions.Of(source, flags, "streamdeploy-view"), ViewOptions.HistoryOf(source), logs, cancellationToken).ConfigureAwait(false);
            await using var monitoring = await MonitoringServer.StartAsync(MonitoringOptions.Of(source), () => true, () => view.IsReady, () => view.IsReady ? "ready" : "reading the topics", logs, cancellationToken)
                .ConfigureAwait(false);
            if (monitoring.Url is { } url) logs.CreateLogger("StreamDeploy").MonitoringListens(url);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCodes.Done;
        });
    }
}
