using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Tests.Webhooks;
using StreamDeploy.Topology;

namespace StreamDeploy.BrowserTests;

/// <summary>The page of health, and the ways in, on the embedded stack.</summary>
[Collection(Browser.Collection)]
public sealed class HealthPageTests(Browser browser) : IAsyncLifetime
{
    private const string Key = "key-of-the-health-page";

    private const string Accounts = $$"""
        accounts:
          - accountId: acme
            name: Acme Corp
            apiKeys: [{id: 1, name: page, key: {{Key}}, scopes: [READ]}]
        """;

    private EmbeddedWorld? _world;
    private OpenIdProvider? _provider;
    private ViewServer? _view;

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Missing is not null)
            return;
        _provider = await OpenIdProvider.StartAsync();
        _provider.Asks = true;
        var ingest = new IngestSettings { ListenAddress = IPAddress.Loopback, Port = 0, Jwt = _provider.Settings };
        _world = await EmbeddedWorld.StartAsync(Catalog.Parse(Accounts, "the test's accounts"), ingest, new JoinSettings(), NullLoggerFactory.Instance, CancellationToken.None, withClickHouse: false);
        var settings = new LiveViewSettings
        {
            Port = 0,
            Management = _world.Ingest,
            // Another site than the live view's: what a browser sends along then is what matters.
            Oidc = new() { Authority = _provider.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), ClientId = OpenIdProvider.ClientId, RequireHttps = false },
        };
        _view = await ViewServer.StartAsync(settings, _world.Kafka with { GroupId = "view" }, _world.ClickHouse, NullLoggerFactory.Instance);
    }

    public async Task DisposeAsync()
    {
        if (_view is not null)
            await _view.DisposeAsync();
        if (_world is not null)
            await _world.DisposeAsync();
        if (_provider is not null)
            await _provider.DisposeAsync();
    }

    [BrowserFact]
    public Task Health_is_said_in_a_sentence_and_comes_anew_by_itself_while_what_was_opened_stays_open() => browser.VisitAsync(async visit =>
    {
        Tab tab = await OpenAsync(visit, "/health");
        await Assertions.Expect(tab.Page.Locator(".verdict h2")).ToContainTextAsync("All is well: nothing waits");
        await Assertions.Expect(tab.Page.Locator("svg.spark")).ToHaveCountAsync(8);
        var partitions = tab.Page.Locator("details", new() { HasText = "Partitions and workers" });
        await partitions.Locator("summary").ClickAsync();
        await tab.Page.Locator("details", new() { HasText = "The pictures in figures" }).Locator("summary").ClickAsync();
        await tab.Page.EvaluateAsync("""for (const part of document.querySelectorAll('#health-now > *, #health-partitions > *')) part.dataset.old = ''""");

        // Ten seconds, by the page's own clock.
        await Assertions.Expect(tab.Page.Locator("[data-old]")).ToHaveCountAsync(0);

        await Assertions.Expect(partitions.Locator("tbody tr")).ToHaveCountAsync(EmbeddedKafka.PartitionsPerTopic);
        await Assertions.Expect(partitions).ToContainTextAsync("does not tell who shares the work");
        await Assertions.Expect(partitions).ToHaveAttributeAsync("open", "");
        await Assertions.Expect(tab.Page.Locator("#health-figures tbody tr")).ToHaveCountAsync(12);
        await Assertions.Expect(tab.Page.Locator("[data-stale]")).ToBeHiddenAsync();
        await Accessibility.CheckAsync(tab.Page);
        await Screenshots.TakeAsync(tab.Page, "health");
    });

    [BrowserFact]
    public Task The_page_of_health_is_for_everybody_dark_and_narrow_too() => browser.VisitAsync(async visit =>
    {
        Tab tab = await OpenAsync(visit, "/health", new() { ColorScheme = ColorScheme.Dark, ViewportSize = new() { Width = 360, Height = 740 } });

        await Accessibility.CheckAsync(tab.Page);
        Assert.Equal(360, await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await Screenshots.TakeAsync(tab.Page, "health-narrow-dark");
    });

    [BrowserTheory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public Task The_keyboard_alone_signs_in(ColorScheme scheme, int width) => browser.VisitAsync(async visit =>
    {
        Tab tab = await visit.OpenAsync(new Uri(_view!.Address, "/sign-in?next=/health"), new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 740 } });
        await Accessibility.CheckAsync(tab.Page);
        await Screenshots.TakeAsync(tab.Page, $"sign-in-{width}");

        await Assertions.Expect(tab.Page.Locator("#key")).ToBeFocusedAsync();
        await tab.Page.Keyboard.TypeAsync(Key);
        await tab.Page.Keyboard.PressAsync("Enter");

        await tab.Page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
    });

    [BrowserFact]
    public Task Single_sign_on_leads_over_another_site_and_back() => browser.VisitAsync(async visit =>
    {
        Tab tab = await visit.OpenAsync(new Uri(_view!.Address, "/sign-in?next=/health"));

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in with single sign-on" }).FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Let me in" }).ClickAsync();

        await tab.Page.WaitForURLAsync(new Uri(_view!.Address, "/health").ToString());
        await Assertions.Expect(tab.Page.Locator(".account-name")).ToHaveTextAsync("Acme Corp");
    });

    private async Task<Tab> OpenAsync(Visit visit, string path, BrowserNewContextOptions? options = null)
    {
        Tab tab = await visit.OpenAsync(new Uri(_view!.Address, "/sign-in?next=" + path), options);
        await tab.Page.FillAsync("#key", Key);
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        return tab;
    }
}
