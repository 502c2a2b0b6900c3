using System.Net;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.LiveView;

/// <summary>In and out with an API key, and what a session is worth.</summary>
public sealed class SignInTests(SignInWorld world) : IClassFixture<SignInWorld>
{
    public static TheoryData<string> ForeignAddresses => ["https://evil.example/", "//evil.example", @"/\evil.example", @"\\evil.example", "javascript:alert(1)", "deployments", "/\t/evil.example", "/a\r\nSet-Cookie: a=b", ""];

    [Fact]
    public async Task A_key_opens_the_pages_and_leads_to_the_one_that_was_asked_for()
    {
        await using var view = await world.StartAsync();
        using var client = view.Client();

        var refused = await client.GetAsync("/health?a=b");
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in?next=%2Fhealth%3Fa%3Db"), (refused.Status, refused.Location));
        Assert.Equal("/health?a=b", (await client.SignInAsync(IngestWorld.ReadKey, "/health?a=b")).Location);
        var page = await client.GetAsync("/health");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("acme", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("other", page.Text.Split("Records given up")[0], StringComparison.Ordinal);
        Assert.Equal("/deployments", (await client.GetAsync("/sign-in")).Location);
    }

    [Theory]
    [MemberData(nameof(ForeignAddresses))]
    public async Task Sign_in_leads_to_own_pages_only(string next)
    {
        await using var view = await world.StartAsync();
        using var client = view.Client();

        Assert.Equal("/deployments", (await client.SignInAsync(IngestWorld.ReadKey, next)).Location);
        Assert.Equal("/deployments", (await client.GetAsync("/sign-in?next=" + Uri.EscapeDataString(next))).Location);
    }

    [Fact]
    public async Task The_session_cookie_is_for_http_and_this_site_only_and_beyond_loopback_for_https()
    {
        await using var near = await world.StartAsync();
        await using var far = await world.StartAsync(settings => settings with { PublicUrl = new Uri("https://changes.example.com") });
        await using var beyond = await world.StartAsync(settings => settings with { ListenAddress = IPAddress.Any });
        using var inside = await near.SignInAsync();
        using var outside = await far.SignInAsync();
        using var anywhere = new SignInClient(new Uri($"http://127.0.0.1:{beyond.Server.Address.Port}"));
        Assert.Equal("/deployments", (await anywhere.SignInAsync(IngestWorld.AdminKey)).Location);

        foreach (var client in new[] { inside, outside, anywhere })
        {
            var cookie = client.SetCookies[SignInClient.Session];
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.All(client.SetCookies.Values, set => Assert.Equal(client != inside, set.Contains("; secure", StringComparison.OrdinalIgnoreCase)));
            Assert.DoesNotContain(IngestWorld.AdminKey, Uri.UnescapeDataString(cookie), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        await using var view = await world.StartAsync();
        using var client = await view.SignInAsync();

        var signedOut = await client.PostAsync("/sign-out", ("form-token", (await client.GetAsync("/health")).FormToken));

        Assert.Equal((HttpStatusCode.Redirect, "/sign-in"), (signedOut.Status, signedOut.Location));
        Assert.False(client.Cookies.ContainsKey(SignInClient.Session));
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task Forms_that_are_not_ours_do_nothing()
    {
        await using var view = await world.StartAsync();
        using var client = await view.SignInAsync();
        using var stranger = await view.SignInAsync(IngestWorld.OtherAdminKey);
        var foreign = (await stranger.GetAsync("/health")).FormToken;
        using var visitor = view.Client();
        await visitor.GetAsync("/sign-in");

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/sign-out")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/sign-out", ("form-token", foreign))).Status);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.PostAsync("/sign-in", ("key", IngestWorld.AdminKey))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.PostAsync("/sign-in", ("key", IngestWorld.AdminKey), ("form-token", foreign))).Status);
        Assert.False(visitor.Cookies.ContainsKey(SignInClient.Session));
    }

    [Fact]
    public async Task A_session_holds_wherever_the_key_it_is_sealed_under_is_known_and_nowhere_else()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        await using var view = await world.StartAsync(settings => settings with { SessionKey = key });
        await using var twin = await world.StartAsync(settings => settings with { SessionKey = key });
        await using var stranger = await world.StartAsync();
        using var client = await view.SignInAsync();
        var session = client.Cookies[SignInClient.Session];

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(view, session));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(twin, session));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(stranger, session));
        foreach (var place in new[] { 0, 5, session.Length / 2, session.Length - 2 })
            Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(view, string.Concat(session.AsSpan(0, place), session[place] == 'A' ? "B" : "A", session.AsSpan(place + 1))));
        // Sealed for another purpose: the form's cookie is no session.
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(view, client.Cookies["streamdeploy-form"]));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(view, "x"));
    }

    [Fact]
    public async Task With_a_key_that_was_deleted_the_session_ends_within_a_minute()
    {
        await using var view = await world.StartAsync();
        var made = await world.Ingest.PostAsync("/api/api-keys", """{"name":"short","scopes":["READ"]}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        using var client = await view.SignInAsync(made.Json.GetProperty("key").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await world.Ingest.SendAsync("DELETE", $"/api/api-keys/{made.Id}")).Status);
        view.Clock.UtcNow += TimeSpan.FromSeconds(61);

        Assert.Equal("/sign-in?next=%2Fhealth", (await client.GetAsync("/health")).Location);
        Assert.False(client.Cookies.ContainsKey(SignInClient.Session));
    }

    [Fact]
    public async Task A_session_ends_when_it_is_over_however_much_it_is_used()
    {
        await using var view = await world.StartAsync(settings => settings with { SessionLifetime = TimeSpan.FromMinutes(10) });
        using var client = await view.SignInAsync();

        for (var minute = 2; minute < 10; minute += 2)
        {
            view.Clock.UtcNow += TimeSpan.FromMinutes(2);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).Status);
        }

        view.Clock.UtcNow += TimeSpan.FromSeconds(121);
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task A_form_that_lay_open_for_minutes_still_counts()
    {
        await using var view = await world.StartAsync();
        using var client = await view.SignInAsync();
        var token = (await client.GetAsync("/health")).FormToken;

        // Long enough for the session to be checked in between.
        view.Clock.UtcNow += TimeSpan.FromMinutes(5);

        Assert.Equal("/sign-in", (await client.PostAsync("/sign-out", ("form-token", token))).Location);
    }

    [Fact]
    public async Task A_key_that_may_only_send_gets_no_page_but_may_sign_out()
    {
        await using var view = await world.StartAsync();
        using var client = await view.SignInAsync(IngestWorld.SendKey);

        var page = await client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.Contains("may not read", page.Text, StringComparison.Ordinal);
        Assert.Equal("/sign-in", (await client.PostAsync("/sign-out", ("form-token", page.FormToken))).Location);
    }

    [Fact]
    public async Task Keys_that_open_nothing_are_refused_in_words()
    {
        await using var view = await world.StartAsync();
        await using var alone = await world.StartAsync(settings => settings with { Management = new Uri("http://127.0.0.1:1") });
        using var client = view.Client();
        using var lost = alone.Client();

        var refused = new[] { await client.SignInAsync(IngestWorld.OperatorKey), await client.SignInAsync("no-such-key"), await client.SignInAsync("ключ\u0001"), await client.SignInAsync(" "), await lost.SignInAsync(IngestWorld.AdminKey) };

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest, HttpStatusCode.ServiceUnavailable], refused.Select(answer => answer.Status));
        Assert.Contains("operator's key", refused[0].Text, StringComparison.Ordinal);
        Assert.Contains("not known", refused[1].Text, StringComparison.Ordinal);
        Assert.Contains("cannot be checked now", refused[4].Text, StringComparison.Ordinal);
        Assert.False(client.Cookies.ContainsKey(SignInClient.Session));
    }

    [Fact]
    public async Task An_address_that_tries_too_often_waits_a_minute()
    {
        await using var view = await world.StartAsync();
        using var client = view.Client();
        var token = (await client.GetAsync("/sign-in")).FormToken;
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync("/sign-in", ("key", "wrong"), ("form-token", token))).Status);

        // Not even with the right one.
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.PostAsync("/sign-in", ("key", IngestWorld.AdminKey), ("form-token", token))).Status);
        view.Clock.UtcNow += TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.Redirect, (await client.PostAsync("/sign-in", ("key", IngestWorld.AdminKey), ("form-token", token))).Status);
    }

    private static async Task<HttpStatusCode> StatusAsync(SignInView view, string session)
    {
        using var client = view.Client();
        client.Cookies[SignInClient.Session] = session;
        return (await client.GetAsync("/health")).Status;
    }
}
