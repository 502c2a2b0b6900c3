using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Kafka;

public sealed class TableReaderTests
{
    [Fact]
    public async Task Versions_that_were_dropped_are_read_again_for_a_task_that_is_behind()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await world.Producer.PutAsync(Some.Pipeline(1, "acme", 42) with { ValidFromMs = 0 }, CancellationToken.None);
        await world.Producer.PutAsync(Some.Pipeline(1, "acme") with { ValidFromMs = world.Start + Some.Hour }, CancellationToken.None);
        using var reader = Open(world);
        await Eventually.True(() => reader.CatchUp(TimeSpan.Zero), "the tables are read");
        Assert.Equal(ScopeKind.TEAM, ScopeOf(reader, world.Start));

        reader.Prune(new(), world.Start + 100 * Some.Hour);
        Assert.Equal(ScopeKind.ACCOUNT, ScopeOf(reader, world.Start));

        reader.RewindIfPruned();
        Assert.False(reader.CatchUp(TimeSpan.Zero), "no event may be applied before they are read again");
        await Eventually.True(() => reader.CatchUp(TimeSpan.Zero), "the tables are read again");
        Assert.Equal(ScopeKind.TEAM, ScopeOf(reader, world.Start));
    }

    [Fact]
    public async Task What_is_no_table_entry_is_logged_and_holds_nothing_up()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await world.SendRaw(world.Settings.Topics.DeploymentPipelines, 0, "no Avro"u8.ToArray(), "acme/1");
        await world.SendRaw(world.Settings.Topics.DeploymentPipelines, 0, null, "no id");
        await world.Producer.PutAsync(Some.Pipeline(1, "acme", 42) with { ValidFromMs = 0 }, CancellationToken.None);
        var log = new RecordingLog();
        using var reader = Open(world, log);
        await Eventually.True(() => reader.CatchUp(TimeSpan.Zero), "the tables are read");
        Assert.Equal(ScopeKind.TEAM, ScopeOf(reader, world.Start));
        Assert.Equal(2, log.Lines.Count(l => l.Contains("is no table entry", StringComparison.Ordinal)));
    }

    private static TableReader Open(EmbeddedWorld world, RecordingLog? log = null)
    {
        var topics = world.Settings.Topics;
        var partitions = TableReader.TopicsOf(topics).SelectMany(t => Enumerable.Range(0, EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartition(t, p)));
        return new(new KafkaClients(world.Settings, NullLoggerFactory.Instance).OpenConsumer(), topics, world.Codec, partitions, TimeProvider.System, log ?? new RecordingLog());
    }

    private static ScopeKind ScopeOf(TableReader reader, long atMs)
    {
        var answers = new List<Enrichment>();
        new CorrelationTask(new(), reader.Tables).OnAlert(Some.Alert("a1", atMs) with { TeamIds = [42] }, atMs, answers);
        return Assert.Single(answers).Scope;
    }
}
