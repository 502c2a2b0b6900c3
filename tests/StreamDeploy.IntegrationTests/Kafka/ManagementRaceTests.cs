using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>What only a broker that fences can show.</summary>
[Collection(RealServers.Collection)]
public sealed class ManagementRaceTests(RealServers servers)
{
    private const string Pipelines = "/api/deployment-pipelines";

    [RealServersFact]
    public async Task Of_changes_on_the_same_version_one_wins_on_whichever_instance()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var world = await ManagementWorld.StartAsync(settings, instances: 2);
        var made = await world.PipelineAsync("p");
        var (path, etag) = ($"{Pipelines}/{made.Id}", made.ETag);
        for (var round = 0; round < 5; round++)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
                world.SendAsync("PUT", path, $$"""{"name":"r{{round}}-{{i}}"}""", instance: i % 2, headers: ("If-Match", etag!))));

            var winner = Assert.Single(replies, reply => reply.Status == HttpStatusCode.OK);
            Assert.Equal(3, replies.Count(reply => reply.Status == HttpStatusCode.PreconditionFailed));
            var shown = await Task.WhenAll(world.GetAsync(path, instance: 0), world.GetAsync(path, instance: 1));
            Assert.All(shown, now => Assert.Equal((winner.Text("name"), winner.ETag), (now.Text("name"), now.ETag)));
            etag = winner.ETag;
        }
    }

    [RealServersFact]
    public async Task A_name_is_taken_once_on_whichever_instance()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var world = await ManagementWorld.StartAsync(settings, instances: 3);
        for (var round = 0; round < 3; round++)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => world.PostAsync(Pipelines, $$"""{"name":"n{{round}}","integrationType":"API"}""", instance: i % 3)));

            var made = Assert.Single(replies, reply => reply.Status == HttpStatusCode.Created);
            Assert.All(replies.Where(reply => reply != made), reply => Assert.Equal((HttpStatusCode.Conflict, "NAME_TAKEN"), (reply.Status, reply.Code)));
            // Its key opens the door of each instance at once.
            foreach (var instance in new[] { 0, 1, 2 })
                Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(made.Text("integrationKey")!, instance)).Status);
        }
    }

    /// <summary>The tables' topics hold transactions' markers then, which are no records: a worker reads past them, at work and when it starts.</summary>
    [RealServersFact]
    public async Task What_is_made_over_the_API_is_what_the_join_answers_by()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new() { Partitions = 4 }, NullLoggerFactory.Instance, CancellationToken.None);
        await using var world = await ManagementWorld.StartAsync(settings, instances: 1);
        using var registry = new SchemaRegistryClient(settings.Registry);
        using var answers = new AnswerTail(new TopicTail(settings.BootstrapServers, settings.Topics.Enrichments, 4), registry);
        for (var start = 0; start < 2; start++)
        {
            var log = new RecordingLog();
            await using var worker = new RunningWorker(new Worker(new() { Kafka = settings }, log), log);
            await worker.Reaches(WorkerState.Running);
            var pipeline = await world.PipelineAsync($"checkout {start}", more: ",\"teams\":[{\"id\":1}]");
            var other = await world.PipelineAsync($"cart {start}");
            var source = await world.PostAsync("/api/alert-sources", $$"""{"name":"monitoring {{start}}","integrationType":"API","teams":[{"id":1}]}""");
            await world.EventAsync(other.Text("integrationKey")!);
            await world.EventAsync(pipeline.Text("integrationKey")!);
            await world.PostAsync("/api/alerts", $$"""{"summary":"errors","alertId":"a{{start}}"}""", source.Text("integrationKey"));

            var answer = answers.ReadUntil(all => all.Any(each => each.AlertId == $"a{start}" && each.Suspects.Any(suspect => suspect.PipelineId == pipeline.Id)), "an answer by the new pipeline")[^1];

            Assert.Equal([1L], answer.TeamIds);
            Assert.DoesNotContain(answer.Suspects, suspect => suspect.PipelineId == other.Id);
            Assert.Equal($"checkout {start}", answer.Suspects.Single(suspect => suspect.PipelineId == pipeline.Id).PipelineName);
            await worker.StopAsync();
        }
    }
}
