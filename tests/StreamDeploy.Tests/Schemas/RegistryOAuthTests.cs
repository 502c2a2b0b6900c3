using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Bearer tokens, given or fetched.</summary>
public sealed class RegistryOAuthTests : IDisposable
{
    private const string Denied = """{"error_code":40101,"message":"Unauthorized"}""";

    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));

    private CancellationToken Ct => limit.Token;

    public void Dispose() => limit.Dispose();

    [Fact]
    public async Task A_token_is_fetched_once_and_sent_with_Confluents_headers()
    {
        var forms = new ConcurrentQueue<IFormCollection>();
        var sent = new ConcurrentQueue<IHeaderDictionary>();
        await using FakeRegistry provider = await FakeRegistry.StartAsync(async (i, request) =>
        {
            forms.Enqueue(await request.ReadFormAsync(Ct));
            return (200, Token($"token-{i}", 300));
        });
        await using FakeRegistry registry = await FakeRegistry.StartAsync((_, request) =>
        {
            sent.Enqueue(new HeaderDictionary(request.Headers.ToDictionary()));
            return Task.FromResult((200, FakeRegistry.Schema));
        });
        using var client = new SchemaRegistryClient(With(registry, provider) with { LogicalCluster = "lsrc-1", IdentityPool = "pool-1" });

        await Task.WhenAll(Enumerable.Range(1, 20).Select(id => client.GetAsync(id, Ct).AsTask()));

        IFormCollection form = Assert.Single(forms);
        Assert.Equal(("client_credentials", "me", "s3cret", "a b"), ($"{form["grant_type"]}", $"{form["client_id"]}", $"{form["client_secret"]}", $"{form["scope"]}"));
        Assert.Equal(["POST /oauth/token"], provider.Requests);
        Assert.Equal(20, sent.Count);
        Assert.All(sent, headers => Assert.Equal(
            ("Bearer token-1", "lsrc-1", "pool-1"), ($"{headers.Authorization}", $"{headers["target-sr-cluster"]}", $"{headers["Confluent-Identity-Pool-Id"]}")));
    }

    [Theory]
    [InlineData("300", 239, 241)]
    [InlineData("\"300\"", 239, 241)]
    [InlineData("1e300", 60_000, 90_000)]
    [InlineData("null", 239, 241)]
    public async Task A_token_is_renewed_before_it_expires(string life, int used, int renewed)
    {
        var clock = new ManualClock();
        await using FakeRegistry provider = await FakeRegistry.StartAsync(i => (200, $$"""{"access_token":"token-{{i}}","token_type":"bearer","expires_in":{{life}}}"""));
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry registry = await Recording(sent);
        using var client = new SchemaRegistryClient(With(registry, provider), clock);

        await client.GetAsync(1, Ct);
        clock.Advance(TimeSpan.FromSeconds(used));
        await client.GetAsync(2, Ct);
        clock.Advance(TimeSpan.FromSeconds(renewed - used));
        await client.GetAsync(3, Ct);

        Assert.Equal(["Bearer token-1", "Bearer token-1", "Bearer token-2"], sent);
    }

    [Fact]
    public async Task A_token_that_the_registry_does_not_take_is_renewed_once()
    {
        await using FakeRegistry provider = await FakeRegistry.StartAsync(i => (200, Token($"token-{i}", 300)));
        await using FakeRegistry registry = await FakeRegistry.StartAsync((_, request) =>
            Task.FromResult(request.Headers.Authorization == "Bearer token-2" && request.Path != "/schemas/ids/9" ? (200, FakeRegistry.Schema) : (401, Denied)));
        using var client = new SchemaRegistryClient(With(registry, provider));

        await client.GetAsync(7, Ct);
        await client.GetAsync(8, Ct);
        SchemaRegistryDeniedException e = await Assert.ThrowsAsync<SchemaRegistryDeniedException>(() => client.GetAsync(9, Ct).AsTask());

        Assert.EndsWith("401 Unauthorized: the registry does not let us in; check the OAuth client, its scope and rights, the logical cluster and the identity pool", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, provider.Requests.Count);
        Assert.Equal(5, registry.Requests.Count);
    }

    [Fact]
    public async Task What_is_forbidden_is_not_asked_for_again_with_another_token()
    {
        await using FakeRegistry provider = await FakeRegistry.StartAsync(i => (200, Token($"token-{i}", 300)));
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (403, Denied));
        using var client = new SchemaRegistryClient(With(registry, provider));

        await Assert.ThrowsAsync<SchemaRegistryDeniedException>(() => client.GetAsync(7, Ct).AsTask());

        Assert.Single(provider.Requests);
        Assert.Single(registry.Requests);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client","error_description":"no such client\n s3cret"}""", "401 invalid_client no such client  ***")]
    [InlineData(503, "busy", "503")]
    [InlineData(302, "", "302")]
    [InlineData(200, "<html>", "its answer holds no usable access_token")]
    [InlineData(200, """{"access_token":7}""", "its answer holds no usable access_token")]
    [InlineData(200, """{"access_token":"a b"}""", "its answer holds no usable access_token")]
    [InlineData(200, """{"access_token":"t","token_type":"mac"}""", "its tokens are of type mac, not Bearer")]
    [InlineData(0, "", "no answer within 0.3 s")]
    public async Task A_token_endpoint_that_gives_none_is_named_and_asked_again(int status, string body, string expected)
    {
        bool well = false;
        await using FakeRegistry provider = await FakeRegistry.StartAsync(i => well ? (200, Token("token", 300)) : (status, body));
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry registry = await Recording(sent);
        SchemaRegistrySettings settings = With(registry, provider) with { RetryFor = TimeSpan.Zero, RequestTimeout = TimeSpan.FromSeconds(status == 0 ? 0.3 : 20) };
        using (var client = new SchemaRegistryClient(settings))
        {
            SchemaRegistryUnavailableException e = await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());
            Assert.Equal($"the token endpoint {provider.Url}/oauth/token gives no token for the schema registry: {expected}", e.Message);
            Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
            Assert.Empty(registry.Requests);
        }

        well = true;
        using var later = new SchemaRegistryClient(settings with { RetryFor = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(20) });
        await later.GetAsync(7, Ct);
        Assert.Equal(["Bearer token"], sent);
    }

    [Fact]
    public async Task The_secret_does_not_follow_a_redirect()
    {
        await using FakeRegistry other = await FakeRegistry.StartAsync(_ => (200, Token("token", 300)));
        await using FakeRegistry provider = await FakeRegistry.StartAsync((_, request) =>
        {
            request.HttpContext.Response.Headers.Location = other.Url;
            return Task.FromResult((307, ""));
        });
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (200, FakeRegistry.Schema));
        using var client = new SchemaRegistryClient(With(registry, provider) with { RetryFor = TimeSpan.Zero });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());

        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_token_endpoint_that_comes_back_is_waited_for()
    {
        await using FakeRegistry provider = await FakeRegistry.StartAsync(i => i < 3 ? (503, "") : (200, Token("token", 300)));
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry registry = await Recording(sent);
        using var client = new SchemaRegistryClient(With(registry, provider));

        await client.GetAsync(7, Ct);

        Assert.Equal(3, provider.Requests.Count);
        Assert.Equal(["Bearer token"], sent);
    }

    [Fact]
    public async Task A_token_endpoint_may_have_an_authority_of_its_own()
    {
        using var certificates = new Certificates();
        await using FakeRegistry provider = await FakeRegistry.StartAsync((_, _) => Task.FromResult((200, Token("token", 300))), certificates.Server);
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry registry = await Recording(sent);
        SchemaRegistrySettings settings = With(registry, provider) with { RetryFor = TimeSpan.Zero };
        using var wary = new SchemaRegistryClient(settings);
        using var trusting = new SchemaRegistryClient(settings with { OAuth = settings.OAuth! with { CaLocation = certificates.Ca } });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => wary.GetAsync(7, Ct).AsTask());
        await trusting.GetAsync(7, Ct);

        Assert.Equal(["Bearer token"], sent);
    }

    [Fact]
    public async Task A_token_that_is_given_is_sent_as_it_is()
    {
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry registry = await Recording(sent);
        using var client = new SchemaRegistryClient(registry.Settings with { BearerToken = "s3cret.t0ken" });

        await client.GetAsync(7, Ct);

        Assert.Equal(["Bearer s3cret.t0ken"], sent);
    }

    [Fact]
    public void Settings_that_cannot_work_are_named_and_secrets_are_not_printed()
    {
        var plain = new SchemaRegistrySettings { Url = "https://registry" };
        var oauth = new OAuthSettings { TokenEndpoint = "https://idp/token", ClientId = "me", ClientSecret = "s3cret" };
        SchemaRegistrySettings right = plain with { OAuth = oauth, LogicalCluster = "lsrc-1", IdentityPool = "pool-1,pool-2" };

        Assert.Null(right.Problem());
        Assert.Contains("ClientId = me", right.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", right.ToString() + (plain with { BearerToken = "s3cret" }), StringComparison.Ordinal);
        Says("registry OAuth URL: it is empty; give the URL of the token endpoint", plain with { OAuth = oauth with { TokenEndpoint = "" } });
        Says("registry OAuth URL: an absolute http or https URL is expected", plain with { OAuth = oauth with { TokenEndpoint = "idp/token" } });
        Says("registry OAuth URL: it holds a password; the client id and secret have settings of their own", plain with { OAuth = oauth with { TokenEndpoint = "https://a:s3cret@idp" } });
        Says("registry OAuth client id: it is empty", plain with { OAuth = oauth with { ClientId = "" } });
        Says("registry OAuth client secret: it is empty", plain with { OAuth = oauth with { ClientSecret = "" } });
        Says("registry OAuth CA location: there is no file /none.pem", plain with { OAuth = oauth with { CaLocation = "/none.pem" } });
        Says("registry: only one of user info, bearer token and OAuth can be used", plain with { OAuth = oauth, BasicAuthUserInfo = "me:s3cret" });
        Says("registry bearer token: letters, digits and signs of ASCII without spaces are expected", plain with { BearerToken = "s3cret\r\nX: y" });
        Says("registry logical cluster: letters, digits and signs of ASCII without spaces are expected", plain with { BearerToken = "t", LogicalCluster = "a\nb" });
        Says("registry logical cluster and identity pool: they are sent with a bearer token, and neither a token nor OAuth is set", plain with { IdentityPool = "pool-1" });
    }

    private static void Says(string expected, SchemaRegistrySettings settings) => Assert.Equal(expected, settings.Problem());

    private static string Token(string token, int life) => $$"""{"access_token":"{{token}}","token_type":"Bearer","expires_in":{{life}}}""";

    private static Task<FakeRegistry> Recording(ConcurrentQueue<string> sent) => FakeRegistry.StartAsync((_, request) =>
    {
        sent.Enqueue(request.Headers.Authorization.ToString());
        return Task.FromResult((200, FakeRegistry.Schema));
    });

    private static SchemaRegistrySettings With(FakeRegistry registry, FakeRegistry provider) => registry.Settings with
    {
        OAuth = new OAuthSettings { TokenEndpoint = provider.Url + "/oauth/token?tenant=1", ClientId = "me", ClientSecret = "s3cret", Scope = "a b" },
    };
}
