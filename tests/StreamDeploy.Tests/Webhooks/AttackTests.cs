using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What strangers try, and what they get. Limits and signatures have tests of their own; the README lists all of it.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class AttackTests(IngestBroker broker)
{
    [Theory]
    [InlineData("POST /api/v1/deployment-events/github/../gitlab/{0} HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events/github/%2e%2e/gitlab/{0} HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events/github/..%2fgitlab%2f{0} HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events//github/{0} HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events/github/{0}/ HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events/github/{0}%00 HTTP/1.1")]
    [InlineData("POST /api/v1/deployment-events/github/{0};x=1 HTTP/1.1")]
    [InlineData("POST http://elsewhere.example/api/v1/deployment-events/github/{0} HTTP/1.1")]
    [InlineData("POST /API/V1/DEPLOYMENT-EVENTS/GITHUB/{0} HTTP/1.1")]
    [InlineData("GET /api/deployment-pipelines/1%2f..%2f2 HTTP/1.1")]
    [InlineData("GET /api/deployment-pipelines/../accounts HTTP/1.1")]
    [InlineData("GET /api/deployment-pipelines/1e0 HTTP/1.1")]
    [InlineData("GET /api/deployment-pipelines/-1 HTTP/1.1")]
    [InlineData("GET /api/deployment-pipelines/99999999999999999999 HTTP/1.1")]
    public async Task Tricks_with_the_path_lead_to_no_other_door(string requestLine)
    {
        await using var world = await StartAsync(broker);
        // The key of a pipeline that asks for a signature: whatever the path is taken for, without one nothing may be written.
        var answer = await RawAsync(world, string.Format(System.Globalization.CultureInfo.InvariantCulture, requestLine, SignedKey)
            + $"\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {OtherAdminKey}\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nX-Gitlab-Event: Push Hook\r\nContent-Length: 2\r\n\r\n{{}}");

        // /api/accounts, reached by dots, is the caller's own.
        Assert.True(answer.StartsWith("HTTP/1.1 40", StringComparison.Ordinal) || (answer.Contains("\"other\"", StringComparison.Ordinal) && !answer.Contains("acme", StringComparison.Ordinal)), answer);
        Assert.Empty(await world.DeploymentsAsync());
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 30")]
    [InlineData("Content-Length: 2\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked, identity\r\nContent-Length: 2")]
    [InlineData("Content-Length: -1")]
    [InlineData("X-Odd\r\n: x\r\nContent-Length: 2")]
    [InlineData("Authorization: Bearer x\r\nAuthorization: Bearer api-pipeline-key-1\r\nContent-Length: 2")]
    public async Task Headers_that_two_servers_may_read_differently_are_refused(string headers)
    {
        await using var world = await StartAsync(broker);

        // What follows would be another request's, to whoever believes the other length.
        var answer = await RawAsync(world, $"POST {GenericRoute} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{{}}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 40", answer, StringComparison.Ordinal);
        Assert.Empty(await world.DeploymentsAsync());
    }

    [Fact]
    public async Task What_is_injected_into_a_value_stays_a_value()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        const string odd = "a X-Injected: 1 <script>\\u202e{integrationKey}%0d%0a../";
        Assert.Equal("name", (await world.PostAsync("/api/teams", """{"name":"a\r\nX-Injected: 1"}""")).Text("field"));
        var made = await world.PostAsync("/api/teams", $$"""{"name":"{{odd}}"}""");
        var found = await world.GetAsync("/api/teams/name/" + Uri.EscapeDataString(made.Text("name")!));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (made.Status, found.Status));
        Assert.Equal("a X-Injected: 1 <script>\u202e{integrationKey}%0d%0a../", found.Text("name"));
        Assert.DoesNotContain("<script>", found.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    public async Task A_compressed_bomb_is_refused_and_not_unpacked(string encoding)
    {
        await using var world = await StartAsync(broker);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var i = 0; i < 100; i++)
                gzip.Write(new byte[1 << 20]);
        }

        Assert.True(packed.Length < 256 * 1024, $"{packed.Length} bytes");
        foreach (var route in new[] { GenericRoute, GitHubRoute(UnsignedKey), "/api/teams" })
        {
            var answer = await world.PostAsync(route, packed.ToArray(), ("Content-Encoding", encoding), ("Authorization", "Bearer " + (route == GenericRoute ? PipelineKey : AdminKey)), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d"));
            Assert.Equal((HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_ENCODING"), (answer.Status, answer.Code));
        }

        Assert.Equal(0, world.Ingest.BodyBytesInFlight);
    }

    [Fact]
    public async Task What_was_recorded_and_is_played_back_is_the_same_event_and_late_it_is_refused()
    {
        var clock = new ManualClock { UtcNow = DateTimeOffset.UtcNow };
        await using var world = await StartAsync(broker, new() { Clock = clock });
        var body = Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString());
        var signature = Sign(body, Secret);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Accepted, (await world.PostGitHubAsync("push", body, SignedKey, ("X-Hub-Signature-256", signature))).Status);
        // GitHub's signature says no time, so a replay is taken for ever: it has the delivery's id, and the join counts an id once.
        Assert.Single((await world.DeploymentsAsync()).Select(deployment => deployment.EventId).Distinct());

        var push = Encoding.UTF8.GetBytes(SomeGitLab.Push().ToJsonString());
        var seconds = clock.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        (string, string)[] recorded =
        [
            ("X-Gitlab-Event", "Push Hook"), ("webhook-id", "m1"), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.UTF8.GetBytes($"m1.{seconds}."), .. push]))),
        ];
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GitLabRoute(GitLabKey), push, recorded)).Status);
        clock.UtcNow += TimeSpan.FromMinutes(6);
        Assert.Equal("INVALID_SIGNATURE", (await world.PostAsync(GitLabRoute(GitLabKey), push, recorded)).Code);
    }

    [Fact]
    public async Task Guessing_keys_gives_the_same_answer_to_every_guess_and_is_limited_by_address()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerAddressMax = 50 });
        string[] guesses = [PipelineKey[..^1], PipelineKey + "x", PipelineKey.ToUpperInvariant(), IntegrationKey.Hash(PipelineKey), "", new('a', 199), new('a', 201), AdminKey, SignedKey, "%70ipeline", "\u0430pi-pipeline-key-1"];
        var bodies = new HashSet<string>();
        foreach (var guess in guesses)
        {
            var answer = await world.PostEventAsync(guess);
            Assert.Equal((HttpStatusCode.Unauthorized, guess), (answer.Status, guess));
            bodies.Add(answer.Body);
        }

        Assert.Single(bodies);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 50; i++)
            statuses.Add((await world.PostEventAsync("guess-number-" + i)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
    }

    [Fact]
    public async Task A_body_cannot_say_whose_it_is()
    {
        await using var world = await StartAsync(broker);

        await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","summary":"x","accountId":"other","pipelineId":99,"AccountId":"other"}""");

        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 1L), (deployment.AccountId, deployment.PipelineId));
        var twice = await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","integrationKey":"{{SecondPipelineKey}}","summary":"x"}""");
        Assert.Equal("INVALID_JSON", twice.Code);
    }

    [Fact]
    public async Task A_connection_that_only_waits_is_cut_and_others_are_served_meanwhile()
    {
        await using var world = await StartAsync(broker, new() { HeadersTimeout = TimeSpan.FromMilliseconds(500) });
        var idle = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            var socket = await world.ConnectAsync();
            await socket.SendAsync("POST /api/alerts HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray());
            idle.Add(socket);
        }

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
        foreach (var socket in idle)
        {
            await ReadToEndAsync(socket);
            socket.Dispose();
        }
    }

    private static async Task<string> RawAsync(IngestWorld world, string request)
    {
        using var socket = await world.ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        return await ReadToEndAsync(socket);
    }
}
