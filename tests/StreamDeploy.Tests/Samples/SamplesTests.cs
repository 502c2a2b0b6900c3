using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.Tests.Samples;

/// <summary>docs/samples against the embedded Kafka and registry, which are the demo's.</summary>
public sealed class SamplesTests
{
    [Fact]
    public async Task What_the_producer_reports_is_the_suspect_that_the_consumer_prints()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await using var worker = world.Run();
        using var consumer = SampleProcess.Start(world.Settings, "consume", "--group", "samples");
        string[] deployment = ["produce", "--account", "acme", "--pipeline", "4", "--deployment", "checkout-231", "--summary", "Deploy checkout 2.31"];
        foreach (var status in new[] { "STARTED", "SUCCEEDED" })
        {
            using var producer = SampleProcess.Start(world.Settings, [.. deployment, "--status", status]);
            Assert.True(await producer.Ends() == 0, producer.Describe());
            Assert.StartsWith($"delivered checkout-231/{status} to {world.Settings.Topics.Deployments}, partition {EmbeddedWorld.PartitionOf("acme")}, ", Assert.Single(producer.Lines), StringComparison.Ordinal);
        }

        await world.Send(Some.Alert("a1", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));

        Assert.Contains("Deploy checkout 2.31", await consumer.Prints("acme/a1 revision "), StringComparison.Ordinal);
        Assert.EndsWith("checkout-231  Deploy checkout 2.31", await consumer.Prints("  "), StringComparison.Ordinal);
        Assert.True(await consumer.Terminated() == 0, consumer.Describe());
        Assert.Empty(consumer.Errors);
    }

    [Theory]
    [InlineData("", "usage: produce --account A")]
    [InlineData("produce --account acme --deployment d1 --status SUCCEEDED", "--pipeline is missing.")]
    [InlineData("produce --account acme --deployment d1 --status BROKEN --pipeline 4", "--status must be one of UNKNOWN, STARTED, CANCELLED, SUCCEEDED, FAILED, ROLLED_BACK.")]
    [InlineData("produce --account acme --deployment d1 --status 99 --pipeline 4", "--status must be one of UNKNOWN, STARTED, CANCELLED, SUCCEEDED, FAILED, ROLLED_BACK.")]
    [InlineData("produce --account", "--account needs a value.")]
    [InlineData("consume --account acme", "--account is not a flag of this command.")]
    [InlineData("consume --properties nowhere", "--properties nowhere: there is no such file.")]
    public async Task A_mistake_is_told_with_the_usage(string args, string error)
    {
        using var sample = SampleProcess.Start(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, await sample.Ends());
        await Eventually.True(() => sample.Errors.Any(line => line.StartsWith("usage: ", StringComparison.Ordinal)), "the usage", sample.Describe);
        Assert.StartsWith(error, sample.Errors.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_properties_tells_both_clients_what_to_use()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var file = Path.GetTempFileName();
        string[] produce = ["produce", "--account", "acme", "--pipeline", "4", "--deployment", "d1", "--status", "SUCCEEDED", "--properties", file];

        await File.WriteAllTextAsync(file, $"# of a test\nbootstrap.servers = {world.Settings.BootstrapServers}\nlinger.ms=1\n\nschema.registry.url={world.Settings.Registry.Url}\n");
        using (var producer = SampleProcess.Start([.. produce, "--topic-prefix", world.Settings.TopicPrefix]))
            Assert.True(await producer.Ends() == 0, producer.Describe());

        foreach (var property in new[] { "no.such=1", "linger.ms=soon", "schema.registry.no.such=1" })
        {
            await File.WriteAllTextAsync(file, property);
            using var producer = SampleProcess.Start(produce);
            Assert.True(await producer.Ends() == 2, producer.Describe());
            await Eventually.True(() => producer.Errors.Any(line => line.StartsWith("The configuration is wrong: ", StringComparison.Ordinal)), property, producer.Describe);
        }
        File.Delete(file);
    }

    [Fact]
    public async Task A_deployment_that_cannot_be_serialized_is_told_by_the_producer()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        world.RegistryWire.Cut();
        var settings = world.Settings with { Registry = new SchemaRegistrySettings { Url = world.RegistryWire.Url } };

        using var producer = SampleProcess.Start(settings, "produce", "--account", "acme", "--pipeline", "4", "--deployment", "d1", "--status", "FAILED");

        Assert.Equal(1, await producer.Ends());
        await Eventually.True(() => producer.Errors.Any(line => line.StartsWith("d1/FAILED was not delivered: ", StringComparison.Ordinal)), "the error", producer.Describe);
    }

    [Fact]
    public async Task The_consumer_waits_for_the_registry_and_leaves_out_only_what_no_one_can_read()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var settings = world.Settings with { Registry = new SchemaRegistrySettings { Url = world.RegistryWire.Url } };
        var topic = world.Settings.Topics.Enrichments;
        var partition = EmbeddedWorld.PartitionOf("acme");
        var answer = RandomRecords.Of<Enrichment>(new Random(1)) with { AccountId = "acme", AlertId = "a1", Headline = "Nothing changed.", Revision = 1, Settled = false, Suspects = [] };
        await world.SendRaw(topic, partition, "no Avro"u8.ToArray());
        await world.SendRaw(topic, partition, null);
        await world.SendRaw(topic, partition, await world.Encode(topic, answer));
        world.RegistryWire.Cut();

        using var consumer = SampleProcess.Start(settings, "consume");
        await Eventually.True(() => consumer.Errors.Any(line => line.StartsWith("The schema registry does not answer: ", StringComparison.Ordinal)), "the wait", consumer.Describe);
        Assert.Empty(consumer.Lines);
        world.RegistryWire.Mend();

        Assert.Equal("acme/a1 revision 1: Nothing changed.", await consumer.Prints("acme/a1"));
        Assert.Single(consumer.Errors, line => line.Contains("is left out", StringComparison.Ordinal));
        Assert.Equal(0, await consumer.Terminated());
    }
}
