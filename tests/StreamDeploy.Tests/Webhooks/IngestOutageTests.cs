using System.Net;
using System.Net.Sockets;
using StreamDeploy.Connectors.Embedded;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What senders are told while events cannot be written.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class IngestOutageTests(IngestBroker broker)
{
    private const string NoBroker = "127.0.0.1:1";

    [Fact]
    public async Task Without_a_broker_an_event_is_503_with_Retry_After_and_never_202()
    {
        await using var world = await StartAsync(
            broker, new() { RetryAfter = TimeSpan.FromSeconds(7) }, kafka => kafka with { BootstrapServers = NoBroker, DeliveryTimeout = TimeSpan.FromMilliseconds(500) });

        var generic = await world.PostEventAsync();
        var github = await world.PostGitHubAsync("push", System.Text.Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString()));
        var alert = await world.PostAsync(AlertRoute, $$"""{"integrationKey":"{{AlertKey}}","alertId":"a","summary":"s"}""");

        foreach (var answer in new[] { generic, github, alert })
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "UNAVAILABLE", 7), (answer.Status, answer.Code, answer.RetryAfterSeconds));
        Assert.Contains(world.Log.Lines, line => line.StartsWith("Warning Event not taken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readiness_is_red_after_a_failure_for_as_long_as_senders_are_told_to_wait()
    {
        var clock = new ManualClock();
        await using var world = await StartAsync(
            broker, new() { Clock = clock }, kafka => kafka with { BootstrapServers = NoBroker, DeliveryTimeout = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/readyz")).Status);
        await world.PostEventAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.GetAsync("/readyz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/healthz")).Status);
        clock.UtcNow += TimeSpan.FromSeconds(5);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/readyz")).Status);
    }

    [Fact]
    public async Task A_full_queue_is_503_at_once()
    {
        await using var world = await StartAsync(broker, null, kafka => kafka with
        {
            BootstrapServers = NoBroker,
            DeliveryTimeout = TimeSpan.FromSeconds(5),
            Properties = new Dictionary<string, string> { ["producer.queue.buffering.max.messages"] = "1" },
        });
        var waiting = world.PostEventAsync();

        // Whichever of the two came first fills the queue; the other is refused while the first still waits.
        var refused = await await Task.WhenAny(waiting, world.PostEventAsync());

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UNAVAILABLE"), (refused.Status, refused.Code));
        Assert.Contains(world.Log.Lines, line => line.Contains("queue is full", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await waiting).Status);
    }

    [Fact]
    public async Task A_sender_that_tries_again_after_an_outage_loses_nothing()
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        await using var world = await StartAsync(broker, null, kafka => kafka with
        {
            DeliveryTimeout = TimeSpan.FromSeconds(1),
            Registry = new() { Url = $"http://127.0.0.1:{port}", RetryFor = TimeSpan.FromMilliseconds(100) },
        });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.PostEventAsync(summary: "kept")).Status);
        Assert.DoesNotContain(world.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));

        await using var registry = await SchemaRegistryServer.StartAsync(port, CancellationToken.None);
        await UntilAsync(async () => (await world.PostEventAsync(summary: "kept")).Status == HttpStatusCode.Accepted, "the event is taken when the registry is back");
    }

    [Fact]
    public async Task An_event_too_large_for_a_record_is_413()
    {
        await using var world = await StartAsync(
            broker, null, kafka => kafka with { Properties = new Dictionary<string, string> { ["producer.message.max.bytes"] = "1000" } });

        var answer = await world.PostEventAsync(summary: new string('x', 1020));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
    }
}
