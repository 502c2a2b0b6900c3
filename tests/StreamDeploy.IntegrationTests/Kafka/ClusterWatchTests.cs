using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>That lag and members are told as they are.</summary>
[Collection(RealServers.Collection)]
public sealed class ClusterWatchTests(RealServers servers)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    [RealServersFact]
    public async Task What_no_worker_has_read_is_lag_and_workers_share_it_and_work_it_off()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        var hour = world.Hour("x", 0, 20);
        await world.Send(hour);
        await using var watch = Watch(world, new());

        await Eventually.True(() => watch.Latest?.Join.Figures == new GroupFigures(2 * hour.Count, 0, false, 0), "all of it is lag, and nobody is there", () => Describe(watch));
        Assert.Equal(
            hour.GroupBy(r => Murmur2.PartitionOf(r.Deployment.AccountId, RealWorld.Partitions)).Select(p => (p.Key, (long)p.Count())).Order(),
            watch.Latest!.Join.Partitions.Where(p => p.Topic == world.Settings.Topics.Alerts && p.Lag > 0).Select(p => (p.Partition, p.Lag)).Order());

        var log = new RecordingLog();
        await using (world.Run(log))
        {
            await Eventually.True(() => watch.Latest?.Join.Figures is { Lag: 0, HasCommitted: true, Members: 1 }, "one worker has done all", () => Describe(watch));
            await using var second = world.Run(new RecordingLog());
            await Eventually.True(() => watch.Latest?.Join.Members is [{ Partitions.Count: > 0 }, { Partitions.Count: > 0 }], "two share the partitions", () => Describe(watch));
            await Eventually.True(
                () => watch.Latest!.Join.Members!.SelectMany(m => m.Partitions).Distinct().Count() == 2 * RealWorld.Partitions, "each partition is somebody's", () => Describe(watch));
            Assert.Equal(2 * hour.Count, watch.Latest!.Join.Figures.Committed);
        }

        await Eventually.True(() => watch.Latest?.Join.Figures is { Lag: 0, Members: 0 }, "both have left", () => Describe(watch));
        Assert.Contains(watch.Samples, sample => sample.Join?.Lag == 2 * hour.Count);
    }

    [RealServersFact]
    public async Task A_group_that_has_read_every_record_is_not_behind_because_of_the_marks_of_transactions()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        var hour = world.Hour("x", 0, 20);
        await world.Send(hour);
        await using var worker = world.Run(new RecordingLog());
        world.Answers.ReadAll([.. hour.Select(r => r.Alert.AlertId)]);
        var sink = world.Settings with { GroupId = world.Settings.GroupId + "-sink" };
        using (var consumer = TopicConsumer.Open(sink, world.Settings.Topics.CoPartitioned, assignAll: true, new RecordingLog()))
        {
            var last = new Dictionary<(string, int), ConsumedRecord>();
            var (read, answers) = (0, 0);
            await Eventually.True(() =>
            {
                foreach (var record in consumer.Poll(1000, TimeSpan.FromMilliseconds(200)))
                {
                    last[(record.Topic, record.Partition)] = record;
                    read++;
                    answers += record.Topic == world.Settings.Topics.Enrichments ? 1 : 0;
                }

                return answers >= hour.Count && read == (2 * hour.Count) + answers;
            }, "the topics are read");
            Assert.True(consumer.Commit(last.Values));
        }

        await using var watch = Watch(world, new());

        await Eventually.True(() => watch.Latest?.Sink.Figures is { HasCommitted: true, Lag: 0 }, "the sink is not behind", () => Describe(watch));
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task While_the_broker_is_away_it_says_so_once_and_goes_on_when_it_is_back()
    {
        using var kafka = new RealKafka();
        await using var world = await RealWorld.CreateAsync(servers.Settings() with { BootstrapServers = kafka.BootstrapServers });
        var log = new RecordingLog();
        await using var watch = Watch(world, log);
        await Eventually.True(() => watch.Latest is not null, "a first look", () => Describe(watch));

        kafka.Kill(1);
        await Eventually.True(() => watch.Samples.Count(sample => sample.Join is null) >= 2, "looks without an answer", () => Describe(watch));
        kafka.Up(1);
        await Eventually.True(() => watch.Samples[^1].Join is not null, "a look with an answer", () => Describe(watch));

        Assert.Single(log.Lines, line => line.Contains("cannot be found out", StringComparison.Ordinal));
    }

    private static ClusterWatch Watch(RealWorld world, RecordingLog log) =>
        ClusterWatch.Start(world.Settings with { GroupId = "view" }, world.Settings.GroupId, world.Settings.GroupId + "-sink", log, TimeProvider.System, Interval);

    private static string Describe(ClusterWatch watch) => watch.Latest is not { } look
        ? $"no look, {watch.Samples.Count} samples"
        : $"{look.Join.Figures} {look.Sink.Figures} members {string.Join(" | ", look.Join.Members?.Select(m => string.Join(",", m.Partitions)) ?? ["unknown"])}";
}
