using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Monitoring;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>ingest</c>: deployment events and alerts over HTTP, into Kafka.</summary>
internal static class IngestCommand
{
    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("ingest", "Takes deployment events and alerts over HTTP and writes them to Kafka.", """
            202 means that the broker has the event. Accounts, teams, pipelines, alert sources, escalation policies and API keys lie in Kafka's topics: they are made over the management
            API (/api/...; --operator-key makes the first account), or stand in a catalog file, which is written to the topics at start. Any number of these share the topics.
            Stops within 10 s on SIGTERM or Ctrl-C: requests being worked on get their answer first.
            """, args);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. IngestOptions.All, .. KafkaOptions.All, .. MonitoringOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var settings = IngestOptions.Of(source);
            var catalog = IngestOptions.CatalogOf(source);
            using var logs = LogOptions.Of(source);
            var kafka = KafkaOptions.Of(source, flags, "streamdeploy");
            await using var producer = EventProducer.Open(kafka, logs);
            await CatalogPublisher.PublishAsync(catalog, producer, cancellationToken).ConfigureAwait(false);
            await using var ingest = await Ingest.StartAsync(settings, kafka, catalog, producer, logs, cancellationToken).ConfigureAwait(false);
            await using var monitoring = await MonitoringServer.StartAsync(MonitoringOptions.Of(source), () => true, () => ingest.IsReady, () => ingest.IsReady ? "Ready" : "Kafka does not take events", logs, cancellationToken)
                .ConfigureAwait(false);
            if (monitoring.Url is { } url)
                logs.CreateLogger("StreamDeploy").MonitoringListens(url);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCodes.Done;
        });
    }
}
