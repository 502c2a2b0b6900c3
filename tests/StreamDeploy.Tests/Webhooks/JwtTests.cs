using System.Net;
using Microsoft.IdentityModel.Tokens;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Tokens of an OpenID Connect provider, which here is a server in this process.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class JwtTests(IngestBroker broker)
{
    [Fact]
    public async Task A_token_does_what_its_roles_say_in_the_account_it_names()
    {
        await using var provider = await OpenIdProvider.StartAsync();
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
        await using var provider = await OpenIdProvider.StartAsync();
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
        await using var provider = await OpenIdProvider.StartAsync();
        await using var stranger = await OpenIdProvider.StartAsync();
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
        var provider = await OpenIdProvider.StartAsync();
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
}
