using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class WorkerGroupTests(RealServers servers)
{
    [RealServersFact]
    public Task Two_workers_share_the_partitions_and_one_takes_over_when_the_other_stops() => ShareAndTakeOver(servers.Settings());

    [RealServersFact]
    public Task Two_workers_share_the_partitions_by_the_classic_protocol_too() => ShareAndTakeOver(Classic(servers.Settings()));

    [RealServersFact]
    public Task After_a_worker_was_killed_no_answer_is_missing() => KillAndGoOn(servers.Settings());

    [RealServersFact]
    public Task After_a_worker_was_killed_no_answer_is_missing_by_the_classic_protocol_either() => KillAndGoOn(Classic(servers.Settings()));

    [RealServersFact(RealKafka.Variable)]
    public async Task While_the_broker_is_away_the_worker_waits_and_answers_everything_after_it()
    {
        using var kafka = new RealKafka();
        await using var world = await RealWorld.CreateAsync(servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(3) });
        var log = new RecordingLog();
        await using var worker = world.Run(log);
        var before = world.Hour("x", 0, 40);
        await world.Send(before);
        world.Answers.ReadAll([.. before.Select(r => r.Alert.AlertId)]);

        var after = world.Hour("x", 1, 40);
        // Killed while it works: some of these answers are on their way or not committed.
        var sending = world.Send(after);
        world.Answers.ReadUntil(answers => answers.Count > before.Count + after.Count / 4, "a part of the answers");
        kafka.Kill(1);
        await Task.WhenAny(sending);
        kafka.Up(1);
        await SendAgain(world, after);
        world.Answers.ReadAll([.. after.Select(r => r.Alert.AlertId)]);
        await worker.StopAsync();
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task A_hung_broker_makes_the_worker_start_over_and_even_stopping_then_loses_nothing()
    {
        using var kafka = new RealKafka();
        await using var world = await RealWorld.CreateAsync(servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(2) });
        // Enough to take the worker seconds, all of it there when it starts: it must not be done before the broker hangs.
        var hours = Enumerable.Range(0, 3).Select(h => world.Hour("x", h, 2000)).ToList();
        foreach (var hour in hours)
            await world.Send(hour);
        RecordingLog log = new(), nextLog = new();
        await using var worker = world.Run(log, s => s with { Properties = new Dictionary<string, string> { ["consumer.fetch.max.bytes"] = "20000", ["consumer.fetch.message.max.bytes"] = "2000", ["consumer.message.max.bytes"] = "20000" } });
        // Much is fetched and waits in memory while answers go out to a broker that hangs.
        world.Answers.ReadUntil(answers => answers.Count > 100, "the first answers");
        kafka.Pause(1);
        await Eventually.True(() => Says(log, "state is thrown away"), "the worker starts over", worker.Describe);
        Assert.False(worker.Finished.IsCompleted);
        // Told to stop now, it stops within its limit of ten seconds, and the next one goes on where it had committed.
        await worker.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        kafka.Resume(1);
        await using var next = world.Run(nextLog);
        await Eventually.True(() => Says(nextLog, "goes on with deployments"), "the next worker has partitions", next.Describe);
        world.Answers.ReadAll([.. hours.SelectMany(h => h).Select(r => r.Alert.AlertId)]);
        await next.StopAsync();
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task A_broker_that_hangs_in_a_commit_loses_nothing_and_holds_up_no_stop()
    {
        using var kafka = new RealKafka();
        await using var world = await RealWorld.CreateAsync(servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(2) });
        RecordingLog log = new(), nextLog = new();
        await using var worker = world.Run(log);
        await HangInCommit(kafka, world, worker);
        kafka.Resume(1);
        // What was not committed is, though no record comes any more.
        await worker.Reaches(WorkerState.Running);
        await Eventually.True(() => Committed(world.Settings) == Written(world.Settings), "everything is committed", worker.Describe);

        await HangInCommit(kafka, world, worker);
        var stopping = worker.StopAsync();
        await worker.Reaches(WorkerState.Stopping);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30));
        kafka.Resume(1);
        await using var next = world.Run(nextLog);
        await Eventually.True(() => Committed(world.Settings) == Written(world.Settings), "the next worker commits the rest", next.Describe);
        await next.StopAsync();
    }

    [RealServersFact]
    public async Task Transactions_in_the_source_topics_hold_nothing_up_and_what_was_aborted_is_not_joined()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        var log = new RecordingLog();
        await using (var worker = world.Run(log))
        {
            await SendInTransaction(world, Some.Deployment("d1", world.Start), commit: true);
            await SendInTransaction(world, Some.Deployment("aborted", world.Start), commit: false);
            await world.Producer.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute), CancellationToken.None);
            Assert.Equal("d1", Assert.Single(world.Answers.ReadFirst("a1").Suspects).DeploymentId);
            await worker.StopAsync();
        }
        // The last committed offsets are those of markers, or of records followed by them.
        await using var next = world.Run(log);
        await world.Producer.ProduceAsync(Some.Alert("a2", world.Start + 4 * Some.Hour), CancellationToken.None);
        Assert.Equal("d1", Assert.Single(world.Answers.ReadSettled("a1").Suspects).DeploymentId);
    }

    [RealServersFact]
    public async Task Offsets_that_lie_where_nothing_is_any_more_are_no_end()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        var partition = Murmur2.PartitionOf("acme", RealWorld.Partitions);
        using (var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = world.Settings.BootstrapServers, GroupId = world.Settings.GroupId }).Build())
            consumer.Commit([new(world.Settings.Topics.Deployments, partition, 1_000_000), new(world.Settings.Topics.Alerts, partition, 1_000_000)]);
        await world.Producer.ProduceAsync(Some.Deployment("d1", world.Start), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute), CancellationToken.None);
        var log = new RecordingLog();
        await using var worker = world.Run(log);
        Assert.Equal("d1", Assert.Single(world.Answers.ReadFirst("a1").Suspects).DeploymentId);
        Assert.Contains(log.Lines, l => l.Contains("is not there any more", StringComparison.Ordinal));
    }

    [RealServersFact]
    public async Task Where_retention_was_faster_than_the_worker_it_goes_on_with_what_is_left()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        await AnswerOne(world, "1");
        var (deployments, alerts) = SourcesOf(world, "acme");
        await world.Producer.ProduceAsync(Some.Deployment("gone", world.Start), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("gone", world.Start + Some.Minute), CancellationToken.None);
        using (var admin = Admin(world.Settings))
            await admin.DeleteRecordsAsync([new(deployments, Offset.End), new(alerts, Offset.End)]);

        await world.Producer.ProduceAsync(Some.Deployment("d2", world.Start + 2 * Some.Minute), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("a2", world.Start + 3 * Some.Minute), CancellationToken.None);
        var log = new RecordingLog();
        await using var worker = world.Run(log);
        // Nobody knows what the lost records said: the deployment is not joined and the alert not answered, and the log says so.
        Assert.Equal(["d2"], world.Answers.ReadFirst("a2").Suspects.Select(s => s.DeploymentId));
        Assert.Contains(log.Lines, l => l.Contains("is not there any more", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Answers.ReadUntil(_ => true, ""), a => a.AlertId == "gone");
    }

    [RealServersFact]
    public async Task Topics_that_were_made_anew_while_no_worker_ran_are_read_from_their_beginning()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        await AnswerOne(world, "1");
        await MakeAnew(world.Settings);
        await using var producer = EventProducer.Open(world.Settings, NullLoggerFactory.Instance);
        await producer.ProduceAsync(Some.Deployment("d2", world.Start + 2 * Some.Minute), CancellationToken.None);
        await producer.ProduceAsync(Some.Alert("a2", world.Start + 3 * Some.Minute), CancellationToken.None);

        await using var worker = world.Run(new RecordingLog());
        Assert.Equal(["d2"], world.Answers.ReadFirst("a2").Suspects.Select(s => s.DeploymentId));
    }

    [RealServersFact]
    public async Task An_account_with_a_backlog_does_not_hold_up_those_of_other_partitions()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        const string hot = "hot";
        var other = Enumerable.Range(0, 100).Select(i => $"other-{i}").First(a => Murmur2.PartitionOf(a, RealWorld.Partitions) != Murmur2.PartitionOf(hot, RealWorld.Partitions));
        // All near one another: each alert has every deployment before it as a candidate.
        var sending = new List<Task>();
        for (var i = 0; i < 20_000; i++)
        {
            sending.Add(world.Producer.ProduceAsync(Some.Deployment($"d{i}", world.Start + i, accountId: hot), CancellationToken.None));
            if (i % 20 == 0)
                sending.Add(world.Producer.ProduceAsync(Some.Alert($"hot-{i}", world.Start + i, hot), CancellationToken.None));
            if (sending.Count < 1_000)
                continue;
            await Task.WhenAll(sending);
            sending.Clear();
        }
        await world.Producer.ProduceAsync(Some.Alert("hot-last", world.Start + 20_000, hot), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("quiet", world.Start, other), CancellationToken.None);

        await using var worker = world.Run(new RecordingLog());
        world.Answers.ReadUntil(answers => answers.Any(a => a.AlertId == "quiet"), "the other account's answer");
        Assert.DoesNotContain(world.Answers.ReadUntil(_ => true, ""), a => a.AlertId == "hot-last");
        world.Answers.ReadAll(["hot-last"]);
    }

    private static async Task AnswerOne(RealWorld world, string name)
    {
        await using var worker = world.Run(new RecordingLog());
        await world.Producer.ProduceAsync(Some.Deployment("d" + name, world.Start), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("a" + name, world.Start + Some.Minute), CancellationToken.None);
        world.Answers.ReadFirst("a" + name);
        await worker.StopAsync();
        Assert.Equal(2, Committed(world.Settings));
    }

    private static (TopicPartition Deployments, TopicPartition Alerts) SourcesOf(RealWorld world, string accountId)
    {
        var partition = Murmur2.PartitionOf(accountId, RealWorld.Partitions);
        return (new(world.Settings.Topics.Deployments, partition), new(world.Settings.Topics.Alerts, partition));
    }

    private static async Task MakeAnew(KafkaSettings settings)
    {
        using var admin = Admin(settings);
        await admin.DeleteTopicsAsync([settings.Topics.Deployments, settings.Topics.Alerts]);
        await Eventually.True(
            () => !admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Any(t => t.Topic == settings.Topics.Deployments || t.Topic == settings.Topics.Alerts), "the topics are gone");
        await TopicSetup.CreateAsync(settings, new() { Partitions = RealWorld.Partitions, ReplicationFactor = 1 }, NullLoggerFactory.Instance, CancellationToken.None);
    }

    private static IAdminClient Admin(KafkaSettings settings) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();

    private static KafkaSettings Classic(KafkaSettings settings) =>
        settings with { GroupProtocol = "classic", Properties = new Dictionary<string, string> { ["consumer.session.timeout.ms"] = "6000" } };

    private static async Task ShareAndTakeOver(KafkaSettings settings)
    {
        await using var world = await RealWorld.CreateAsync(settings);
        RecordingLog firstLog = new(), secondLog = new();
        await using var first = world.Run(firstLog);
        var hours = Enumerable.Range(0, 6).Select(h => world.Hour("x", h, 40)).ToList();
        await world.Send(hours[0]);
        world.Answers.ReadAll([.. hours[0].Select(r => r.Alert.AlertId)]);

        Assert.Equal(RealWorld.Partitions, Starts(firstLog));
        await using var second = world.Run(secondLog);
        await world.Send(hours[1]);
        await Eventually.True(() => secondLog.Lines.Any(l => l.Contains("goes on with deployments", StringComparison.Ordinal)), "the second worker has partitions");
        await world.Send(hours[2]);
        world.Answers.ReadAll([.. hours[1].Concat(hours[2]).Select(r => r.Alert.AlertId)]);
        // The classic protocol takes everything away from everybody first.
        if (settings.GroupProtocol == "consumer")
            Assert.True(Starts(firstLog) == RealWorld.Partitions && Starts(secondLog) < RealWorld.Partitions, "what did not move goes on as it was:\n" + string.Join('\n', firstLog.Lines.Concat(secondLog.Lines)));

        await first.StopAsync().WaitAsync(TimeSpan.FromSeconds(15));
        await world.Send(hours[3]);
        await world.Send(hours[4]);
        AssertAnswered(world, hours[..5]);
        Assert.Contains(firstLog.Lines, l => l.Contains("Partitions taken away", StringComparison.Ordinal));
        if (settings.GroupProtocol == "consumer")
            Assert.Equal(RealWorld.Partitions, Starts(secondLog));
    }

    /// <summary>How often the state of a pair of partitions was rebuilt.</summary>
    private static int Starts(RecordingLog log) => log.Lines.Count(l => l.Contains("goes on with deployments", StringComparison.Ordinal));

    private static async Task KillAndGoOn(KafkaSettings settings)
    {
        await using var world = await RealWorld.CreateAsync(settings);
        var hours = Enumerable.Range(0, 6).Select(h => world.Hour("x", h, 200)).ToList();
        for (var h = 0; h < 3; h++)
        {
            using var worker = new WorkerProcess(settings);
            var before = world.Answers.ReadUntil(_ => true, "").Count;
            await world.Send(hours[h]);
            // Killed in the middle of it; but once when all was committed, so that the next one has nothing but what it rebuilds.
            world.Answers.ReadUntil(answers => answers.Count > before + hours[h].Count / 3, "a part of the answers");
            if (h == 1)
                await Eventually.True(() => Committed(settings) == 2 * (hours[0].Count + hours[1].Count), "everything is committed");
            worker.Kill();
        }
        using var last = new WorkerProcess(settings);
        await world.Send(hours[3]);
        await world.Send(hours[4]);
        AssertAnswered(world, hours[..5]);
    }

    /// <summary>Deployments alone have no answers: the commit is all that a worker asks of the broker. Some are always on their way while it comes to hang.</summary>
    private static async Task HangInCommit(RealKafka kafka, RealWorld world, RunningWorker worker)
    {
        using var enough = new CancellationTokenSource();
        var before = Committed(world.Settings);
        var feeds = Enumerable.Range(0, 4).Select(feed => Task.Run(() => Feed(world, feed, enough.Token))).ToList();
        await Eventually.True(() => Committed(world.Settings) > before, "the worker commits", worker.Describe);
        kafka.Pause(1);
        await worker.Reaches(WorkerState.WaitingForKafka);
        await enough.CancelAsync();
        await Task.WhenAll(feeds);
    }

    private static async Task Feed(RealWorld world, int feed, CancellationToken enough)
    {
        try
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
                await Task.WhenAll(Enumerable.Range(0, 50).Select(n => world.Producer.ProduceAsync(Some.Deployment($"d{feed}-{i}-{n}", world.Start, accountId: $"x-{feed}-{n}"), CancellationToken.None)));
        }
        catch (BrokerUnavailableException)
        {
            // The broker hangs.
        }
    }

    private static bool Says(RecordingLog log, string text) => log.Lines.Any(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>How many records both topics hold.</summary>
    private static long Written(KafkaSettings settings)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = settings.BootstrapServers, GroupId = settings.GroupId }).Build();
        return BothTopics(settings).Sum(p => consumer.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(30)).High.Value);
    }

    private static IEnumerable<TopicPartition> BothTopics(KafkaSettings settings) =>
        Enumerable.Range(0, RealWorld.Partitions).SelectMany(p => new TopicPartition[] { new(settings.Topics.Deployments, p), new(settings.Topics.Alerts, p) });

    /// <summary>How many records of both topics the group has committed.</summary>
    private static long Committed(KafkaSettings settings)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = settings.BootstrapServers, GroupId = settings.GroupId }).Build();
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                return consumer.Committed(BothTopics(settings), TimeSpan.FromSeconds(30)).Sum(c => Math.Max(0, c.Offset.Value));
            }
            catch (KafkaException e) when (e.Error.Code is ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupLoadInProgress or ErrorCode.GroupCoordinatorNotAvailable && waited.Elapsed < TimeSpan.FromSeconds(30))
            {
                // A broker that has just started makes the groups' topic with the first question about one.
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Every alert has a first answer, and those whose time has come a settled one that names the deployments around it, from before every restart too.</summary>
    private static void AssertAnswered(RealWorld world, IReadOnlyList<IReadOnlyList<(Deployment Deployment, Alert Alert)>> hours)
    {
        world.Answers.ReadAll([.. hours.SelectMany(h => h).Select(r => r.Alert.AlertId)]);
        var due = hours[0].Select(r => r.Alert.AlertId).ToHashSet();
        var settled = world.Answers.ReadUntil(answers => due.IsSubsetOf(answers.Where(a => a.Settled).Select(a => a.AlertId)), "the settled answers").Where(a => a.Settled && due.Contains(a.AlertId));
        Assert.All(settled, answer =>
        {
            var near = hours.SelectMany(h => h).Select(r => r.Deployment)
                .Where(d => d.AccountId == answer.AccountId && d.OccurredAtMs >= answer.AlertOccurredAtMs - 2 * Some.Hour && d.OccurredAtMs <= answer.AlertOccurredAtMs + 10 * Some.Minute);
            Assert.Equal(near.Count(), answer.Considered);
        });
    }

    private static async Task SendAgain(RealWorld world, IReadOnlyList<(Deployment Deployment, Alert Alert)> records)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await world.Send(records);
                return;
            }
            catch (BrokerUnavailableException) when (waited.Elapsed < TimeSpan.FromSeconds(60))
            {
            }
        }
    }

    private static async Task SendInTransaction(RealWorld world, Deployment deployment, bool commit)
    {
        var topic = world.Settings.Topics.Deployments;
        var encoder = new RecordEncoder<Deployment>(world.Registry, topic);
        await encoder.PrepareAsync(CancellationToken.None);
        var config = new ProducerConfig { BootstrapServers = world.Settings.BootstrapServers, TransactionalId = world.Settings.GroupId, Partitioner = Partitioner.Murmur2Random };
        using var producer = new ProducerBuilder<byte[], byte[]>(config).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        await producer.ProduceAsync(topic, new() { Key = Encoding.UTF8.GetBytes(deployment.AccountId), Value = encoder.Encode(deployment) });
        if (commit)
            producer.CommitTransaction();
        else
            producer.AbortTransaction();
    }
}
