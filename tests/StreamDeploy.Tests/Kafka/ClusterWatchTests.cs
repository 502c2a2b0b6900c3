using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

/// <summary>On the embedded cluster, which has no group that could be described.</summary>
public sealed class ClusterWatchTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Lag_is_what_the_worker_has_not_read_and_who_shares_the_work_cannot_be_told()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await world.Send(Enumerable.Range(0, 7).Select(i => Some.Deployment($"d{i}", world.Start + i)));
        var log = new RecordingLog();
        await using var watch = ClusterWatch.Start(world.Settings with { GroupId = "view" }, world.Settings.GroupId, "the-sink", log, TimeProvider.System, Interval);
        await Eventually.True(() => watch.Latest?.Join.Figures is { Lag: 7, HasCommitted: false }, "seven behind", () => Describe(watch, log));

        await using var worker = world.Run();
        await Eventually.True(() => watch.Latest?.Join.Figures is { Lag: 0, HasCommitted: true, Committed: 7 }, "none behind", () => Describe(watch, log));

        Assert.Null(watch.Latest!.Join.Members);
        Assert.Equal(7, watch.Latest.Sink.Figures.Lag);
        Assert.True(watch.Samples.Count > 2, Describe(watch, log));
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_given_up_is_counted_by_reason_and_shown_to_its_account_alone()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await using var worker = world.Run();
        await world.SendRaw(world.Settings.Topics.Deployments, EmbeddedWorld.PartitionOf("acme"), [1, 2, 3]);
        await world.SendRaw(world.Settings.Topics.Deployments, EmbeddedWorld.PartitionOf("other"), [1, 2, 3], "other");
        var log = new RecordingLog();
        await using var watch = ClusterWatch.Start(world.Settings with { GroupId = "view" }, world.Settings.GroupId, "the-sink", log, TimeProvider.System, Interval);

        await Eventually.True(
            () => watch.DeadLetters.PerMinute(Now).GetValueOrDefault("NOT_AVRO")?.Sum() == 2, "two given up", () => Describe(watch, log) + string.Join(',', watch.DeadLetters.PerMinute(Now).Select(r => $"{r.Key} {r.Value.Sum()}")));

        await Eventually.True(() => watch.KnowsDeadLetters, "the look is over", () => Describe(watch, log));
        var letter = Assert.Single(watch.DeadLetters.Of("acme"));
        Assert.Equal((world.Settings.Topics.Deployments, "NOT_AVRO", null), (letter.Topic, letter.Reason, letter.Reader));
        Assert.Empty(watch.DeadLetters.Of("nobody"));
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static string Describe(ClusterWatch watch, RecordingLog log) => $"{watch.Latest?.Join.Figures} {watch.Latest?.Sink.Figures} {watch.Samples.Count} samples\n{string.Join('\n', log.Lines)}";
}
