using Confluent.SchemaRegistry;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Confluent's serializers write what the worker reads, and read what it writes, with the embedded registry.</summary>
public sealed class ConfluentSerdesTests
{
    [Fact]
    public async Task The_worker_answers_what_Confluents_serializer_wrote_and_Confluents_deserializer_reads_the_answer()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var serdes = new ConfluentSerdes(world.Settings);
        await using var worker = world.Run();
        await serdes.ProduceAsync(Some.Deployment("d1", world.Start) with { Service = "checkout", Author = new() { Name = "Zoë" }, Links = [new() { Href = "https://example.org" }] }, registering: true);
        await serdes.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute) with { Labels = new Dictionary<string, string> { ["team"] = "payments" } }, registering: true);

        using var answers = world.Answers();
        var answer = answers.ReadFirst("a1");
        Assert.Equal("d1", Assert.Single(answer.Suspects).DeploymentId);

        using var tail = world.Tail(world.Settings.Topics.Enrichments);
        var value = tail.Read(1)[0].Message.Value!;
        await serdes.CheckAsync(answer, world.Settings.Topics.Enrichments, value);
    }

    [Fact]
    public async Task Where_it_may_not_register_the_serializer_finds_what_another_of_its_kind_registered()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await using var worker = world.Run();
        using var allowed = new ConfluentSerdes(world.Settings);
        using var serdes = new ConfluentSerdes(world.Settings);
        var first = await allowed.ProduceAsync(Some.Deployment("d1", world.Start), registering: true);
        await allowed.ProduceAsync(Some.Alert("a0", world.Start - Some.Hour), registering: true);

        Assert.Equal(first, await serdes.ProduceAsync(Some.Deployment("d2", world.Start), registering: false));
        await serdes.ProduceAsync(Some.Alert("a1", world.Start + Some.Minute), registering: false);

        using var answers = world.Answers();
        Assert.Equal(["d1", "d2"], answers.ReadFirst("a1").Suspects.Select(suspect => suspect.DeploymentId).Order());
    }

    [Fact]
    public async Task Where_no_one_has_registered_a_schema_and_it_may_not_the_serializer_refuses()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        using var serdes = new ConfluentSerdes(world.Settings);

        var refused = await Assert.ThrowsAsync<SchemaRegistryException>(() => serdes.ProduceAsync(Some.Deployment("d1", world.Start), registering: false));

        Assert.Equal(40401, refused.ErrorCode);
    }
}
