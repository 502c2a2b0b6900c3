using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Too many, too large, too slow, too deep: each is answered, and does not keep others out.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class IngestLimitsTests(IngestBroker broker)
{
    [Fact]
    public async Task A_key_has_so_many_requests_a_minute_and_other_keys_have_theirs()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerKeyMax = 3 });
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);

        var answer = await world.PostEventAsync();
        var byHeader = await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("Authorization", "Bearer " + PipelineKey));

        Assert.Equal((HttpStatusCode.TooManyRequests, "TOO_MANY_REQUESTS"), (answer.Status, answer.Code));
        Assert.Equal(10, answer.RetryAfterSeconds);
        Assert.Equal(HttpStatusCode.TooManyRequests, byHeader.Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync(SecondPipelineKey)).Status);
        Assert.Equal(4, (await world.DeploymentsAsync()).Count);
    }

    [Fact]
    public async Task A_key_in_a_path_is_limited_before_its_signature_is_checked()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerKeyMax = 2 });
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostGitHubAsync("push", "{}"u8.ToArray(), SignedKey)).Status);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await world.PostGitHubAsync("push", "{}"u8.ToArray(), SignedKey)).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.PostGitHubAsync("ping", "{}"u8.ToArray(), UnsignedKey)).Status);
    }

    [Fact]
    public async Task A_key_that_waited_is_let_in_again()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerKeyMax = 1, RateWindow = TimeSpan.FromSeconds(1) });
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);

        await UntilAsync(async () => (await world.PostEventAsync()).Status == HttpStatusCode.Accepted, "the window opens again");
    }

    [Fact]
    public async Task An_address_has_so_many_requests_a_minute_whatever_it_asks_for()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerAddressMax = 3 });
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostEventAsync("unknown-key-000000")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync("/nothing")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);

        var answer = await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("X-Forwarded-For", "203.0.113.7"));

        Assert.Equal((HttpStatusCode.TooManyRequests, "TOO_MANY_REQUESTS"), (answer.Status, answer.Code));
        Assert.Equal(10, answer.RetryAfterSeconds);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/healthz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/readyz")).Status);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_sender_s_address_counts()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerAddressMax = 1, TrustedProxies = ["127.0.0.0/8"] });
        const string body = $$"""{"integrationKey":"{{PipelineKey}}","summary":"x"}""";

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, body, ("X-Forwarded-For", "203.0.113.7"))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await world.PostAsync(GenericRoute, body, ("X-Forwarded-For", "198.51.100.1, 203.0.113.7"))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, body, ("X-Forwarded-For", "203.0.113.8"))).Status);
    }

    [Fact]
    public void An_IPv6_sender_is_its_network()
    {
        Assert.Equal(RequestLimits.Sender(IPAddress.Parse("2001:db8::1")), RequestLimits.Sender(IPAddress.Parse("2001:db8::ffff:2")));
        Assert.NotEqual(RequestLimits.Sender(IPAddress.Parse("2001:db8::1")), RequestLimits.Sender(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Equal(IPAddress.Parse("203.0.113.7"), RequestLimits.Sender(IPAddress.Parse("::ffff:203.0.113.7")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_generic_body_has_256_KiB(bool chunked)
    {
        await using var world = await StartAsync(broker);

        Assert.Equal(HttpStatusCode.Accepted, (await PostSizedAsync(world, GenericRoute, 256 * 1024, chunked)).Status);
        var answer = await PostSizedAsync(world, GenericRoute, (256 * 1024) + 1, chunked);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
        Assert.Equal(0, world.Ingest.BodyBytesInFlight);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_GitHub_body_has_25_MiB(bool chunked)
    {
        await using var world = await StartAsync(broker);

        Assert.Equal(HttpStatusCode.OK, (await PostSizedAsync(world, GitHubRoute(UnsignedKey), 25 * 1024 * 1024, chunked)).Status);
        var answer = await PostSizedAsync(world, GitHubRoute(UnsignedKey), (25 * 1024 * 1024) + 1, chunked);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE"), (answer.Status, answer.Code));
        Assert.Equal(0, world.Ingest.BodyBytesInFlight);
    }

    [Fact]
    public async Task A_promise_of_a_terabyte_is_refused_before_a_byte_of_it()
    {
        await using var world = await StartAsync(broker);
        using var socket = await world.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {GenericRoute} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1099511627776\r\n\r\n"));

        Assert.StartsWith("HTTP/1.1 413 ", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        await using var world = await StartAsync(broker);
        var deep = $$"""{"integrationKey":"{{PipelineKey}}","summary":"x","customDetails":""" + string.Concat(Enumerable.Repeat("{\"a\":", 40_000));

        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_JSON"), await StatusAndCodeAsync(world.PostAsync(GenericRoute, deep)));
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_JSON"), await StatusAndCodeAsync(world.PostGitHubAsync("push", Encoding.UTF8.GetBytes(deep))));
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_in_time_is_cut()
    {
        await using var world = await StartAsync(broker, new() { BodyTimeout = TimeSpan.FromMilliseconds(300), BodyBytesPerSecondMin = 0.01 });
        using var socket = await StartPostAsync(world, GenericRoute, contentLength: 1000, sent: 10);

        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(socket), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
        Assert.Equal(0, world.Ingest.BodyBytesInFlight);
    }

    [Fact]
    public async Task A_body_that_trickles_is_cut()
    {
        await using var world = await StartAsync(broker, new() { BodyTimeout = TimeSpan.FromMinutes(10), BodyBytesPerSecondMin = 100_000 });
        using var socket = await StartPostAsync(world, GitHubRoute(UnsignedKey), contentLength: 20_000_000, sent: 10);

        // Some 20 kB/s, which Kestrel's own default of 240 B/s would let through.
        using var cut = new CancellationTokenSource();
        var trickle = TrickleAsync(socket, 1000, TimeSpan.FromMilliseconds(50), cut.Token);
        var answer = await ReadToEndAsync(socket);
        await cut.CancelAsync();
        await trickle;

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_do_not_arrive_in_time_or_are_too_many_are_cut()
    {
        await using var world = await StartAsync(broker, new() { HeadersTimeout = TimeSpan.FromMilliseconds(300) });
        using var slow = await world.ConnectAsync();
        await slow.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nX-A"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(slow), StringComparison.Ordinal);

        using var many = await world.ConnectAsync();
        await many.SendAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: y\r\n")) + "\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await ReadToEndAsync(many), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_in_flight_are_bounded_and_the_next_is_told_to_come_back()
    {
        await using var world = await StartAsync(broker, new() { RequestsInFlightMax = 1 });
        using var socket = await StartPostAsync(world, GenericRoute, contentLength: 10, sent: 1);

        // Only then: a request that came before it would have the place, and it be told to come back.
        await UntilAsync(() => Task.FromResult(world.Ingest.BodyBytesInFlight > 0), "the first request has the only place");
        var busy = await world.PostEventAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "BUSY", 1), (busy.Status, busy.Code, busy.RetryAfterSeconds));

        await socket.SendAsync(new byte[9]);
        Assert.StartsWith("HTTP/1.1 400 ", await ReadToEndAsync(socket), StringComparison.Ordinal);
        await UntilAsync(async () => (await world.PostEventAsync()).Status == HttpStatusCode.Accepted, "the place is free again");
    }

    [Fact]
    public async Task Memory_for_bodies_is_bounded_and_given_back()
    {
        await using var world = await StartAsync(broker, new() { WebhookBodyBytesMax = 300_000, GenericBodyBytesMax = 1000, BodyBytesInFlightMax = 900_000 });
        using (var socket = await StartPostAsync(world, GitHubRoute(UnsignedKey), contentLength: 300_000, sent: 290_000))
        {
            await UntilAsync(() => Task.FromResult(world.Ingest.BodyBytesInFlight > 290_000), "the body has come");
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "BUSY"), await StatusAndCodeAsync(PostSizedAsync(world, GitHubRoute(UnsignedKey), 300_000, chunked: false)));
        }

        await UntilAsync(() => Task.FromResult(world.Ingest.BodyBytesInFlight == 0), "the body of a sender that is gone is given back");
        Assert.Equal(HttpStatusCode.OK, (await PostSizedAsync(world, GitHubRoute(UnsignedKey), 300_000, chunked: false)).Status);
    }

    [Fact]
    public void A_setting_that_cannot_work_is_named()
    {
        Assert.Null(new IngestSettings().Problem());
        Assert.StartsWith("RequestsPerKeyMax is 0", new IngestSettings { RequestsPerKeyMax = 0 }.Problem(), StringComparison.Ordinal);
        Assert.StartsWith("Port is 70000", new IngestSettings { Port = 70_000 }.Problem(), StringComparison.Ordinal);
        Assert.StartsWith("BodyBytesInFlightMax is 10", new IngestSettings { BodyBytesInFlightMax = 10 }.Problem(), StringComparison.Ordinal);
        Assert.StartsWith("TrustedProxies: \"proxy\"", new IngestSettings { TrustedProxies = ["10.0.0.1", "proxy"] }.Problem(), StringComparison.Ordinal);
    }

    private static async Task TrickleAsync(Socket socket, int bytes, TimeSpan every, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(every);
        try
        {
            while (await pace.WaitForNextTickAsync(cancellationToken))
                await socket.SendAsync(new byte[bytes], cancellationToken);
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            // The server has had enough.
        }
    }

    private static async Task<(HttpStatusCode, string?)> StatusAndCodeAsync(Task<Answer> answering)
    {
        var answer = await answering;
        return (answer.Status, answer.Code);
    }

    /// <summary>Valid JSON of exactly this size.</summary>
    private static async Task<Answer> PostSizedAsync(IngestWorld world, string route, int bytes, bool chunked)
    {
        var body = new byte[bytes];
        Array.Fill(body, (byte)' ');
        Encoding.ASCII.GetBytes($$"""{"integrationKey":"{{PipelineKey}}","summary":"x"}""").CopyTo(body, 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, route)
        {
            Content = chunked ? new StreamContent(new MemoryStream(body)) : new ByteArrayContent(body),
            Headers = { TransferEncodingChunked = chunked, ExpectContinue = true },
        };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", "ping");
        request.Headers.Add("X-GitHub-Delivery", "delivery-1");
        return await world.SendAsync(request);
    }

    private static async Task<Socket> StartPostAsync(IngestWorld world, string route, int contentLength, int sent)
    {
        var socket = await world.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {route} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {contentLength}\r\n\r\n"));
        await socket.SendAsync(new byte[sent]);
        return socket;
    }
}
