using Confluent.Kafka;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Kafka;

public sealed class WorkerTests
{
    [Fact]
    public async Task An_alert_is_answered_with_the_deployment_before_it()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var answers = world.Answers();
        await using var worker = world.Run();
        await world.Send(Some.Deployment("d1", world.Start));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute));
        var answer = answers.ReadFirst("a1");
        Assert.Equal("d1", Assert.Single(answer.Suspects).DeploymentId);
        using var raw = world.Tail(world.Settings.Topics.Enrichments);
        var record = raw.Read(1)[0];
        Assert.Equal("acme/a1", System.Text.Encoding.UTF8.GetString(record.Message.Key!));
        Assert.Equal(EmbeddedWorld.PartitionOf("acme"), record.Partition.Value);
    }

    [Fact]
    public async Task A_backlog_of_both_topics_is_joined_in_event_time_and_every_alert_answered()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var all = (from i in Enumerable.Range(0, 50) from account in Enumerable.Range(0, 20) select (Id: $"{account}-{i}", AtMs: world.Start + 10 * i * Some.Minute, Account: $"account-{account}")).ToList();
        // All alerts lie in the log before any deployment: only the merge brings them together in time.
        await world.Send(all.Select(x => Some.Alert("a" + x.Id, x.AtMs + 5 * Some.Minute, x.Account)));
        await world.Send(all.Select(x => Some.Deployment("d" + x.Id, x.AtMs, accountId: x.Account)));
        using var answers = world.Answers();
        await using var worker = world.Run();
        var firsts = answers.ReadAll([.. all.Select(x => "a" + x.Id)]).GroupBy(a => a.AlertId).Select(g => g.First());
        Assert.All(firsts, a => Assert.Equal("d" + a.AlertId[1..], a.Suspects[0].DeploymentId));
    }

    [Fact]
    public async Task What_can_never_be_joined_goes_to_dead_letters_and_the_next_record_is_joined()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        var partition = EmbeddedWorld.PartitionOf("acme");
        var good = await world.Encode(topics.Deployments, Some.Deployment("good", world.Start));
        var unknown = good.ToArray();
        unknown[3] = 0x77;
        var expected = new Dictionary<string, byte[]?>
        {
            ["NO_VALUE"] = null,
            ["NOT_AVRO"] = "{\"json\":true}"u8.ToArray(),
            ["UNKNOWN_SCHEMA"] = unknown,
            ["MALFORMED"] = good[..20],
            ["MISSING_ACCOUNT"] = await world.Encode(topics.Deployments, Some.Deployment("nobody's", world.Start, accountId: "")),
            ["MISSING_ID"] = await world.Encode(topics.Deployments, Some.Deployment("", world.Start)),
            ["IMPOSSIBLE_TIME"] = await world.Encode(topics.Deployments, Some.Deployment("from the future", world.Start + 1000 * Some.Hour)),
        };
        var sent = new Dictionary<string, TopicPartitionOffset>();
        foreach (var (reason, value) in expected)
            sent[reason] = await world.SendRaw(topics.Deployments, partition, value, key: reason);
        await world.SendRaw(topics.Deployments, partition, good);
        await world.Send(Some.Alert("a1", world.Start + Some.Minute));

        using var answers = world.Answers();
        await using var worker = world.Run();
        Assert.Equal("good", Assert.Single(answers.ReadFirst("a1").Suspects).DeploymentId);
        using var letters = world.Tail(topics.DeadLetters);
        var read = letters.Read(expected.Count);
        Assert.Equal(expected.Keys.Order(), read.Select(r => TopicTail.Header(r, DeadLetters.ReasonHeader)).Order());
        foreach (var letter in read)
        {
            var reason = TopicTail.Header(letter, DeadLetters.ReasonHeader);
            Assert.Equal(expected[reason], letter.Message.Value);
            Assert.Equal(reason, System.Text.Encoding.UTF8.GetString(letter.Message.Key!));
            Assert.Equal(topics.Deployments, TopicTail.Header(letter, DeadLetters.TopicHeader));
            Assert.Equal($"{partition}", TopicTail.Header(letter, DeadLetters.PartitionHeader));
            Assert.Equal($"{sent[reason].Offset.Value}", TopicTail.Header(letter, DeadLetters.OffsetHeader));
            Assert.NotEmpty(TopicTail.Header(letter, DeadLetters.ErrorHeader));
        }
    }

    [Fact]
    public async Task A_late_event_goes_to_dead_letters()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var answers = world.Answers();
        await using var worker = world.Run();
        await world.Send(Some.Alert("a1", world.Start + 3 * Some.Hour));
        answers.ReadFirst("a1");
        await world.Send(Some.Deployment("late", world.Start));
        using var letters = world.Tail(world.Settings.Topics.DeadLetters);
        Assert.Equal("LATE", TopicTail.Header(letters.Read(1)[0], DeadLetters.ReasonHeader));
    }

    [Fact]
    public async Task A_misrouted_record_is_sent_on_once_and_joined_where_it_belongs()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        var right = EmbeddedWorld.PartitionOf("acme");
        var wrong = (right + 1) % EmbeddedKafka.PartitionsPerTopic;
        using var answers = world.Answers();
        await using var worker = world.Run();
        await worker.Reaches(WorkerState.Running);
        var sent = await world.SendRaw(topics.Deployments, wrong, await world.Encode(topics.Deployments, Some.Deployment("stray", world.Start)));
        using var deployments = world.Tail(topics.Deployments);
        var copy = deployments.Read(2).Single(r => r.Partition.Value == right);
        Assert.Equal($"{topics.Deployments}/{wrong}/{sent.Offset.Value}", TopicTail.Header(copy, "streamdeploy-rerouted-from"));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute));
        Assert.Equal("stray", Assert.Single(answers.ReadFirst("a1").Suspects).DeploymentId);
        Assert.Contains(world.Log.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal) && l.Contains("belongs in partition", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_registry_is_away_nothing_is_rejected_and_after_it_everything_answered()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var answers = world.Answers();
        await using var worker = world.Run(s => s with { Kafka = s.Kafka with { Registry = new() { Url = world.RegistryWire.Url } } });
        await worker.Reaches(WorkerState.Running);
        world.RegistryWire.Cut();
        await world.Send(Some.Deployment("d1", world.Start));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute));
        await worker.Reaches(WorkerState.WaitingForRegistry);
        world.RegistryWire.Mend();
        Assert.Equal("d1", Assert.Single(answers.ReadFirst("a1").Suspects).DeploymentId);
        await worker.Reaches(WorkerState.Running);
        Assert.DoesNotContain(world.Log.Lines, l => l.Contains("goes to dead-letters", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tables_are_read_whole_before_the_first_event_is_applied()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await world.Send(Some.Deployment("d1", world.Start));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute) with { TeamIds = [42] });
        var others = Enumerable.Range(2, 3000).Select(i => Some.Pipeline(i, "acme") with { ValidFromMs = 0 });
        await Task.WhenAll(others.Select(p => world.Producer.PutAsync(p, CancellationToken.None)));
        await world.Producer.PutAsync(Some.Pipeline(9999, "acme", 42) with { ValidFromMs = 0 }, CancellationToken.None);
        using var answers = world.Answers();
        await using var worker = world.Run();
        var first = answers.ReadFirst("a1");
        Assert.Equal(ScopeKind.TEAM, first.Scope);
        Assert.Equal(1, first.OutOfScope);
    }

    [Fact]
    public async Task A_table_entry_that_was_deleted_is_gone()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await world.Producer.PutAsync(Some.Pipeline(7, "acme", 42) with { ValidFromMs = 0 }, CancellationToken.None);
        await world.Producer.DeletePipelineAsync("acme", 7, CancellationToken.None);
        // A deletion holds from its Kafka timestamp, which is now: only an alert of now can see it.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await world.Send(Some.Alert("old", world.Start) with { TeamIds = [42] }, Some.Alert("new", now + 1000) with { TeamIds = [42] });
        using var answers = world.Answers();
        await using var worker = world.Run();
        Assert.Equal(ScopeKind.TEAM, answers.ReadFirst("old").Scope);
        Assert.Equal(ScopeKind.ACCOUNT, answers.ReadFirst("new").Scope);
    }

    [Fact]
    public async Task A_worker_that_stops_has_committed_what_it_answered_and_the_next_one_goes_on_with_its_state()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var answers = world.Answers();
        await using (var first = world.Run())
        {
            await world.Send(Some.Deployment("d1", world.Start));
            await world.Send(Some.Alert("a1", world.Start + Some.Minute));
            answers.ReadFirst("a1");
            await first.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(WorkerState.Stopped, first.Worker.State);
        }
        var before = answers.ReadAll("a1").Count;
        await using var second = world.Run();
        await world.Send(Some.Alert("a2", world.Start + 4 * Some.Hour));
        var settled = answers.ReadSettled("a1");
        Assert.Equal("d1", Assert.Single(settled.Suspects).DeploymentId);
        Assert.Equal(2, settled.Revision);
        answers.ReadFirst("a2");
        // Committed means not answered again: one first answer to a1, its settled one, one to a2.
        Assert.Equal(before + 2, answers.ReadUntil(_ => true, "").Count);
        Assert.Contains(world.Log.Lines, l => l.Contains("state is rebuilt from 2 records", StringComparison.Ordinal));
    }

    [Fact]
    public async Task However_long_the_backlog_only_so_much_of_it_is_in_memory()
    {
        const int max = 50;
        await using var world = await EmbeddedWorld.StartAsync();
        using var answers = world.Answers();
        await using var worker = world.Run(s => s with { BufferRecordsMax = max, Kafka = s.Kafka with { Registry = new() { Url = world.RegistryWire.Url } } });
        await worker.Reaches(WorkerState.Running);
        world.RegistryWire.Cut();
        var ids = Enumerable.Range(0, 3000).Select(i => $"a{i}").ToList();
        await world.Send(ids.Select((id, i) => Some.Alert(id, world.Start + i, "account-" + i % 40)));
        await worker.Reaches(WorkerState.WaitingForRegistry);
        await Eventually.True(() => worker.Worker.Buffered >= max * EmbeddedKafka.PartitionsPerTopic, "every buffer of alerts is full");
        Assert.InRange(worker.Worker.Buffered, max * EmbeddedKafka.PartitionsPerTopic, (max + NativeInput.PollMax) * EmbeddedKafka.PartitionsPerTopic);
        world.RegistryWire.Mend();
        answers.ReadAll(ids);
    }

    [Fact]
    public async Task Topics_that_are_missing_are_named_at_the_start()
    {
        using var kafka = EmbeddedKafka.Start();
        await using var registry = await SchemaRegistryServer.StartAsync(0, CancellationToken.None);
        var settings = new KafkaSettings { BootstrapServers = kafka.BootstrapServers, Registry = new() { Url = registry.Url } };
        kafka.CreateTopics([settings.Topics.Alerts]);
        await using var worker = new RunningWorker(new Worker(new() { Kafka = settings, AssignAll = true }, new RecordingLog()));
        var e = await Assert.ThrowsAsync<KafkaSettingsException>(() => worker.Finished);
        Assert.Contains("deployments", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("alerts,", e.Message, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Failed, worker.Worker.State);
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_ends_the_start_within_its_limit()
    {
        var settings = new KafkaSettings { BootstrapServers = "127.0.0.1:1", Registry = new() { Url = "http://127.0.0.1:1" } };
        await using var worker = new RunningWorker(new Worker(new() { Kafka = settings, StartTimeout = TimeSpan.FromSeconds(1) }, new RecordingLog()));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => worker.Finished.WaitAsync(TimeSpan.FromSeconds(60)));
    }
}
