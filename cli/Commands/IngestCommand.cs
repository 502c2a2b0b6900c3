using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>ingest</c>: deployment events and alerts over HTTP, into Kafka.</summary>
internal static class IngestCommand
{
    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("ingest", "Takes deployment events and alerts over HTTP and writes them to Kafka.", """
            202 means that the broker has the event. The catalog names accounts, teams, pipelines, alert sources and escalation policies, and is written to their topics at start.
            Stops within 10 s on SIGTERM or Ctrl-C: requests being worked on get their answer first.
            """, args);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. IngestOptions.All, .. KafkaOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var settings = IngestOptions.Of(source);
            var catalog = Catalog.Load(IngestOptions.CatalogOf(source));
            using var logs = LogOptions.Of(source);
            var kafka = KafkaOptions.Of(source, flags, "streamdeploy");
            await using var producer = EventProducer.Open(kafka, logs);
            await CatalogPublisher.PublishAsync(catalog, producer, cancellationToken).ConfigureAwait(false);
            await using var ingest = await Ingest.StartAsync(settings, kafka, catalog, producer, logs, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCodes.Done;
        });
    }
}
