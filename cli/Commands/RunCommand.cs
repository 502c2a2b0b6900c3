using System.CommandLine;
using Microsoft.Extensions.Logging;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Monitoring;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>run</c>: the worker that joins deployments and alerts.</summary>
internal static class RunCommand
{
    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("run", "Joins deployments and alerts and writes the enrichments.", """
            Any number of these share the partitions of one consumer group.

            Needs the topics (streamdeploy topics create) and a schema registry. Stops within 10 s on SIGTERM or Ctrl-C, with nothing lost.
            """, args);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. KafkaOptions.All, .. WorkerOptions.All, .. JoinOptions.All, .. MonitoringOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            using var logs = LogOptions.Of(source);
            var worker = new Worker(WorkerOptions.Of(source, flags), logs);
            await using var monitoring = await MonitoringServer.StartAsync(
                MonitoringOptions.Of(source), () => worker.IsAlive, () => worker.IsReady, () => worker.State.ToString(), logs, cancellationToken).ConfigureAwait(false);
            if (monitoring.Url is { } url)
                logs.CreateLogger("StreamDeploy").MonitoringListens(url);
            await worker.RunAsync(cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        });
    }
}

internal static partial class RunLog
{
    [LoggerMessage(LogLevel.Information, "Metrics and health at {Url}: /metrics, /healthz, /readyz")]
    public static partial void MonitoringListens(this ILogger log, string url);
}
