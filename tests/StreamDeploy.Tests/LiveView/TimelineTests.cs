using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

/// <summary>The picture over the list.</summary>
public sealed class TimelineTests
{
    private static readonly TimeRange Range = new(Some.Noon, Some.Noon + (10 * Some.Hour), null);

    [Fact]
    public void Deployments_are_drawn_to_scale_in_the_lane_of_their_service()
    {
        var picture = Of(Deployed("d1", "checkout", 2, 4), Deployed("d2", "search", 5, 6));

        Assert.Equal(["checkout", "search"], picture.Lanes.Select(lane => lane.Name));
        var bar = Assert.Single(picture.Lanes[0].Bars);
        var hour = (Timeline.Width - Timeline.LabelWidth) / 10;
        Assert.Equal(Timeline.LabelWidth + (2 * hour), bar.X, 6);
        Assert.Equal(2 * hour, bar.Width, 6);
    }

    [Fact]
    public void Those_that_overlap_lie_under_each_other_and_those_that_follow_beside()
    {
        var lane = Assert.Single(Of(Deployed("d1", "checkout", 1, 3), Deployed("d2", "checkout", 2, 4), Deployed("d3", "checkout", 5, 6)).Lanes);

        Assert.Equal([0, 1, 0], lane.Bars.Select(bar => bar.Row));
    }

    [Fact]
    public void What_begins_before_the_time_or_is_running_is_cut_at_its_edge_and_what_lies_outside_is_not_there()
    {
        var picture = Of(Deployed("d1", "a", -5, 1), Deployed("d2", "b", 9, null), Deployed("d3", "c", -5, -4), Deployed("d4", "d", 11, 12));

        Assert.Equal(["a", "b"], picture.Lanes.Select(lane => lane.Name));
        Assert.All(picture.Lanes.SelectMany(lane => lane.Bars), bar => Assert.InRange(bar.X + bar.Width, Timeline.LabelWidth, Timeline.Width + 0.001));
        Assert.Equal(Timeline.Width, picture.Lanes[1].Bars[0].X + picture.Lanes[1].Bars[0].Width, 3);
    }

    [Fact]
    public void An_alert_is_joined_with_its_first_suspect()
    {
        var alert = AlertTrail.Of(new("a1", At(5)), [Some.Alert("a1", At(5))], [Answer("d1")]);

        var mark = Assert.Single(Timeline.Of(Range, [Deployed("d1", "checkout", 2, 4)], [alert], Lane).Alerts);

        Assert.Equal(Timeline.XOf(Range, At(5)), mark.X);
        Assert.Equal(Timeline.XOf(Range, At(4)), mark.SuspectX!.Value, 6);
        Assert.Equal(0.7, mark.Probability);
        Assert.Null(Assert.Single(Timeline.Of(Range, [], [alert], Lane).Alerts).SuspectX);
    }

    [Fact]
    public void Too_many_to_be_drawn_are_counted_and_all_of_them()
    {
        var picture = Of([.. Enumerable.Range(0, 3000).Select(i => Deployed($"d{i}", $"s{i % 20}", i / 400.0, (i / 400.0) + 0.01))]);

        Assert.Equal(12, picture.Lanes.Count);
        Assert.All(picture.Lanes, lane => Assert.Empty(lane.Bars));
        Assert.Equal(3000, picture.Lanes.SelectMany(lane => lane.Cells).Sum(cell => cell.Count) + picture.Hidden);
        Assert.Equal(8 * 150, picture.Hidden);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(24 * 60)]
    [InlineData(30 * 24 * 60)]
    [InlineData(366 * 24 * 60)]
    public void The_axis_has_marks_that_can_be_read_and_not_too_many(int minutes)
    {
        var ticks = Timeline.Of(new(Some.Noon + 123, Some.Noon + 123 + (minutes * Some.Minute), null), [], [], Lane).Ticks;

        Assert.InRange(ticks.Count, minutes == 1 ? 0 : 2, 13);
        Assert.All(ticks, tick => Assert.InRange(tick.X, Timeline.LabelWidth, Timeline.Width));
    }

    private static string Lane(Change change, DeploymentTrail deployment) => deployment.Service ?? "?";

    private static Timeline Of(params Change[] changes) => Timeline.Of(Range, changes, [], Lane);

    private static long At(double hour) => Some.Noon + (long)(hour * Some.Hour);

    private static Change Deployed(string id, string service, double startHour, double? endHour) => new(
    [
        DeploymentTrail.Of(
        [
            Some.Deployment(id, At(endHour ?? startHour)) with { Service = service, StartedAtMs = At(startHour), Status = endHour is null ? DeploymentStatus.STARTED : DeploymentStatus.SUCCEEDED },
        ]),
    ]);

    private static Enrichment Answer(string deploymentId) => SomeAnswer.Of(SomeAnswer.Suspect(deploymentId)) with { AlertOccurredAtMs = At(5) };
}
