using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>The live view as it is deployed, with an ingest beside it that knows its one key.</summary>
internal static class MeasuredView
{
    public const string Account = "acme", Key = "key-of-the-measured-page";

    public static void Run(ChildOrder order)
    {
        var parent = new ParentLine();
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning));
        RunAsync().GetAwaiter().GetResult();

        async Task RunAsync()
        {
            var kafka = new KafkaSettings { BootstrapServers = order.BootstrapServers, Registry = new() { Url = order.RegistryUrl }, TopicPrefix = order.TopicPrefix };
            var catalog = Catalog.Parse($$"""
                accounts:
                  - accountId: {{Account}}
                    apiKeys: [{id: 1, name: page, key: {{Key}}, scopes: [READ]}]
                    deploymentPipelines: [{id: 1, name: deploys, integrationKey: key-of-the-measured-pipeline}]
                """, "bench.yaml");
            await using var producer = EventProducer.Open(kafka, logs);
            await CatalogPublisher.PublishAsync(catalog, producer, CancellationToken.None);
            await using var ingest = await Ingest.StartAsync(new() { ListenAddress = IPAddress.Loopback, Port = 0 }, kafka, catalog, producer, logs);
            var settings = new LiveViewSettings { Port = 0, Management = ingest.Address, TailSpan = TimeSpan.FromMinutes(order.Records) };
            var clickHouse = order.ClickHouseUrl.Length > 0 ? new ClickHouseSettings { Url = order.ClickHouseUrl, Database = order.Database } : null;
            await using var view = await ViewServer.StartAsync(settings, kafka with { GroupId = order.Group }, clickHouse, logs);
            ParentLine.Write(new() { Port = view.Address.Port });
            var cpu = Environment.CpuUsage.TotalTime;
            while (!parent.IsEnded) await Task.Delay(20);
            using var process = Process.GetCurrentProcess();
            ParentLine.Write(new() { CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, PeakRssMb = process.PeakWorkingSet64 / 1e6 });
        }
    }
}
