using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Confluent's serializers write what the worker reads, and read what it writes, with a real registry.</summary>
[Collection(RealServers.Collection)]
public sealed class RealConfluentSerdesTests(RealServers servers)
{
    [RealServersFact(RealKafka.Variable, RealRegistry.Variable)]
    public async Task The_worker_answers_what_Confluents_serializer_wrote_and_Confluents_deserializer_reads_the_answer()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        using var serdes = new ConfluentSerdes(world.Settings);
        await using var worker = world.Run(new RecordingLog());
        await serdes.ProduceAsync(Some.Deployment("d1", world.Start) with { Service = "checkout", Author = new() { Name = "Zoë" } }, registering: true);
        await serdes.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute) with { Labels = new Dictionary<string, string> { ["team"] = "payments" } }, registering: true);

        var answer = world.Answers.ReadFirst("a1");

        Assert.Equal("d1", Assert.Single(answer.Suspects).DeploymentId);
        using var tail = new TopicTail(world.Settings.BootstrapServers, world.Settings.Topics.Enrichments, RealWorld.Partitions);
        await serdes.CheckAsync(answer, world.Settings.Topics.Enrichments, tail.Read(1)[0].Message.Value!);
    }

    [RealServersFact(RealKafka.Variable, RealRegistry.Variable)]
    public async Task Registering_or_not_the_serializer_writes_with_the_schema_that_we_registered()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        using var serdes = new ConfluentSerdes(world.Settings);
        await world.Producer.ProduceAsync(Some.Deployment("d1", world.Start), CancellationToken.None);
        await world.Producer.ProduceAsync(Some.Alert("a0", world.Start - Some.Hour), CancellationToken.None);

        var ours = await world.Registry.RegisterAsync(Subjects.Of(world.Settings.Topics.Deployments), AvroSchema.For<Deployment>(), CancellationToken.None);
        Assert.Equal(ours, await serdes.ProduceAsync(Some.Deployment("d2", world.Start), registering: false));
        Assert.Equal(ours, await serdes.ProduceAsync(Some.Deployment("d3", world.Start), registering: true));
        await serdes.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute), registering: false);

        await using var worker = world.Run(new RecordingLog());
        Assert.Equal(["d1", "d2", "d3"], world.Answers.ReadFirst("a1").Suspects.Select(suspect => suspect.DeploymentId).Order());
    }
}
