using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>The ingest as it is deployed, and beside it what it stands on: an HTTP server that only answers, and a producer that only writes.</summary>
internal static class MeasuredIngest
{
    public const int Accounts = 64;

    public static string KeyOf(int account) => string.Create(CultureInfo.InvariantCulture, $"key-of-account-number-{account:D3}");

    public static void Ingest(ChildOrder order)
    {
        var parent = new ParentLine();
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        var kafka = SettingsOf(order);
        var catalog = Catalog.Parse(
            "accounts:\n" + string.Concat(Enumerable.Range(0, Accounts).Select(account => string.Create(CultureInfo.InvariantCulture, $$"""
                  - accountId: account-{{account}}
                    deploymentPipelines: [{id: 1, name: one, integrationKey: {{KeyOf(account)}}}]

                """))), "bench.yaml");
        RunAsync().GetAwaiter().GetResult();

        async Task RunAsync()
        {
            await using var producer = EventProducer.Open(kafka, logs);
            await CatalogPublisher.PublishAsync(catalog, producer, CancellationToken.None);
            var settings = new IngestSettings { ListenAddress = IPAddress.Loopback, Port = 0, RequestsPerKeyMax = int.MaxValue, RequestsPerAddressMax = int.MaxValue };
            await using var ingest = await Connectors.Webhooks.Ingest.StartAsync(settings, kafka, catalog, producer, logs);
            Serve(parent, ingest.Address.Port);
        }
    }

    /// <summary>Kestrel alone: reads the body, and answers 202.</summary>
    public static void Kestrel(ChildOrder order)
    {
        _ = order;
        var parent = new ParentLine();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        using var app = builder.Build();
        app.Run(async context =>
        {
            for (var read = await context.Request.BodyReader.ReadAsync(); ; read = await context.Request.BodyReader.ReadAsync())
            {
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        });
        app.StartAsync().GetAwaiter().GetResult();
        Serve(parent, new Uri(app.Urls.First()).Port);
        app.StopAsync().GetAwaiter().GetResult();
    }

    /// <summary>The producer alone: as many at once, each waiting for its acknowledgement before the next.</summary>
    public static void Produce(ChildOrder order)
    {
        _ = new ParentLine();
        using var logs = LoggerFactory.Create(to => to.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        RunAsync().GetAwaiter().GetResult();

        async Task RunAsync()
        {
            await using var producer = EventProducer.Open(SettingsOf(order), logs);
            var load = new ClosedLoop(order.Records, Accounts);
            var report = await load.RunAsync(async (client, number) => await producer.ProduceAsync(EventOf(client, number), CancellationToken.None));
            ParentLine.Write(new() { Load = report with { CpuSeconds = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds } });
        }
    }

    private static Deployment EventOf(int client, long number) => new()
    {
        AccountId = "account-" + client,
        EventId = "event-" + number,
        DeploymentId = "deployment-" + number,
        PipelineId = 1,
        Source = "api",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = "Deploy checkout 2.31",
        OccurredAtMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        Service = "checkout",
        Environment = "production",
        Version = "2.31",
        Commit = "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        Repository = "acme/checkout",
    };

    private static void Serve(ParentLine parent, int port)
    {
        ParentLine.Write(new() { Port = port });
        while (!parent.IsEnded) Thread.Sleep(5);
        ParentLine.Write(new() { CpuSeconds = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds });
    }

    private static KafkaSettings SettingsOf(ChildOrder order) => new()
    {
        BootstrapServers = order.BootstrapServers,
        Registry = new() { Url = order.RegistryUrl },
        TopicPrefix = order.TopicPrefix,
    };
}
