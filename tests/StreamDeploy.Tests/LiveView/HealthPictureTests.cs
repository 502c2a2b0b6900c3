using StreamDeploy.Connectors.LiveView.Health;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.LiveView;

public sealed class HealthPictureTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void A_line_is_broken_where_nobody_looked()
    {
        var picture = Sparkline.Of([(0, 0), (10_000, 5), (20_000, 10), (30_000, null), (40_000, 10), (200_000, 10)], 0, Hour);

        Assert.Equal(10, picture.Top);
        Assert.Equal("M0 76L0.9 41L1.8 6M3.6 6h1M17.8 6h1", picture.Line);
        Assert.StartsWith("M0 76L0 76L0.9 41L1.8 6L1.8 76z", picture.Area, StringComparison.Ordinal);
        Assert.Equal([900_000, 1_800_000, 2_700_000, 3_600_000], picture.Ticks.Select(tick => tick.Ms));
        Assert.Equal(80, picture.Ticks[0].X);
    }

    [Fact]
    public void Without_any_point_there_is_an_empty_picture()
    {
        var picture = Sparkline.Of([], 0, Hour);

        Assert.Equal(("", "", 1), (picture.Line, picture.Area, picture.Top));
    }

    [Fact]
    public void Throughput_counts_records_of_the_last_hour_by_the_time_they_were_written()
    {
        var clock = new ManualClock { UtcNow = DateTimeOffset.FromUnixTimeMilliseconds(Some.Noon) };
        var throughput = new Throughput(clock);
        foreach (var atMs in new[] { Some.Noon - Hour - 20_000, Some.Noon - Hour, Some.Noon - 10_000, Some.Noon - 1, Some.Noon, Some.Noon + 50_000 })
            throughput.Count(new(Some.Deployment(), 0, 0, atMs));
        throughput.Count(new(Some.Alert(), 0, 0, Some.Noon - 1));

        var deployments = throughput.Of(Flow.Deployments);
        Assert.Equal(Throughput.Slots, deployments.Count);
        Assert.Equal((Some.Noon, 0.2), (deployments[^1].AtMs, deployments[^1].Value));
        Assert.Equal(0.3, deployments.Sum(point => point.Value)!.Value, 6);
        Assert.Equal(0.1, throughput.Of(Flow.Alerts).Sum(point => point.Value));
        Assert.Equal(0, throughput.Of(Flow.Answers).Sum(point => point.Value));

        // What was ahead of the clock counts as of when it came, once that time is over.
        clock.UtcNow += TimeSpan.FromSeconds(10);
        Assert.Equal(0.2, throughput.Of(Flow.Deployments)[^1].Value);
        // And an hour later the same slots are used anew.
        clock.UtcNow += TimeSpan.FromHours(1);
        Assert.Equal(0, throughput.Of(Flow.Deployments).Sum(point => point.Value));
    }
}
