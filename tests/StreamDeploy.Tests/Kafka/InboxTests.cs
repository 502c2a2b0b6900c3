using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

using StreamDeploy.Tests.Simulation;

namespace StreamDeploy.Tests.Kafka;

public sealed class InboxTests
{
    private const int Partitions = 4;
    private static readonly int Right = Murmur2.PartitionOf("acme", Partitions);

    private readonly SimulatedClock _clock = new();

    [Fact]
    public void While_state_is_rebuilt_records_after_the_commit_stay_where_they_are()
    {
        var inbox = Open(from: 10, committed: 12);
        Add(inbox, 10);
        Add(inbox, 12);
        Assert.True(inbox.Peek());
        inbox.Take();
        Assert.False(inbox.Peek());
        Assert.False(inbox.IsAwaited(100));
        inbox.EndRestore();
        Assert.Equal(12, inbox.Applied);
        Assert.True(inbox.Peek());
        Assert.Equal(12, inbox.Raw().Offset);
    }

    [Fact]
    public void State_is_not_rebuilt_before_all_up_to_the_commit_has_come()
    {
        var inbox = Open(from: 10, committed: 12);
        Assert.True(inbox.IsAwaited(100));
        Add(inbox, 10);
        inbox.Peek();
        inbox.Take();
        Assert.True(inbox.IsAwaited(100));
        // Offset 11 is the marker of a transaction: only the end is told.
        inbox.ReachedEnd(12);
        Assert.False(inbox.IsAwaited(100));
    }

    [Theory]
    [InlineData(-1001, true)]
    [InlineData(12, false)]
    [InlineData(13, true)]
    public void An_empty_side_is_awaited_while_the_broker_holds_more_or_has_not_said(long highWatermark, bool awaited)
    {
        var inbox = Open(from: 12, committed: 12);
        inbox.EndRestore();
        inbox.ReachedEnd(12);
        Assert.Equal(awaited, inbox.IsAwaited(highWatermark));
    }

    /// <summary>The end that is known may be from before the hold. Were it believed, the other side would run ahead and make late what has come here meanwhile.</summary>
    [Fact]
    public void After_a_hold_an_empty_side_is_awaited_until_something_newly_fetched_was_heard_of_it()
    {
        var inbox = Open(from: 12, committed: 12);
        inbox.EndRestore();
        Assert.True(inbox.IsAwaited(12));
        inbox.ReachedEnd(12);
        Assert.False(inbox.IsAwaited(12));
        inbox.IsHeld = true;
        inbox.Release(fetchedBefore: 1);
        Assert.True(inbox.IsAwaited(12));
        inbox.ReachedEnd(12);
        Assert.True(inbox.IsAwaited(12));
        inbox.ReachedEnd(12);
        Assert.False(inbox.IsAwaited(12));
    }

    [Fact]
    public void After_a_hold_through_which_fetching_went_on_the_end_is_known()
    {
        var inbox = Open(from: 12, committed: 12);
        inbox.EndRestore();
        inbox.ReachedEnd(12);
        inbox.IsHeld = true;
        inbox.Release(fetchedBefore: null);
        Assert.False(inbox.IsAwaited(12));
    }

    /// <summary>The end was among what waited, and is told only once.</summary>
    [Fact]
    public void After_a_hold_a_side_that_stays_silent_is_not_awaited_for_good()
    {
        var inbox = Open(from: 12, committed: 12);
        inbox.EndRestore();
        inbox.IsHeld = true;
        inbox.Release(fetchedBefore: 1);
        inbox.ReachedEnd(12);
        _clock.Pass(900);
        Assert.True(inbox.IsAwaited(12));
        _clock.Pass(200);
        Assert.False(inbox.IsAwaited(12));
    }

    [Fact]
    public void What_was_fetched_twice_counts_once()
    {
        var inbox = Open(from: 0, committed: 0);
        Add(inbox, 0);
        Add(inbox, 0);
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void A_record_that_was_sent_on_once_is_not_sent_on_again()
    {
        var source = Source();
        var wrong = (Right + 1) % Partitions;
        Assert.Equal(new Fate(FateKind.Reroute, Right), source.Judge(Some.Deployment(), wrong, 0, null));
        var forwarded = Rerouting.Forward(new RawRecord("deployments", wrong, 5, 0, null, null, null));
        Assert.Equal("MISROUTED", source.Judge(Some.Deployment(), wrong, 0, forwarded.Headers).Reason);
    }

    [Fact]
    public void Topics_that_belong_together_must_have_as_many_partitions()
    {
        var topics = new TopicNames("");
        var partitions = topics.All.ToDictionary(t => t, _ => 4);
        Assert.Equal(4, CoPartitioning.Of(topics, partitions).Partitions);
        partitions[topics.Enrichments] = 5;
        Assert.Contains("enrichments has 5", Assert.Throws<KafkaSettingsException>(() => CoPartitioning.Of(topics, partitions)).Message, StringComparison.Ordinal);
    }

    private static Source<Deployment> Source() =>
        new("deployments", new(new(new() { Url = "http://127.0.0.1:1" })), Partitions, d => d.AccountId, d => d.OccurredAtMs, (_, _) => null);

    private Inbox<Deployment> Open(long from, long committed)
    {
        var settings = new WorkerSettings { Kafka = new() { BootstrapServers = "127.0.0.1:1", Registry = new() { Url = "http://127.0.0.1:1" } } };
        var inbox = new Inbox<Deployment>(Source(), Right, settings, _clock, NullLogger.Instance);
        inbox.StartAt(new(from, committed));
        return inbox;
    }

    /// <summary>Without a value: no schema is asked for.</summary>
    private static void Add(Inbox<Deployment> inbox, long offset) =>
        inbox.Add(new() { Topic = "deployments", Partition = Right, Offset = offset, TimestampMs = 0, HasKey = true, Key = "acme"u8, HasValue = false, Value = default });
}
