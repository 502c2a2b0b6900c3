using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.LiveView;

/// <summary>In by way of an OpenID Connect provider.</summary>
public sealed class OidcTests(SignInWorld world) : IClassFixture<SignInWorld>, IAsyncLifetime
{
    public Task InitializeAsync()
    {
        (world.Provider.Account, world.Provider.Roles, world.Provider.Lifetime) = ("acme", ["read"], TimeSpan.FromMinutes(10));
        (world.Provider.Denies, world.Provider.IsBroken, world.Provider.ClientSecret, world.Provider.TokenAudience) = (false, false, null, "streamdeploy");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Who_comes_back_from_the_provider_is_in_as_the_management_api_says()
    {
        await using var view = await world.StartWithProviderAsync(scopes: "streamdeploy.read offline");
        using var client = view.Client();
        Assert.Contains("/sign-in/oidc?next=%2Fhealth", WebUtility.HtmlDecode((await client.GetAsync("/sign-in?next=/health")).Html), StringComparison.Ordinal);

        var back = await client.SignInAtProviderAsync("/health?a=b");

        Assert.Equal((HttpStatusCode.Redirect, "/health?a=b"), (back.Status, back.Location));
        var page = await client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("acme", page.Text, StringComparison.Ordinal);
        Assert.Equal("openid profile streamdeploy.read offline", world.Provider.AskedScope);
        // Nothing is left of the way there.
        Assert.Equal([SignInClient.Session, "streamdeploy-form"], client.Cookies.Keys.Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public async Task A_client_with_a_secret_proves_itself_with_it()
    {
        world.Provider.ClientSecret = "s3cret:and+more";
        await using var without = await world.StartWithProviderAsync();
        using var refused = without.Client();
        var answer = await refused.SignInAtProviderAsync();
        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Contains("did not confirm", answer.Text, StringComparison.Ordinal);

        world.Provider.ClientSecret = Uri.EscapeDataString("s3cret:and+more");
        await using var view = await world.StartWithProviderAsync(secret: "s3cret:and+more");
        using var client = view.Client();
        Assert.Equal("/deployments", (await client.SignInAtProviderAsync()).Location);
    }

    [Theory]
    [MemberData(nameof(SignInTests.ForeignAddresses), MemberType = typeof(SignInTests))]
    public async Task It_leads_to_own_pages_only(string next)
    {
        await using var view = await world.StartWithProviderAsync();
        using var client = view.Client();

        Assert.Equal("/deployments", (await client.SignInAtProviderAsync(next)).Location);
    }

    [Fact]
    public async Task An_answer_that_does_not_belong_to_this_browser_opens_nothing()
    {
        await using var view = await world.StartWithProviderAsync();
        using var client = view.Client();
        using var victim = view.Client();
        var callback = await client.CallbackAsync();

        foreach (var path in new[] { callback.Replace("state=", "state=x", StringComparison.Ordinal), "/sign-in/oidc/callback", "/sign-in/oidc/callback?code=1&state=2" })
            AssertRefused(await client.GetAsync(path), HttpStatusCode.BadRequest, "not begun in this browser");
        // Somebody else's sign-in, sent as a link.
        AssertRefused(await victim.GetAsync(callback), HttpStatusCode.BadRequest, "not begun in this browser");
        Assert.False(victim.Cookies.ContainsKey(SignInClient.Session));

        Assert.Equal("/deployments", (await client.GetAsync(callback)).Location);
        // And no second time.
        Assert.NotEqual(HttpStatusCode.Redirect, (await client.GetAsync(callback)).Status);
    }

    [Fact]
    public async Task Who_has_no_account_or_is_not_let_in_is_told_why()
    {
        await using var view = await world.StartWithProviderAsync();
        using var client = view.Client();

        world.Provider.Account = null;
        AssertRefused(await client.SignInAtProviderAsync(), HttpStatusCode.Forbidden, "the token has no claim account");
        world.Provider.Account = "acme";
        world.Provider.TokenAudience = "someone else";
        AssertRefused(await client.SignInAtProviderAsync(), HttpStatusCode.Unauthorized, "does not believe the provider's token");
        world.Provider.TokenAudience = "streamdeploy";
        world.Provider.Lifetime = TimeSpan.FromMinutes(-2);
        AssertRefused(await client.SignInAtProviderAsync(), HttpStatusCode.Unauthorized, "does not believe the provider's token");
        world.Provider.Lifetime = TimeSpan.FromMinutes(10);
        world.Provider.Denies = true;
        AssertRefused(await client.SignInAtProviderAsync(), HttpStatusCode.Forbidden, "did not let you in");
        world.Provider.Denies = false;
        world.Provider.Roles = [];
        Assert.Equal(HttpStatusCode.Redirect, (await client.SignInAtProviderAsync()).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task A_provider_that_is_away_is_told_of_in_words()
    {
        await using var view = await world.StartWithProviderAsync();
        await using var alone = await world.StartWithProviderAsync(authority: "http://127.0.0.1:1");
        using var client = view.Client();
        using var lost = alone.Client();

        AssertRefused(await lost.GetAsync("/sign-in/oidc"), HttpStatusCode.ServiceUnavailable, "the provider does not answer");
        world.Provider.IsBroken = true;
        AssertRefused(await client.SignInAtProviderAsync(), HttpStatusCode.BadGateway, "did not confirm");
    }

    [Fact]
    public async Task The_session_ends_with_its_token()
    {
        world.Provider.Lifetime = TimeSpan.FromMinutes(5);
        await using var view = await world.StartWithProviderAsync();
        using var client = view.Client();
        await client.SignInAtProviderAsync();

        view.Clock.UtcNow += TimeSpan.FromMinutes(4);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).Status);
        view.Clock.UtcNow += TimeSpan.FromSeconds(61);
        Assert.Equal("/sign-in?next=%2Fhealth", (await client.GetAsync("/health")).Location);
    }

    [Fact]
    public async Task Behind_another_name_the_provider_sends_people_back_there()
    {
        await using var view = await world.StartAsync(settings => settings with
        {
            PublicUrl = new Uri("https://changes.example.com"),
            Oidc = new() { Authority = world.Provider.Address, ClientId = OpenIdProvider.ClientId, RequireHttps = false },
        });
        using var client = view.Client();

        var begun = await client.GetAsync("/sign-in/oidc");

        Assert.Equal("https://changes.example.com/sign-in/oidc/callback", QueryHelpers.ParseQuery(new Uri(begun.Location!).Query)["redirect_uri"]);
        Assert.All(client.SetCookies.Values, cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));
        Assert.Equal("/deployments", (await client.SignInAtProviderAsync()).Location);
    }

    [Fact]
    public async Task Without_a_provider_there_is_nothing_of_it()
    {
        await using var view = await world.StartAsync();
        using var client = view.Client();

        Assert.DoesNotContain("single sign-on", (await client.GetAsync("/sign-in")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/sign-in/oidc")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/sign-in/oidc/callback?code=1&state=2")).Status);
    }

    private static void AssertRefused(SignInAnswer answer, HttpStatusCode status, string words)
    {
        Assert.Contains(words, answer.Text, StringComparison.Ordinal);
        Assert.Equal(status, answer.Status);
    }
}
