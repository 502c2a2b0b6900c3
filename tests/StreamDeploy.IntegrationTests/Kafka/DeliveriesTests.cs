using System.Net;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class DeliveriesTests(RealServers servers)
{
    private static readonly TopicSettings Topics = new() { Partitions = 6 };

    /// <summary>An installation that was made before there was this topic.</summary>
    [RealServersFact]
    public async Task Without_the_topic_the_ingest_goes_on_and_once_it_is_made_uses_it()
    {
        var settings = servers.Settings() with { DeliveryTimeout = TimeSpan.FromSeconds(4) };
        await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();
        await admin.DeleteTopicsAsync([settings.Topics.Deliveries]);
        await using var world = await ManagementWorld.StartAsync(settings, instances: 1, ingest => ingest with { DeliveriesRecordedMax = 100_000 });
        var key = (await world.PipelineAsync("hub", "GITHUB")).Text("integrationKey");

        await Eventually.True(async () =>
        {
            await RefusedAsync();
            Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), ((await world.EventAsync(IngestWorld.PipelineKey)).Status, (await world.GetAsync("/readyz")).Status));
            return world.Log.Lines.Any(line => line.Contains($"not recorded, all else goes on: topic {settings.Topics.Deliveries} does not exist: run streamdeploy topics create", StringComparison.Ordinal));
        }, "the missing topic is told");
        var report = await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        Assert.Equal([settings.Topics.Deliveries], report.Created);
        var partition = new TopicPartition(settings.Topics.Deliveries, Murmur2.PartitionOf("acme", 6));
        await Eventually.True(async () =>
        {
            await RefusedAsync();
            var ends = await admin.ListOffsetsAsync([new() { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }]);
            return ends.ResultInfos[0].TopicPartitionOffsetError.Offset > 0;
        }, "the topic is written to");

        using var topic = new TopicTail(settings.BootstrapServers, settings.Topics.Deliveries, 6);
        using var registry = new SchemaRegistryClient(settings.Registry);
        var record = topic.Read(1)[0];
        Assert.Equal(("acme", partition), (Encoding.UTF8.GetString(record.Message.Key!), record.TopicPartition));
        Assert.Equal("MISSING_FIELD", (await new RecordDecoder<Delivery>(registry).DecodeAsync(record.Message.Value!, CancellationToken.None)).Code);

        async Task RefusedAsync() => Assert.Equal(HttpStatusCode.BadRequest, (await world.PostAsync(IngestWorld.GitHubRoute(key!), "{}", key: null)).Status);
    }
}
