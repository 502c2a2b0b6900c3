using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse.Oracle;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What is in the topics against what a real sink has made of it.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class HistoryFromKafkaTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task Every_view_says_what_the_topics_say_and_says_it_again_after_a_rebuild()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        SinkSettings settings = world.Settings(clickHouse.Url.ToString(), "topics" + Guid.NewGuid().ToString("N"));
        using var http = new ClickHouseHttp(settings.ClickHouse);
        await new SchemaSetup(settings.ClickHouse, http).RunAsync(dryRun: false, CancellationToken.None);
        object[] events = [.. GeneratedHistory.Of(seed: 1).Select(record => record.Event)];
        await world.ProduceAsync(events.OfType<Deployment>());
        await world.ProduceAsync(events.OfType<Alert>());
        await world.ProduceAsync(events.OfType<Enrichment>());
        await world.ProduceRawAsync(world.Kafka.Topics.Alerts, "acme", [1, 2, 3]);

        (string Topic, int Count)[] topics =
        [
            (world.Kafka.Topics.Deployments, events.OfType<Deployment>().Count()), (world.Kafka.Topics.Alerts, events.OfType<Alert>().Count() + 1),
            (world.Kafka.Topics.Enrichments, events.OfType<Enrichment>().Count()), (world.Kafka.Topics.DeadLetters, 1),
        ];

        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        foreach ((string topic, int count) in topics)
            await sink.UntilAsync(() => world.CommittedRecords(topic) >= count, $"{count} records of {topic}");

        IReadOnlyList<HistoryRecord> records = await ReadAsync(world, topics);
        Assert.Equal(topics.Sum(topic => topic.Count) - 1, records.Count);
        await CompareAsync();
        using var limit = new CancellationTokenSource(SinkWorld.Limit);
        await new HistoryRebuild(settings, NullLoggerFactory.Instance).RunAsync(acceptFewer: false, tell: _ => { }, limit.Token);
        await CompareAsync();

        async Task CompareAsync()
        {
            IReadOnlyList<ViewComparison> views = await HistoryOracle.DifferencesAsync(records, sql => http.QueryAsync(sql, CancellationToken.None));
            Assert.Empty(views.SelectMany(view => view.Differences));
            Assert.All(views, view => Assert.True(view.Rows > 0, $"{view.View} has no row"));
        }
    }

    private static async Task<IReadOnlyList<HistoryRecord>> ReadAsync(SinkWorld world, IEnumerable<(string Topic, int Count)> topics)
    {
        using var schemas = new SchemaRegistryClient(world.Kafka.Registry);
        var reader = new HistoryReader(world.Kafka.Topics, schemas);
        var records = new List<HistoryRecord>();
        foreach ((string topic, int count) in topics)
        {
            using var tail = new TopicTail(world.Kafka.BootstrapServers, topic, EmbeddedKafka.PartitionsPerTopic);
            foreach (ConsumeResult<byte[]?, byte[]?> raw in tail.Read(count))
            {
                if (await reader.ReadAsync(raw) is { } record)
                    records.Add(record);
            }
        }
        return records;
    }
}
