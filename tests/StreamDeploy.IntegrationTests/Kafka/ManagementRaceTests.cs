using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>What only a broker that fences can show.</summary>
[Collection(RealServers.Collection)]
public sealed class ManagementRaceTests(RealServers servers)
{
    private const string Pipelines = "/api/deployment-pipelines";

    [RealServersFact(RealKafka.Variable, RealRegistry.Variable)]
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

    [RealServersFact(RealKafka.Variable, RealRegistry.Variable)]
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
}
