using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

public sealed class RepeatLimitTests
{
    [Fact]
    public void So_many_of_a_kind_in_ten_seconds_and_then_how_many_were_kept_back()
    {
        var clock = new HandClock();
        var limit = new RepeatLimit(linesMax: 2, clock);

        Assert.Equal([true, true, false, false, false], Enumerable.Range(0, 5).Select(_ => limit.Allows("down", out var _)));
        Assert.True(limit.Allows("another", out _));
        clock.Seconds = 10;
        Assert.True(limit.Allows("down", out var keptBack));
        Assert.Equal(3, keptBack);
        Assert.True(limit.Allows("down", out keptBack));
        Assert.Equal(0, keptBack);
    }

    private sealed class HandClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
