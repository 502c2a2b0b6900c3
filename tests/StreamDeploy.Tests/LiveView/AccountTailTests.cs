using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.LiveView;

/// <summary>What is held of the topics, and what a browser is told of them.</summary>
public sealed class AccountTailTests
{
    private static readonly LiveViewSettings Settings = new() { Management = new("http://localhost"), TailEventsMax = 1000, Clock = new FixedClock() };

    [Fact]
    public void News_are_what_came_since_a_position_each_once()
    {
        var tail = new AccountTail();
        for (var i = 0; i < 10; i++)
            tail.Apply(Some.Deployment($"d{i % 5}", Some.Noon + i), offset: i);

        var news = tail.Since(new(7, 0, 0), new(10, 0, 0));

        Assert.True(news.IsWhole);
        Assert.Equal(["d2", "d3", "d4"], news.Changes.Select(key => tail.Find(key)!.Main.Key.DeploymentId));
        Assert.Equal(new Position(10, 0, 0), news.Until);
        Assert.Empty(tail.Since(news.Until, news.Until).Changes);
    }

    [Fact]
    public void Whoever_was_away_for_too_long_is_told_that_some_is_missing()
    {
        var tail = new AccountTail();
        for (var i = 0; i < 5000; i++)
            tail.Apply(Some.Deployment($"d{i}", Some.Noon + i), offset: i);

        Assert.False(tail.Since(new(10, 0, 0), new(5000, 0, 0)).IsWhole);
        Assert.True(tail.Since(new(4990, 0, 0), new(5000, 0, 0)).IsWhole);
    }

    [Fact]
    public void A_change_that_an_answer_puts_an_alert_down_to_is_news_too()
    {
        var tail = new AccountTail();
        tail.Apply(Some.Deployment("d1"), offset: 0);
        tail.Apply(Some.Alert("a1"), offset: 0);
        tail.Apply(Answer("a1", 1, "d1"), offset: 0);

        var news = tail.Since(new(1, 1, 0), new(1, 1, 1));
        var change = tail.Find(Assert.Single(news.Changes))!;
        var suspicion = Assert.Single(tail.SuspicionsOf(change));

        Assert.Equal(("a1", 0.7), (suspicion.Alert.AlertId, suspicion.Probability));
        Assert.Equal(new AlertKey("a1", Some.Noon), Assert.Single(news.Alerts));

        // Another answer takes it back.
        tail.Apply(Answer("a1", 2, "d2"), offset: 1);
        Assert.Empty(tail.SuspicionsOf(change));
    }

    [Fact]
    public void A_deployment_that_tells_its_commit_later_moves_to_that_change()
    {
        var tail = new AccountTail();
        tail.Apply(Some.Deployment("d1", eventId: "1"), 0);
        tail.Apply(Some.Deployment("m1", eventId: "2") with { Kind = DeploymentKind.MERGE, Repository = "r", Commit = "c" }, 1);
        Assert.Equal(2, tail.Changes().Count);

        tail.Apply(Some.Deployment("d1", Some.Noon + 1, eventId: "3") with { Repository = "r", Commit = "c" }, 2);

        Assert.Equal(2, Assert.Single(tail.Changes()).Deployments.Count);
    }

    [Fact]
    public void What_is_held_is_bounded_by_number_and_the_oldest_go()
    {
        var recent = new RecentEvents(Settings, partitions: 1, fromMs: 0);
        for (var i = 0; i < 5000; i++)
            recent.Apply(new(Some.Deployment($"d{i}", Some.Noon + i), 0, i, Some.Noon + i));

        Assert.Equal(1000, recent.Weight);
        Assert.Equal(1000, recent.Of("acme").Changes().Count);
        Assert.Null(recent.Of("acme").Find(new DeploymentKey(1, "d3999")));
        Assert.NotNull(recent.Of("acme").Find(new DeploymentKey(1, "d4000")));
        Assert.Equal(Some.Noon + 4000, recent.CompleteFromMs);
    }

    [Fact]
    public void What_is_held_is_bounded_by_age()
    {
        var recent = new RecentEvents(Settings, partitions: 1, fromMs: 0);
        recent.Apply(new(Some.Deployment("old"), 0, 0, Some.Noon - (26 * Some.Hour)));
        recent.Apply(new(Some.Deployment("new"), 0, 1, Some.Noon));

        Assert.Equal("new", Assert.Single(recent.Of("acme").Changes()).Main.Key.DeploymentId);
    }

    [Fact]
    public void An_alert_stays_whole_until_the_last_of_its_records_goes()
    {
        var recent = new RecentEvents(Settings, partitions: 1, fromMs: 0);
        recent.Apply(new(Some.Alert("a1"), 0, 0, Some.Noon));
        for (var i = 0; i < 999; i++)
            recent.Apply(new(Some.Deployment($"d{i}"), 0, i, Some.Noon));
        recent.Apply(new(Answer("a1", 1, "d1"), 0, 0, Some.Noon));

        Assert.Single(recent.Of("acme").Find(new AlertKey("a1", Some.Noon))!.Events);
        for (var i = 0; i < 999; i++)
            recent.Apply(new(Some.Deployment($"e{i}"), 0, i, Some.Noon));
        Assert.Null(recent.Of("acme").Find(new AlertKey("a1", Some.Noon)));
    }

    [Fact]
    public void A_record_in_a_partition_that_is_not_its_account_s_is_left_out()
    {
        var recent = new RecentEvents(Settings, partitions: 4, fromMs: 0);
        var home = Murmur2.PartitionOf("acme", 4);
        recent.Apply(new(Some.Deployment("wrong"), (home + 1) % 4, 0, Some.Noon));
        recent.Apply(new(Some.Deployment("right"), home, 0, Some.Noon));

        Assert.Equal("right", Assert.Single(recent.Of("acme").Changes()).Main.Key.DeploymentId);
    }

    [Theory]
    [InlineData("1-2-3", true)]
    [InlineData("1-2", false)]
    [InlineData("1-2-x", false)]
    [InlineData("-1-2-3", false)]
    [InlineData("99999999999999999999-2-3", false)]
    [InlineData(null, false)]
    public void A_position_is_read_back_as_it_was_written(string? text, bool isOne)
    {
        Assert.Equal(isOne, Position.TryParse(text, out var position));
        if (isOne)
            Assert.Equal(text, position.ToString());
    }

    private static Enrichment Answer(string alertId, long revision, string deploymentId) => SomeAnswer.Of(SomeAnswer.Suspect(deploymentId)) with { AlertId = alertId, Revision = revision };

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Some.Noon);
    }
}
