using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Whatever comes, there is an answer, it is never the server's own failure, and the next good request is taken.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class IngestFuzzTests(IngestBroker broker)
{
    private static readonly IngestSettings Unlimited = new() { RequestsPerKeyMax = 1_000_000, RequestsPerAddressMax = 1_000_000 };

    private static readonly string[] Routes =
    [
        GenericRoute, AlertRoute, PagerDutyRoute, GitHubRoute(UnsignedKey), GitHubRoute(SignedKey), GitHubRoute("nobody"), GitLabRoute(UnsignedGitLabKey), GitLabRoute(GitLabKey),
        ArgoCdRoute(UnsignedArgoCdKey), ArgoCdRoute(ArgoCdKey), CdEventsRoute(UnsignedCdEventsKey), CdEventsRoute(CdEventsKey), AlertmanagerRoute(AlertmanagerKey),
        AlertmanagerRoute(ProvenAlertmanagerKey), IlertRoute(IlertKey), IlertRoute(ProvenIlertKey), "/healthz", "/", "/%00", "/api/v1/deployment-events/github/",
        "/api/deployment-pipelines", "/api/deployment-pipelines/1", "/api/teams/1/x", "/api/accounts",
    ];

    private static readonly string[] HeaderNames =
        ["Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "X-GitHub-Event", "X-GitHub-Delivery", GitHubSignature.Header, "X-Gitlab-Event", "X-Gitlab-Token", "webhook-id", "webhook-timestamp", "webhook-signature", "ce-id", "ce-type", "ce-time", "X-Forwarded-For", "Accept"];

    private static readonly string[] HeaderValues =
    [
        "", " ", "Bearer " + PipelineKey, "Bearer " + AlertKey, "Bearer " + AdminKey, "Bearer " + SendKey, "Bearer " + Secret, "Bearer ", "bearer  x", "Basic eDp5", "Basic ====",
        "push", "pull_request", "release", "deployment_status", "ping", "Push Hook", "1767268740", "v1,AAAA", "application/json",
        "application/x-www-form-urlencoded", SomeCdEvents.OneType, SomeCdEvents.BatchType, "%C0%A0", "application/json; charset=utf-16", "application/json; charset=utf-32",
        "application/json; charset=\"\"", "a/b", "gzip",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "sha256=", "ä€", new('x', 4000), "\"", ";;;", "1,2", "203.0.113.7",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_body_with_any_headers_is_answered(int seed)
    {
        await using var world = await StartAsync(broker, Unlimited);
        var random = new Random(seed);
        var accepted = 0;
        for (var i = 0; i < 400; i++)
        {
            var (kind, eventName, body) = HostileInput.Next(random);
            var fitting = kind switch
            {
                HostileInput.Kind.Event => GenericRoute,
                HostileInput.Kind.Alert => AlertRoute,
                HostileInput.Kind.GitLab => GitLabRoute(UnsignedGitLabKey),
                HostileInput.Kind.Alertmanager => AlertmanagerRoute(AlertmanagerKey),
                HostileInput.Kind.Ilert => IlertRoute(IlertKey),
                HostileInput.Kind.PagerDuty => PagerDutyRoute,
                HostileInput.Kind.CdEvents => CdEventsRoute(UnsignedCdEventsKey),
                HostileInput.Kind.ArgoCd => ArgoCdRoute(UnsignedArgoCdKey),
                _ => GitHubRoute(UnsignedKey),
            };
            var route = random.Next(4) > 0 ? fitting : HostileInput.Pick(random, Routes);
            (string, string)[] odd = [.. Enumerable.Range(0, random.Next(3)).Select(_ => (HostileInput.Pick(random, HeaderNames), HostileInput.Pick(random, HeaderValues)))];
            (string, string)[] fittingHeaders = kind == HostileInput.Kind.CdEvents
                ? [.. SomeCdEvents.Attributes(eventName), ("Content-Type", HostileInput.Pick(random, ["application/json", SomeCdEvents.OneType, SomeCdEvents.BatchType]))]
                : [("X-GitHub-Event", eventName), ("X-GitHub-Delivery", "d"), ("X-Gitlab-Event", eventName)];
            (string, string)[] headers = random.Next(3) == 0 ? odd : [.. fittingHeaders, .. odd];
            Answer answer;
            try
            {
                answer = await world.PostAsync(route, body, headers);
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"seed {seed}, request {i}: no answer from {route} with {string.Join(' ', headers)}", problem);
            }

            accepted += answer.Status == HttpStatusCode.Accepted ? 1 : 0;
            Assert.True((int)answer.Status < 500, $"seed {seed}, request {i}: {answer} from {route} with {string.Join(' ', headers)}: {Encoding.UTF8.GetString(body)}");
        }

        Assert.True(accepted > 10, $"seed {seed}: only {accepted} of the requests came through to Kafka");
        await AssertStillTakesAsync(world, seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Any_bytes_on_the_wire_are_answered_or_the_connection_is_closed(int seed)
    {
        await using var world = await StartAsync(broker, Unlimited with { BodyTimeout = TimeSpan.FromMilliseconds(200), HeadersTimeout = TimeSpan.FromMilliseconds(200) });
        var random = new Random(seed);
        // All at once: the server waits some seconds for the rest of a body it has refused.
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SendBytesAsync(world, WireBytes(random), random.Next(2) == 0, $"seed {seed}, connection {i}")).ToList());
        await AssertStillTakesAsync(world, seed);
    }

    private static async Task AssertStillTakesAsync(IngestWorld world, int seed)
    {
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync(summary: "after all that")).Status);
        Assert.Contains(await world.DeploymentsAsync(), d => d.Summary == "after all that");
        await UntilAsync(() => Task.FromResult(world.Ingest.BodyBytesInFlight == 0), "memory of all bodies is given back");
        Assert.True(!world.Log.Lines.Any(line => line.StartsWith("Error", StringComparison.Ordinal)), $"seed {seed}: {string.Join('\n', world.Log.Lines)}");
    }

    private static async Task SendBytesAsync(IngestWorld world, byte[] bytes, bool half, string name)
    {
        using var socket = await world.ConnectAsync();
        try
        {
            await socket.SendAsync(bytes);
            if (half)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Closed before all of it was sent: an answer too.
        }

        var answer = await ReadToEndAsync(socket);
        Assert.False(answer.StartsWith("HTTP/1.1 500", StringComparison.Ordinal), $"{name}: {answer}\n{Encoding.Latin1.GetString(bytes)}");
    }

    private static byte[] WireBytes(Random random) => random.Next(3) == 0 ? HostileInput.Bytes(random, random.Next(1, 400)) : HostileInput.Mutate(random, Encoding.ASCII.GetBytes(
        $"POST {HostileInput.Pick(random, Routes)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nContent-Length: 60\r\n\r\n"
        + $$"""{"integrationKey":"{{PipelineKey}}","summary":"x","a":"12"}"""));
}
