using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public sealed class SchemaRegistryClientTests : IDisposable
{
    private const string NotFound = """{"error_code":40403,"message":"Schema not found"}""";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource limit = new(Limit);

    private CancellationToken Ct => limit.Token;

    public void Dispose() => limit.Dispose();

    [Fact]
    public async Task Callers_that_ask_for_one_id_at_once_share_one_request()
    {
        var go = new TaskCompletionSource();
        await using FakeRegistry registry = await FakeRegistry.StartAsync(async (_, _) =>
        {
            await go.Task;
            return (200, FakeRegistry.Schema);
        });
        using SchemaRegistryClient client = registry.Client();

        Task<AvroSchema>[] callers = [.. Enumerable.Range(0, 50).Select(_ => client.GetAsync(7, Ct).AsTask())];
        using var impatient = new CancellationTokenSource();
        Task<AvroSchema> cancelled = client.GetAsync(7, impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        go.SetResult();

        AvroSchema[] schemas = await Task.WhenAll(callers);
        Assert.All(schemas, schema => Assert.Same(schemas[0], schema));
        Assert.Same(schemas[0], await client.GetAsync(7, Ct));
        Assert.Equal(["GET /schemas/ids/7"], registry.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    [InlineData(502)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(i => i < 3 ? (status, "{}") : (200, FakeRegistry.Schema));
        using SchemaRegistryClient client = registry.Client();

        await client.GetAsync(7, Ct);

        Assert.Equal(3, registry.Requests.Count);
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_in_time_is_tried_again()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(i => i == 1 ? (0, "") : (200, FakeRegistry.Schema));
        using var client = new SchemaRegistryClient(registry.Settings with { RequestTimeout = TimeSpan.FromSeconds(1) });

        await client.GetAsync(7, Ct);

        Assert.True(registry.Requests.Count >= 2);
    }

    [Fact]
    public async Task A_registry_that_is_not_there_is_unavailable_and_not_poison()
    {
        string url = "http://127.0.0.1:" + FreePort();
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = url, RetryFor = TimeSpan.FromMilliseconds(300), BasicAuthUserInfo = "me:s3cret" });

        SchemaRegistryUnavailableException e = await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());

        Assert.StartsWith($"GET {url}/schemas/ids/7: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<html>log in</html>")]
    [InlineData(200, "{}")]
    [InlineData(404, "<html>no such page</html>")]
    [InlineData(404, "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}")]
    [InlineData(400, "{}")]
    public async Task What_no_registry_says_is_unavailable_and_not_poison(int status, string body)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (status, body));
        using var client = new SchemaRegistryClient(registry.Settings with { RetryFor = TimeSpan.Zero });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());
    }

    [Fact]
    public async Task After_it_was_down_an_id_is_asked_for_again()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(i => i == 1 ? (500, "{}") : (200, FakeRegistry.Schema));
        using var client = new SchemaRegistryClient(registry.Settings with { RetryFor = TimeSpan.Zero });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());
        await client.GetAsync(7, Ct);
    }

    [Fact]
    public async Task That_an_id_is_unknown_is_remembered_for_seconds()
    {
        var clock = new ManualClock();
        await using FakeRegistry registry = await FakeRegistry.StartAsync(i => i < 3 ? (404, NotFound) : (200, FakeRegistry.Schema));
        using SchemaRegistryClient client = registry.Client(clock);

        for (int i = 0; i < 5; i++)
        {
            UnknownSchemaException e = await Assert.ThrowsAsync<UnknownSchemaException>(() => client.GetAsync(7, Ct).AsTask());
            Assert.Equal("the schema registry has no schema of id 7", e.Message);
        }
        Assert.Single(registry.Requests);

        clock.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<UnknownSchemaException>(() => client.GetAsync(7, Ct).AsTask());
        clock.Advance(TimeSpan.FromSeconds(11));
        await client.GetAsync(7, Ct);
        Assert.Equal(3, registry.Requests.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Being_denied_is_said_at_once_and_without_the_password(int status)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (status, """{"error_code":40101,"message":"User cannot access"}"""));
        using var client = new SchemaRegistryClient(registry.Settings with { BasicAuthUserInfo = "me:s3cret" });

        SchemaRegistryDeniedException e = await Assert.ThrowsAsync<SchemaRegistryDeniedException>(() => client.GetAsync(7, Ct).AsTask());

        Assert.Contains($"{status} User cannot access: the registry does not let us in", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task The_password_is_sent_as_basic_authorization()
    {
        string? sent = null;
        await using FakeRegistry registry = await FakeRegistry.StartAsync((_, request) =>
        {
            sent = request.Headers.Authorization;
            return Task.FromResult((200, FakeRegistry.Schema));
        });
        using var client = new SchemaRegistryClient(registry.Settings with { BasicAuthUserInfo = "me:pässword:1" });

        await client.GetAsync(7, Ct);

        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("me:pässword:1")), sent);
    }

    [Theory]
    [InlineData("{\"schema\":\"{}\",\"schemaType\":\"PROTOBUF\"}", "schema 7 is PROTOBUF, not AVRO")]
    [InlineData("{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"a\",\"subject\":\"b\"}]}", "schema 7 cannot be parsed: it has a reference without a valid name, subject and version")]
    [InlineData("{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"a\",\"subject\":\"..\",\"version\":1}]}", "schema 7 cannot be parsed: it has a reference without a valid name, subject and version")]
    [InlineData("{\"schema\":\"\\\"int\\\"\",\"references\":7}", "schema 7 cannot be parsed: its references are not a list")]
    [InlineData("{\"schema\":\"{\\\"type\\\":\\\"x\\\"}\"}", "schema 7 cannot be parsed: schema: no type 'x'")]
    public async Task A_schema_that_we_cannot_read_is_refused_for_good(string body, string problem)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (200, body));
        using SchemaRegistryClient client = registry.Client();

        for (int i = 0; i < 2; i++)
        {
            UnreadableSchemaException e = await Assert.ThrowsAsync<UnreadableSchemaException>(() => client.GetAsync(7, Ct).AsTask());
            Assert.StartsWith(problem, e.Message, StringComparison.Ordinal);
        }
        Assert.Single(registry.Requests);
    }

    [Theory]
    [InlineData(409, 409)]
    [InlineData(422, 42201)]
    public async Task A_schema_that_is_refused_says_why(int status, int code)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (status, $$"""{"error_code":{{code}},"message":"reader type\n not compatible"}"""));
        using SchemaRegistryClient client = registry.Client();

        SchemaRejectedException e = await Assert.ThrowsAsync<SchemaRejectedException>(() => client.RegisterAsync("deployments-value", AvroSchema.For<Deployment>(), Ct));

        Assert.EndsWith($"/subjects/deployments-value/versions: {status} reader type  not compatible", e.Message, StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task A_schema_is_registered_once()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (200, """{"id":12}"""));
        using SchemaRegistryClient client = registry.Client();

        int[] ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.RegisterAsync("a/b c-value", AvroSchema.For<Team>(), Ct)));

        Assert.All(ids, id => Assert.Equal(12, id));
        Assert.Equal(["POST /subjects/a%2Fb%20c-value/versions"], registry.Requests);
    }

    [Fact]
    public async Task Of_several_URLs_the_one_that_answers_is_kept()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (200, FakeRegistry.Schema));
        string urls = $"http://127.0.0.1:{FreePort()}, {registry.Url}/apis/ccompat/v7/";
        using var client = new SchemaRegistryClient(registry.Settings with { Url = urls });

        await client.GetAsync(7, Ct);
        await client.GetAsync(8, Ct);

        Assert.Equal(["GET /apis/ccompat/v7/schemas/ids/7", "GET /apis/ccompat/v7/schemas/ids/8"], registry.Requests);
    }

    [Fact]
    public async Task An_authority_of_ones_own_is_trusted_where_it_is_named()
    {
        using var certificates = new Certificates();
        await using FakeRegistry registry = await FakeRegistry.StartAsync((_, _) => Task.FromResult((200, FakeRegistry.Schema)), certificates.Server);
        using var trusting = new SchemaRegistryClient(registry.Settings with { CaLocation = certificates.Ca });
        await trusting.GetAsync(7, Ct);

        using var wary = new SchemaRegistryClient(registry.Settings with { RetryFor = TimeSpan.Zero });
        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => wary.GetAsync(7, Ct).AsTask());
    }

    [Theory]
    [InlineData("", null, "registry URL: it is empty")]
    [InlineData("localhost:8081", null, "registry URL: an absolute http or https URL is expected")]
    [InlineData("http://ok,ftp://x", null, "registry URL: an absolute http or https URL is expected")]
    [InlineData("http://me:s3cret@host", null, "registry URL: it holds a password; the user and password have a setting of their own")]
    [InlineData("http://host", "me", "registry user info: user:password is expected")]
    [InlineData("http://host", "me:s3cret", null)]
    public void Settings_that_cannot_work_are_named(string url, string? user, string? problem)
    {
        var settings = new SchemaRegistrySettings { Url = url, BasicAuthUserInfo = user };

        Assert.Equal(problem, settings.Problem());
        if (problem is null)
            Assert.DoesNotContain("s3cret", settings.ToString(), StringComparison.Ordinal);
        else
            Assert.DoesNotContain("s3cret", Assert.Throws<ArgumentException>(() => new SchemaRegistryClient(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_disposed_of_lets_its_callers_go()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (0, ""));
        SchemaRegistryClient client = registry.Client();
        Task<AvroSchema> waiting = client.GetAsync(7, Ct).AsTask();
        while (registry.Requests.IsEmpty)
            await Task.Delay(5, Ct);

        client.Dispose();

        await Assert.ThrowsAnyAsync<Exception>(() => waiting.WaitAsync(Ct));
        Assert.False(Ct.IsCancellationRequested);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
