using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class WindowPictureTests
{
    private const long From = Some.Noon - 2 * Some.Hour, To = Some.Noon + 10 * Some.Minute, Now = Some.Noon + Some.Minute;

    [Fact]
    public void The_alert_and_the_deployments_lie_where_their_times_say()
    {
        // 130 minutes: the alert at 120, the deployment from 100 to 110.
        var picture = WindowPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect(endsMs: From + 110 * Some.Minute, lastsMs: 10 * Some.Minute)), [], Now);

        Assert.Equal(120 / 130.0, picture.AlertX, 9);
        Assert.Equal(121 / 130.0, picture.NowX!.Value, 9);
        var interval = Assert.Single(picture.Suspects);
        Assert.Equal(100 / 130.0, interval.X, 9);
        Assert.Equal(10 / 130.0, interval.Width, 9);
        Assert.False(interval.BeginsBefore || interval.EndsAfter);
    }

    [Fact]
    public void What_lies_beyond_the_window_is_drawn_at_its_edge_and_says_so()
    {
        var longAgo = SomeAnswer.Suspect("campaign", endsMs: From - 10 * Some.Hour);
        var through = SomeAnswer.Suspect("through", endsMs: To + Some.Hour, lastsMs: 12 * Some.Hour);
        var after = SomeAnswer.Suspect("after", endsMs: To + Some.Hour, lastsMs: 0);

        var picture = WindowPicture.Of(SomeAnswer.Of(longAgo, through, after), [], Now);

        Assert.True(picture.Suspects[0] is { X: 0, Width: > 0 and < 0.01, BeginsBefore: true, EndsAfter: false });
        Assert.True(picture.Suspects[1] is { X: 0, Width: 1, BeginsBefore: true, EndsAfter: true });
        Assert.True(picture.Suspects[2] is { X: > 0.99 and < 1, EndsAfter: true });
        Assert.All(picture.Suspects, interval => Assert.True(interval.X + interval.Width <= 1 + 1e-9));
    }

    [Fact]
    public void What_is_running_reaches_up_to_now()
    {
        var running = SomeAnswer.Suspect(endsMs: Some.Noon) with { EndMs = null, Status = DeploymentStatus.STARTED, StartMs = Some.Noon - 9 * Some.Minute };

        var now = WindowPicture.Of(SomeAnswer.Of(running), [], Now).Suspects[0];
        var later = WindowPicture.Of(SomeAnswer.Of(running), [], To + Some.Hour);

        Assert.Equal(10 / 130.0, now.Width, 9);
        Assert.False(now.EndsAfter);
        Assert.Equal(1, later.Suspects[0].X + later.Suspects[0].Width, 9);
        Assert.True(later.Suspects[0].EndsAfter);
        Assert.Null(later.NowX);
    }

    [Fact]
    public void Each_suspect_has_a_row_and_what_is_out_of_scope_shares_those_below_without_overlap()
    {
        var first = new Deployed("first", DeploymentStatus.SUCCEEDED, From + 10 * Some.Minute, From + 40 * Some.Minute);
        var beside = new Deployed("beside", DeploymentStatus.SUCCEEDED, From + 20 * Some.Minute, From + 50 * Some.Minute);
        var behind = new Deployed("behind", DeploymentStatus.SUCCEEDED, From + 60 * Some.Minute, From + 70 * Some.Minute);

        var picture = WindowPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("d1", 0.5), SomeAnswer.Suspect("d2", 0.2)), [behind, beside, first], Now);

        Assert.Equal([0, 1], picture.Suspects.Select(interval => interval.Row));
        Assert.Equal([("first", 2), ("beside", 3), ("behind", 2)], picture.OutOfScope.Select(interval => (interval.Name, interval.Row)));
        Assert.Equal(4, picture.Rows);
    }

    [Fact]
    public void However_much_is_out_of_scope_the_picture_stays_small()
    {
        var many = Enumerable.Range(0, 50).Select(i => new Deployed($"d{i}", DeploymentStatus.SUCCEEDED, From + i * 1000, To));

        Assert.Equal(4, WindowPicture.Of(SomeAnswer.Of(), many, Now).Rows);
    }

    [Fact]
    public void The_life_of_a_change_is_marked_where_it_happened()
    {
        var suspect = SomeAnswer.Suspect() with
        {
            Lifeline =
            [
                new() { DeploymentId = "merge", Kind = DeploymentKind.MERGE, OccurredAtMs = From - Some.Hour },
                new() { DeploymentId = "release", Kind = DeploymentKind.RELEASE, OccurredAtMs = From + 65 * Some.Minute },
            ],
        };

        Assert.Equal([0, 0.5], WindowPicture.Of(SomeAnswer.Of(suspect), [], Now).Suspects[0].Marks.Select(mark => mark.X));
    }

    [Theory]
    [InlineData(Some.Noon, Some.Noon)]
    [InlineData(Some.Noon, Some.Noon - Some.Hour)]
    [InlineData(long.MinValue / 4, long.MaxValue / 4)]
    public void A_window_that_cannot_be_still_gives_places_that_can(long fromMs, long toMs)
    {
        var answer = SomeAnswer.Of(SomeAnswer.Suspect(), SomeAnswer.Suspect("d2", 0.1) with { StartMs = long.MinValue / 4, EndMs = long.MaxValue / 4 }) with { WindowFromMs = fromMs, WindowToMs = toMs };

        var picture = WindowPicture.Of(answer, [], Now);

        Assert.InRange(picture.AlertX, 0, 1);
        Assert.All(picture.Suspects, interval => Assert.True(interval.X is >= 0 and <= 1 && interval.Width is > 0 and <= 1));
        Assert.True(picture.Ticks.Count <= 12);
    }

    [Fact]
    public void The_axis_has_round_times_that_lie_where_they_say()
    {
        var ticks = WindowPicture.Of(SomeAnswer.Of(), [], Now).Ticks;

        Assert.InRange(ticks.Count, 5, 10);
        Assert.All(ticks, tick => Assert.Equal(0, tick.Ms % (15 * Some.Minute)));
        Assert.All(ticks, tick => Assert.Equal((tick.Ms - From) / (double)(To - From), tick.X, 9));
        Assert.Contains(ticks, tick => tick.IsMinor);
    }
}
