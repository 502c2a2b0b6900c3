using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Tokens of an OpenID Connect provider, which here is a server in this process.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class JwtTests(IngestBroker broker)
{
    private const string Audience = "streamdeploy";

    [Fact]
    public async Task A_token_does_what_its_roles_say_in_the_account_it_names()
    {
        await using var provider = await Provider.StartAsync();
        await using var world = await ManagementWorld.StartAsync(broker, change: settings => settings with { Jwt = provider.Settings });

        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/api/teams", provider.Token(roles: ["read"]))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.PostAsync("/api/teams", """{"name":"t"}""", provider.Token(roles: ["read"]))).Status);
        var made = await world.PostAsync("/api/teams", """{"name":"t"}""", provider.Token(roles: ["offline_access", "Write"]));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync($"/api/teams/{made.Id}", provider.Token("other", ["admin"]))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.GetAsync("/api/teams", provider.Token(account: null, roles: ["admin"]))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.GetAsync("/api/teams", provider.Token(roles: []))).Status);
        var audit = Assert.Single(await broker.ReadAllAsync<StreamDeploy.Schemas.AuditRecord>(world.Topics.Audit)).Value;
        Assert.Equal("jwt/user-1", audit.Actor);
    }

    [Fact]
    public async Task A_token_says_whose_it_is_whatever_its_roles()
    {
        await using var provider = await Provider.StartAsync();
        await using var world = await ManagementWorld.StartAsync(broker, change: settings => settings with { Jwt = provider.Settings });

        var reader = await world.GetAsync("/api/caller", provider.Token(roles: ["read", "something else", "ingest"]));
        var nobody = await world.GetAsync("/api/caller", provider.Token("other", roles: []));
        var wrong = await world.GetAsync("/api/caller", provider.Token(roles: ["admin"], audience: "someone else"));
        var without = await world.GetAsync("/api/caller", provider.Token(account: null, roles: ["admin"]));

        Assert.Equal("""{"accountId":"acme","accountName":null,"actor":"jwt/user-1","scopes":["READ","INGEST"]}""", reader.Body);
        Assert.Equal("""{"accountId":"other","accountName":null,"actor":"jwt/user-1","scopes":[]}""", nobody.Body);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (wrong.Status, without.Status));
    }

    [Fact]
    public async Task A_token_that_is_not_valid_opens_nothing()
    {
        await using var provider = await Provider.StartAsync();
        await using var stranger = await Provider.StartAsync();
        await using var world = await ManagementWorld.StartAsync(broker, change: settings => settings with { Jwt = provider.Settings });
        var good = provider.Token(roles: ["admin"]);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/api/teams", good)).Status);
        var parts = good.Split('.');
        var payload = Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("acme", "other", StringComparison.Ordinal));

        foreach (var (what, token) in new[]
        {
            ("another's", stranger.Token(roles: ["admin"])),
            ("another's that says it is ours", stranger.Token(roles: ["admin"], issuer: provider.Settings.Authority)),
            ("for another audience", provider.Token(roles: ["admin"], audience: "someone else")),
            ("expired", provider.Token(roles: ["admin"], lifetime: TimeSpan.FromMinutes(-2))),
            ("not yet valid", provider.Token(roles: ["admin"], lifetime: TimeSpan.FromHours(2), startsIn: TimeSpan.FromHours(1))),
            ("changed", $"{parts[0]}.{payload}.{parts[2]}"),
            ("without a signature", $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{parts[1]}."),
            ("signed with the public key", provider.SignedWithPublicKey()),
            ("three dots", "a.b.c"),
        })
        {
            var reply = await world.GetAsync("/api/teams", token);
            Assert.Equal((what, HttpStatusCode.Unauthorized), (what, reply.Status));
        }
    }

    [Fact]
    public async Task Without_the_provider_nobody_can_tell_and_without_the_setting_no_token_is_believed()
    {
        var provider = await Provider.StartAsync();
        var token = provider.Token(roles: ["admin"]);
        var settings = provider.Settings;
        await provider.DisposeAsync();
        await using var world = await ManagementWorld.StartAsync(broker, change: given => given with { Jwt = settings });
        var without = await world.AddInstanceAsync();

        var reply = await world.GetAsync("/api/teams", token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UNAVAILABLE"), (reply.Status, reply.Code));
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/api/teams")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.GetAsync("/api/teams", token, without)).Status);
    }

    private sealed class Provider : IAsyncDisposable
    {
        private readonly RSA _rsa = RSA.Create(2048);
        private readonly WebApplication _app;
        private readonly RsaSecurityKey _key;

        private Provider()
        {
            _key = new RsaSecurityKey(_rsa) { KeyId = Guid.NewGuid().ToString() };
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.MapGet("/.well-known/openid-configuration", () => Results.Text($$"""{"issuer":"{{Address}}","jwks_uri":"{{Address}}/keys"}""", "application/json"));
            _app.MapGet("/keys", () =>
            {
                var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = _key.KeyId });
                return Results.Text($$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{jwk.Kid}}","n":"{{jwk.N}}","e":"{{jwk.E}}"}]}""", "application/json");
            });
        }

        public JwtSettings Settings => new() { Authority = Address, Audience = Audience, RequireHttps = false };

        private string Address => _app.Urls.First();

        public static async Task<Provider> StartAsync()
        {
            var provider = new Provider();
            await provider._app.StartAsync();
            return provider;
        }

        public string Token(
            string? account = "acme", string[]? roles = null, string audience = Audience, TimeSpan? lifetime = null, TimeSpan startsIn = default, string? issuer = null)
        {
            var claims = new Dictionary<string, object> { ["sub"] = "user-1", ["roles"] = roles ?? [] };
            if (account is not null)
                claims["account"] = account;
            var end = DateTime.UtcNow + (lifetime ?? TimeSpan.FromMinutes(10));
            return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = issuer ?? Address,
                Audience = audience,
                NotBefore = startsIn == default ? DateTime.UtcNow.AddHours(-1) : DateTime.UtcNow + startsIn,
                IssuedAt = DateTime.UtcNow.AddHours(-1),
                Expires = end,
                Claims = claims,
                SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
            });
        }

        // The old confusion: the public key is no secret, so a MAC made with it proves nothing.
        public string SignedWithPublicKey() => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = Audience,
            Expires = DateTime.UtcNow.AddMinutes(10),
            Claims = new Dictionary<string, object> { ["account"] = "acme", ["roles"] = "admin" },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(_rsa.ExportSubjectPublicKeyInfo()) { KeyId = _key.KeyId }, SecurityAlgorithms.HmacSha256),
        });

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _rsa.Dispose();
        }
    }
}
