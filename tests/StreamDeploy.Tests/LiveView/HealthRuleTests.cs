using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Health;

namespace StreamDeploy.Tests.LiveView;

public sealed class HealthRuleTests
{
    private const long Now = Some.Noon, Look = 10_000;

    private static readonly GroupFigures Sink = new(0, 100, true, 1);

    [Fact]
    public void With_workers_and_nothing_waiting_all_is_well()
    {
        Assert.Equal([(HealthLevel.Well, "All is well: 2 workers run, and nothing waits")], Of(Every(_ => new(0, 500, true, 2))));
        Assert.Equal([(HealthLevel.Well, "All is well: 1 worker runs, and 12 records are on their way")], Of(Every(i => new(12, 500 + i, true, 1))));
        Assert.Equal([(HealthLevel.Well, "All is well: nothing waits")], Of(Every(_ => new(0, 500, true, null))));
    }

    [Fact]
    public void Before_the_first_look_nothing_is_claimed() => Assert.Equal([(HealthLevel.Notice, "Kafka is being asked for the first time: a few seconds")], Of([]));

    [Theory]
    [InlineData(0, null, 30, HealthLevel.Wrong, "Nothing is committed: no worker runs, and 30 records wait")]
    [InlineData(0, 0, 1, HealthLevel.Wrong, "Nothing is committed: no worker runs, and 1 record waits")]
    [InlineData(0, 0, 0, HealthLevel.Wrong, "Nothing is committed: no worker runs")]
    [InlineData(0, 1, 30, HealthLevel.Notice, "1 worker has committed nothing yet, and 30 records wait")]
    [InlineData(100, 0, 0, HealthLevel.Wrong, "No worker runs; nothing waits for one yet")]
    [InlineData(100, 0, 1234, HealthLevel.Wrong, "No worker runs, and 1,234 records wait")]
    public void Where_no_worker_runs_it_says_so(long committed, int? members, long lag, HealthLevel level, string text) =>
        Assert.Equal([(level, text)], Of(Every(_ => new(lag, committed, committed > 0, members))));

    [Fact]
    public void Who_catches_up_says_how_long_it_takes()
    {
        // A hundred records less every ten seconds: ten a second.
        var found = Of(Every(i => new(12_400 + (100 * (359 - i)), 1000 + (100 * i), true, 1)));

        Assert.Equal([(HealthLevel.Notice, "The join is 12,400 records behind and catching up: about 20 min")], found);
    }

    [Fact]
    public void Who_falls_behind_says_so()
    {
        Assert.Equal([(HealthLevel.Wrong, "The join is 37,900 records behind and falls further behind")], Of(Every(i => new(2000 + (100 * i), 1000 + i, true, 1))));
        Assert.Equal([(HealthLevel.Wrong, "The join is 5,000 records behind and does not catch up")], Of(Every(i => new(5000, 1000 + i, true, 1))));
        Assert.Equal([(HealthLevel.Notice, "The join is 5,000 records behind")], Of([new(Now, new(5000, 1000, true, 1), Sink)]));
    }

    [Fact]
    public void Who_stands_still_while_records_wait_says_for_how_long()
    {
        var samples = Samples(360, i => new(0, 100 + i, true, 1), i => i < 330 ? new(0, 1000 + i, true, 1) : new(300, 1330, true, 1));

        Assert.Equal([(HealthLevel.Wrong, "The sink has not moved for 4 min, 300 records behind")], Of(samples));
        Assert.Equal(HealthLevel.Well, Of(samples.Take(335))[0].Level);
    }

    [Fact]
    public void A_sink_that_never_was_is_not_missed() => Assert.Equal(HealthLevel.Well, Of(Samples(360, _ => new(0, 500, true, 1), _ => new(5000, 0, false, 0)))[0].Level);

    [Fact]
    public void Kafka_that_is_away_is_told_first()
    {
        var samples = Every(i => new(5000, 1000 + i, true, 1)).Select((sample, i) => i >= 348 ? new ClusterSample(sample.AtMs, null, null) : sample);

        var found = Of(samples);

        Assert.Equal((HealthLevel.Wrong, "Kafka does not answer, for 110 s by now: the rest of this page is from before"), found[0]);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void What_was_given_up_is_worth_a_look_and_does_not_hide_what_is_worse()
    {
        var dead = new Dictionary<string, long> { ["LATE"] = 8, ["NOT_AVRO"] = 4 };

        Assert.Equal([(HealthLevel.Notice, "12 records were given up in the last 10 min, most of them too late for the join")], Of(Every(_ => new(0, 500, true, 2)), dead));
        Assert.Equal([HealthLevel.Wrong, HealthLevel.Notice], Of(Every(_ => new(3, 500, true, 0)), dead).Select(finding => finding.Level));
        Assert.Equal("1 record was given up in the last 10 min, that are not Avro", Of(Every(_ => new(0, 500, true, 2)), new Dictionary<string, long> { ["NOT_AVRO"] = 1 })[0].Text);
    }

    [Fact]
    public void A_live_view_that_stopped_reading_says_so_itself() =>
        Assert.StartsWith("This live view has stopped reading", new HealthRule([.. Every(_ => new(0, 500, true, 2))], new Dictionary<string, long>(), false, Now).Findings[0].Text, StringComparison.Ordinal);

    private static List<(HealthLevel Level, string Text)> Of(IEnumerable<ClusterSample> samples, IReadOnlyDictionary<string, long>? dead = null) =>
        [.. new HealthRule([.. samples], dead ?? new Dictionary<string, long>(), true, Now).Findings.Select(finding => (finding.Level, finding.Text))];

    private static IEnumerable<ClusterSample> Every(Func<int, GroupFigures> join) => Samples(360, join, _ => Sink);

    private static IEnumerable<ClusterSample> Samples(int count, Func<int, GroupFigures> join, Func<int, GroupFigures> sink) =>
        Enumerable.Range(0, count).Select(i => new ClusterSample(Now - ((count - 1 - i) * Look), join(i), sink(i)));
}
