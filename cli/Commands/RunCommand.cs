using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;

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
        return command.Runs([.. KafkaOptions.All, .. WorkerOptions.All, .. JoinOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            using var logs = LogOptions.Of(source);
            await new Worker(WorkerOptions.Of(source, flags), logs).RunAsync(cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        });
    }
}
