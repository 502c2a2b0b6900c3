using System.Net;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.Http;
using CloudNative.CloudEvents.SystemTextJson;
using StreamDeploy.Schemas;
using SdkEvent = CloudNative.CloudEvents.CloudEvent;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>CDEvents as the CNCF's own SDK posts them.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class CloudEventsSdkTests(IngestBroker broker)
{
    private const string Deployed = "dev.cdevents.service.deployed";

    private static readonly JsonEventFormatter Format = new();

    [Theory]
    [InlineData(ContentMode.Binary)]
    [InlineData(ContentMode.Structured)]
    public async Task An_event_of_the_SDK_is_a_deployment_in_the_topic(ContentMode mode)
    {
        await using var world = await IngestWorld.StartAsync(broker);
        var (ours, theirs) = (SomeCdEvents.Structured(), Event("1"));
        using var content = theirs.ToHttpContent(mode, Format);

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(world, content));
        // The same event as our tests write it by hand.
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(IngestWorld.CdEventsRoute(IngestWorld.UnsignedCdEventsKey), ours.ToJsonString(), ("Content-Type", SomeCdEvents.OneType))).Status);

        var deployments = await world.DeploymentsAsync();
        Assert.Equal(2, deployments.Count);
        Assert.Single(deployments.Select(WithoutIds).Distinct());
        Assert.Equal(("mySubject123", "test123", "1.4.0", DeploymentStatus.SUCCEEDED), (deployments[0].Service, deployments[0].Environment, deployments[0].Version, deployments[0].Status));
    }

    [Fact]
    public async Task A_batch_of_the_SDK_is_as_many_deployments()
    {
        await using var world = await IngestWorld.StartAsync(broker);
        using var content = new[] { Event("1"), Event("2"), Event("3") }.ToHttpContent(Format);

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(world, content));

        var deployments = await world.DeploymentsAsync();
        Assert.Equal(3, deployments.DistinctBy(deployment => deployment.EventId).Count());
        Assert.Single(deployments.Select(WithoutIds).Distinct());
    }

    [Theory]
    [InlineData(ContentMode.Binary)]
    [InlineData(ContentMode.Structured)]
    public async Task Attributes_beyond_ASCII_and_extensions_are_taken(ContentMode mode)
    {
        await using var world = await IngestWorld.StartAsync(broker);
        var theirs = Event("Zoë € 100% \"1\"");
        theirs["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        using var content = theirs.ToHttpContent(mode, Format);

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(world, content));

        Assert.Single(await world.DeploymentsAsync());
    }

    private static SdkEvent Event(string id) => new(CloudEventsSpecVersion.V1_0)
    {
        Id = id,
        Source = new Uri(SomeCdEvents.Source, UriKind.Relative),
        Type = SomeCdEvents.TypeOf(Deployed),
        Time = new DateTimeOffset(2023, 3, 20, 14, 27, 5, TimeSpan.Zero).AddTicks(3_153_840),
        DataContentType = "application/json",
        Data = JsonElement.Parse(SomeCdEvents.Of(Deployed).ToJsonString()),
    };

    private static async Task<HttpStatusCode> PostAsync(IngestWorld world, HttpContent content)
    {
        using var response = await world.Http.PostAsync(new Uri(IngestWorld.CdEventsRoute(IngestWorld.UnsignedCdEventsKey), UriKind.Relative), content);
        return response.StatusCode;
    }

    private static string WithoutIds(Deployment deployment) => Schemas.RandomRecords.Describe(deployment with { EventId = "", DeploymentId = "", ReceivedAtMs = null });
}
