using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Samples;

namespace StreamDeploy.IntegrationTests.Samples;

/// <summary>docs/samples against a real broker, a real registry and a worker, each a process of its own.</summary>
[Collection(RealServers.Collection)]
public sealed class RealSamplesTests(RealServers servers)
{
    [RealServersFact(RealKafka.Variable, RealRegistry.Variable)]
    public async Task What_the_producer_reports_is_the_suspect_that_the_consumer_prints_once()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        using var worker = new WorkerProcess(world.Settings);
        string[] consume = ["consume", "--group", world.Settings.GroupId + "-samples"];
        string[] produce = ["produce", "--account", "acme", "--pipeline", "4", "--deployment", "checkout-231", "--summary", "Deploy checkout 2.31"];
        foreach (var status in new[] { "STARTED", "SUCCEEDED" })
        {
            using var producer = SampleProcess.Start(world.Settings, [.. produce, "--status", status]);
            Assert.True(await producer.Ends() == 0, producer.Describe());
            var partition = Murmur2.PartitionOf("acme", RealWorld.Partitions);
            Assert.StartsWith($"delivered checkout-231/{status} to {world.Settings.Topics.Deployments}, partition {partition}, ", Assert.Single(producer.Lines), StringComparison.Ordinal);
        }
        await SendAlertAsync(world, "a1");

        string first;
        using (var consumer = SampleProcess.Start(world.Settings, consume))
        {
            first = await consumer.Prints("acme/a1 revision ");
            Assert.Contains("Deploy checkout 2.31", first, StringComparison.Ordinal);
            Assert.EndsWith("checkout-231  Deploy checkout 2.31", await consumer.Prints("  "), StringComparison.Ordinal);
            Assert.True(await consumer.Terminated() == 0, consumer.Describe());
            Assert.Empty(consumer.Errors);
        }

        // What it has handled it has committed, so the next of its group goes on after it.
        await SendAlertAsync(world, "a2");
        using var next = SampleProcess.Start(world.Settings, consume);
        await next.Prints("acme/a2 revision ");
        Assert.DoesNotContain(first, next.Lines);
        Assert.Equal(0, await next.Terminated());
    }

    private static Task SendAlertAsync(RealWorld world, string id) =>
        world.Producer.ProduceAsync(Some.Alert(id, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()), CancellationToken.None);
}
