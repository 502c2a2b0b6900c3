using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class EventProducerTests(RealServers servers)
{
    [RealServersFact]
    public async Task What_is_produced_is_read_back_in_the_partition_of_its_account()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new() { Partitions = 6 }, NullLoggerFactory.Instance, CancellationToken.None);
        var sent = Enumerable.Range(0, 50).Select(i => Some.Deployment("d" + i, accountId: "account-" + i)).ToList();
        await using (var producer = EventProducer.Open(settings, NullLoggerFactory.Instance))
            await Task.WhenAll(sent.Select(d => producer.ProduceAsync(d, CancellationToken.None)));

        using var topic = new TopicTail(settings.BootstrapServers, settings.Topics.Deployments, 6);
        using var registry = new SchemaRegistryClient(settings.Registry);
        var decoder = new RecordDecoder<Deployment>(registry);
        foreach (var raw in topic.Read(sent.Count))
        {
            var read = await decoder.DecodeAsync(raw.Message.Value, CancellationToken.None);
            Assert.Equivalent(sent.Single(d => d.DeploymentId == read.DeploymentId), read, strict: true);
            Assert.Equal(read.AccountId, System.Text.Encoding.UTF8.GetString(raw.Message.Key!));
            Assert.Equal(Murmur2.PartitionOf(read.AccountId, 6), raw.Partition.Value);
        }
    }

    [RealServersFact]
    public async Task A_deleted_entry_is_a_null_under_the_key_of_the_entry()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using (var producer = EventProducer.Open(settings, NullLoggerFactory.Instance))
        {
            await producer.PutAsync(Some.Pipeline(7, "acme"), CancellationToken.None);
            await producer.DeletePipelineAsync("acme", 7, CancellationToken.None);
        }
        using var topic = new TopicTail(settings.BootstrapServers, settings.Topics.DeploymentPipelines, new TopicSettings().TablePartitions);
        var raw = topic.Read(2);
        Assert.All(raw, r => Assert.Equal("acme/7", System.Text.Encoding.UTF8.GetString(r.Message.Key!)));
        Assert.NotNull(raw[0].Message.Value);
        Assert.Null(raw[1].Message.Value);
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task A_broker_that_is_killed_gives_an_error_in_time_and_works_again_when_it_is_back()
    {
        using var kafka = new RealKafka();
        var settings = servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(3) };
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        await producer.ProduceAsync(Some.Deployment("before"), CancellationToken.None);

        kafka.Kill(1);
        await FailsInTime(producer);
        kafka.Up(1);
        await Eventually(() => producer.ProduceAsync(Some.Deployment("after"), CancellationToken.None));

        kafka.Pause(1);
        await FailsInTime(producer);
        kafka.Resume(1);
        await Eventually(() => producer.ProduceAsync(Some.Deployment("after all"), CancellationToken.None));
    }

    [RealServersFact]
    public async Task A_full_queue_is_refused_at_once()
    {
        var settings = servers.Settings() with { Properties = new Dictionary<string, string> { ["producer.queue.buffering.max.messages"] = "10", ["linger.ms"] = "3000" } };
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        await producer.ProduceAsync(Some.Deployment(), CancellationToken.None);
        var sent = Enumerable.Range(0, 20).Select(i => producer.ProduceAsync(Some.Deployment("d" + i), CancellationToken.None)).ToList();
        var refused = sent.Where(t => t.IsFaulted).ToList();
        Assert.InRange(refused.Count, 10, 11);
        foreach (var task in refused)
            Assert.Contains("queue is full", (await Assert.ThrowsAsync<BrokerUnavailableException>(() => task)).Message, StringComparison.Ordinal);
        await Task.WhenAll(sent.Except(refused));
    }

    [RealServersFact]
    public async Task A_topic_that_is_not_there_is_named()
    {
        var settings = servers.Settings() with { DeliveryTimeout = TimeSpan.FromSeconds(3) };
        await using var producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        var e = await Assert.ThrowsAsync<BrokerUnavailableException>(() => producer.ProduceAsync(Some.Deployment(), CancellationToken.None));
        Assert.Contains(settings.Topics.Deployments, e.Message, StringComparison.Ordinal);
    }

    [RealServersFact]
    public async Task A_record_that_is_too_large_is_told_apart_from_a_broker_that_is_away()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        var large = Some.Deployment() with { CustomDetails = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000)) };
        await Assert.ThrowsAsync<RecordTooLargeException>(() => producer.ProduceAsync(large, CancellationToken.None));
        await producer.ProduceAsync(Some.Deployment(), CancellationToken.None);
    }

    private static async Task FailsInTime(EventProducer producer)
    {
        // On a busy machine a broker may acknowledge one more before it feels its signal.
        var waited = Stopwatch.StartNew();
        var error = await Record.ExceptionAsync(() => producer.ProduceAsync(Some.Deployment("lost"), CancellationToken.None));
        if (error is null)
        {
            waited.Restart();
            error = await Record.ExceptionAsync(() => producer.ProduceAsync(Some.Deployment("lost too"), CancellationToken.None));
        }
        Assert.IsType<BrokerUnavailableException>(error);
        Assert.InRange(waited.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));
    }

    private static async Task Eventually(Func<Task> attempt)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (BrokerUnavailableException) when (waited.Elapsed < TimeSpan.FromSeconds(60))
            {
            }
        }
    }
}
