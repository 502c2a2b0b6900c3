using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Reading beside the workers. How a broker's index by time is used is tested on a real one.</summary>
public sealed class RetainedLogTests
{
    private static List<string> EventsOf(RetainedLog log, string accountId)
    {
        var read = new List<string>();
        log.ReadEvents(accountId, new JoinSettings(), 0, (d, _) => read.Add(d.DeploymentId), (a, _) => read.Add(a.AlertId), CancellationToken.None);
        return read;
    }

    [Fact]
    public async Task An_accounts_events_come_in_event_time_and_what_cannot_be_read_or_joined_is_left_out()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topic = world.Settings.Topics.Deployments;
        var other = Enumerable.Range(0, 1000).Select(i => "other-" + i).First(id => EmbeddedWorld.PartitionOf(id) == EmbeddedWorld.PartitionOf("acme"));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute), Some.Alert("a2", world.Start + 3 * Some.Minute));
        await world.Send(Some.Deployment("d1", world.Start), Some.Deployment("theirs", world.Start, accountId: other), Some.Deployment("d2", world.Start + 2 * Some.Minute));
        await world.SendRaw(topic, EmbeddedWorld.PartitionOf("acme"), "no Avro"u8.ToArray());
        await world.Send(Some.Deployment("impossible", world.Start + 1000 * Some.Hour));
        await world.Send(Some.Deployment("d3", world.Start + 4 * Some.Minute));
        using var log = RetainedLog.Open(world.Settings, NullLoggerFactory.Instance);

        Assert.Equal(["d1", "a1", "d2", "a2", "d3"], EventsOf(log, "acme"));
        Assert.Equal(["theirs"], EventsOf(log, other));
        Assert.Empty(EventsOf(log, "nobody"));
    }

    [Fact]
    public async Task Tables_come_whole_with_their_times_and_ends()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var beganMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await world.Producer.PutAsync(Some.Pipeline(1, "acme", 7), CancellationToken.None);
        await world.Producer.PutAsync(Some.Pipeline(1), CancellationToken.None);
        await world.Producer.DeletePipelineAsync("acme", 1, CancellationToken.None);
        await world.Producer.PutAsync(new Team { AccountId = "acme", Id = 7, Name = "Payments" }, CancellationToken.None);
        await world.Producer.PutAsync(new Account { AccountId = "acme" }, CancellationToken.None);
        using var log = RetainedLog.Open(world.Settings, NullLoggerFactory.Instance);

        var changes = new List<TableChange>();
        log.ReadTables(changes.Add, CancellationToken.None);

        Assert.Equal([1, 0, null], changes.Where(change => change.Type == typeof(DeploymentPipeline)).Select(change => (change.Value as DeploymentPipeline)?.TeamIds.Length));
        Assert.Equal("Payments", Assert.IsType<Team>(Assert.Single(changes, change => change.Id == 7).Value).Name);
        Assert.Single(changes, change => change.Value is Account);
        Assert.Equal(5, changes.Count);
        Assert.All(changes, change => Assert.InRange(change.TimestampMs, beganMs, beganMs + 10 * Some.Minute));
        Assert.All(changes, change => Assert.Equal("acme", change.AccountId));
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_named()
    {
        await using var world = await EmbeddedWorld.StartAsync();

        var e = Assert.Throws<KafkaSettingsException>(() => RetainedLog.Open(world.Settings with { TopicPrefix = "none." }, NullLoggerFactory.Instance));

        Assert.Contains("none.teams", e.Message, StringComparison.Ordinal);
    }
}
