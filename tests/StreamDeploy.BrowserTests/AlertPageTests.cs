using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamDeploy.BrowserTests;

/// <summary>What a responder does with the pages of alerts.</summary>
[Collection(Browser.Collection)]
public sealed class AlertPageTests(Browser browser, ViewWorld world)
{
    private static readonly Dictionary<string, object> InProduction = new() { ["service"] = "checkout", ["environment"] = "production" };

    [BrowserFact]
    public Task An_alert_is_opened_by_keyboard_and_shows_who_is_suspected_and_why() => browser.VisitAsync(async visit =>
    {
        await world.PostDeploymentAsync("Deploy checkout 2.31", 8, InProduction);
        await world.PostDeploymentAsync("Terraform apply: network policies", 50);
        await world.PostAlertAsync("errors", "Checkout answers 5xx", 5, InProduction);
        var page = await OpenListAsync(visit);
        var row = page.Locator(".alert-item", new() { HasText = "Checkout answers 5xx" });
        await Expect(row.Locator(".answer")).ToContainTextAsync("Deploy checkout 2.31");

        await row.Locator("a.summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("h1")).ToHaveTextAsync("Checkout answers 5xx");
        await Expect(page.Locator(".alert-verdict")).ToContainTextAsync("likely: Deploy checkout 2.31");
        await Expect(page.Locator("[data-suspect='1'] h3 a")).ToHaveTextAsync("Deploy checkout 2.31");
        await Expect(page.Locator("[data-suspect='1'] .evidence li")).ToHaveCountAsync(3);
        await Expect(page.Locator("[data-suspect='1'] .evidence")).ToContainTextAsync("same service as the alert, checkout");
        await Expect(page.Locator("#no-deployment .percent")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\d+ %$"));
        // The bars are as long as the probabilities say.
        var (first, second) = (await ShareAsync(page, "[data-suspect='1']"), await ShareAsync(page, "[data-suspect='2']"));
        Assert.InRange(first, 0.5, 0.99);
        Assert.True(second < 0.2, $"the second bar is {second:0.00} of the width");
        // The interval lies left of the alert's line.
        var interval = (await page.Locator("svg.window .interval").First.BoundingBoxAsync())!;
        var alert = (await page.Locator("svg.window .alert-at").BoundingBoxAsync())!;
        Assert.True(interval.X + interval.Width < alert.X + 1, $"the interval ends at {interval.X + interval.Width}, the alert is at {alert.X}");

        await page.Locator("svg.window a").First.FocusAsync();
        await Expect(page.Locator(".tip")).ToContainTextAsync("Suspect 1: Deploy checkout 2.31");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#s[0-9a-f]{20}$"));
        await page.Locator("[data-suspect='2'] summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("[data-suspect='2'] .evidence")).ToBeVisibleAsync();
    });

    [BrowserFact]
    public Task An_answer_that_changes_shows_itself_without_moving_what_is_read() => browser.VisitAsync(async visit =>
    {
        await world.PostDeploymentAsync("Deploy basket 1.0", 30, new Dictionary<string, object> { ["service"] = "basket" });
        await world.PostDeploymentAsync("Deploy mail 7.1", 40, new Dictionary<string, object> { ["service"] = "mail" });
        await world.PostAlertAsync("basket", "Baskets are empty", 20, new Dictionary<string, object> { ["service"] = "basket" });
        var page = await OpenAsync(visit, "Baskets are empty");
        await Expect(page.Locator("[data-suspect='1'] h3 a")).ToHaveTextAsync("Deploy basket 1.0");
        await Expect(page.Locator("#alert-connection")).ToHaveTextAsync("live");
        await page.Locator("[data-suspect='2'] summary").ClickAsync();
        await page.Locator("[data-suspect='2'] summary").FocusAsync();

        await world.PostDeploymentAsync("Deploy basket 1.1", 21, new Dictionary<string, object> { ["service"] = "basket" });

        await Expect(page.Locator("#alert-news")).ToContainTextAsync("Another first suspect: \u2068Deploy basket 1.1\u2069");
        await Expect(page.Locator("[data-suspect='1'] h3 a")).ToHaveTextAsync("Deploy basket 1.1");
        await Expect(page.Locator(".revisions li")).ToHaveCountAsync(2);
        // What was being read has another place now, and is still open.
        var mail = page.Locator(".ranked", new() { HasText = "Deploy mail 7.1" });
        await Expect(mail.Locator("details")).ToHaveAttributeAsync("open", "");
        await Expect(mail.Locator("summary")).ToBeFocusedAsync();
    });

    [BrowserFact]
    public Task New_alerts_arrive_by_themselves_and_those_that_are_there_are_replaced() => browser.VisitAsync(async visit =>
    {
        var page = await OpenListAsync(visit);
        await Expect(page.Locator("[data-connection]")).ToHaveTextAsync("live");

        var raised = ViewWorld.Ago(1);
        await world.PostAlertAsync("mails", "Queue of mails grows", 1, new Dictionary<string, object> { ["service"] = "queue", ["occurredAt"] = raised });

        var row = page.Locator(".alert-item", new() { HasText = "Queue of mails grows" });
        // The list may have the focus or the mouse: then what is new waits behind the button.
        await Expect(row.Or(page.Locator("[data-arrived]:not([hidden])")).First).ToBeVisibleAsync();
        if (await page.Locator("[data-arrived]").IsVisibleAsync())
            await page.Locator("[data-arrived]").ClickAsync();
        await Expect(row).ToHaveCountAsync(1);
        await world.PostAlertAsync("mails", "Queue of mails grows", 1, new Dictionary<string, object> { ["status"] = "RESOLVED", ["occurredAt"] = raised, ["updatedAt"] = ViewWorld.Ago(0) });
        await Expect(row.Locator(".status")).ToHaveTextAsync("resolved");
        await Expect(row).ToHaveCountAsync(1);
    });

    [BrowserFact]
    public Task Hostile_texts_are_texts_and_the_page_stays_usable() => browser.VisitAsync(async visit =>
    {
        var hostile = "\u202e<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">" + new string('W', 8000);
        await world.PostDeploymentAsync(hostile, 6, new Dictionary<string, object> { ["service"] = "<b>shop</b>" });
        await world.PostAlertAsync("<script>\"'&\u202e", hostile, 5, new Dictionary<string, object> { ["service"] = "<b>shop</b>" });
        var page = await OpenAsync(visit, "document.title", new() { ViewportSize = new() { Width = 360, Height = 740 } });

        await Expect(page.Locator("h1")).ToContainTextAsync("<script>");
        Assert.DoesNotContain("\u202e", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("<script>", await page.TitleAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("main script, main img, main b").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
        await page.Locator("#alert-head .whole summary").First.ClickAsync();
        await Expect(page.Locator("#alert-head .foreign").First).ToContainTextAsync("WWWW");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the opened page is wider than the screen");
        await Accessibility.CheckAsync(page);
        await Screenshots.TakeAsync(page, "alert-hostile-360");
    });

    [BrowserTheory]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Dark, 2560)]
    public Task The_pages_keep_to_the_rules_of_accessibility(ColorScheme scheme, int width) => browser.VisitAsync(async visit =>
    {
        await world.PostDeploymentAsync("Deploy payments 4", 9, new Dictionary<string, object> { ["service"] = "payments", ["status"] = "FAILED" }, "payments");
        await world.PostDeploymentAsync("Deploy storefront 5", 4, null, "storefront");
        await world.PostAlertAsync("cards", "Cards are declined", 3, new Dictionary<string, object> { ["service"] = "payments", ["link"] = "https://monitoring.example.com/cards" }, "alerts-of-payments");
        var options = new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } };
        var page = await OpenListAsync(visit, options);
        await Accessibility.CheckAsync(page);
        await Screenshots.TakeAsync(page, $"alerts-{width}-{scheme}");

        page = await OpenAsync(visit, "Cards are declined", options);
        await page.EvaluateAsync("for (const closed of document.querySelectorAll('details')) closed.open = true");
        await Expect(page.Locator("#alert-scope")).ToContainTextAsync("Payments");
        await Accessibility.CheckAsync(page);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
        await Screenshots.TakeAsync(page, $"alert-{width}-{scheme}");
    });

    [BrowserFact]
    public Task On_paper_there_is_the_answer_its_evidence_and_the_addresses_of_links_but_no_navigation() => browser.VisitAsync(async visit =>
    {
        await world.PostDeploymentAsync("Deploy search 3", 8, new Dictionary<string, object> { ["service"] = "search" });
        await world.PostDeploymentAsync("Deploy index 9", 12, new Dictionary<string, object> { ["service"] = "index" });
        await world.PostAlertAsync("search", "Search finds nothing", 5, new Dictionary<string, object> { ["service"] = "search", ["link"] = "https://monitoring.example.com/search" });
        var page = await OpenAsync(visit, "Search finds nothing", new() { ColorScheme = ColorScheme.Dark });

        await page.EmulateMediaAsync(new() { Media = Media.Print });

        await Expect(page.Locator("header.bar")).ToBeHiddenAsync();
        await Expect(page.Locator("[data-suspect='1'] .evidence")).ToBeVisibleAsync();
        Assert.True((await page.Locator("[data-suspect='2'] .evidence").BoundingBoxAsync())!.Height > 10, "what is closed on the screen is open on paper");
        Assert.Equal("\" (https://monitoring.example.com/search)\"",
            (await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.alert-line a.out'), '::after').content")).Replace("\" (\" \"", "\" (", StringComparison.Ordinal).Replace("\" \")\"", ")\"", StringComparison.Ordinal));
        Assert.Equal("rgb(0, 0, 0)", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.alert-verdict')).color"));
        await Screenshots.TakeAsync(page, "alert-print");
    });

    private async Task<IPage> OpenListAsync(Visit visit, BrowserNewContextOptions? options = null)
    {
        var tab = await visit.OpenAsync(world.Url("/sign-in"), options);
        await world.SignInAsync(tab.Page, "/alerts");
        return tab.Page;
    }

    private async Task<IPage> OpenAsync(Visit visit, string alert, BrowserNewContextOptions? options = null)
    {
        var page = await OpenListAsync(visit, options);
        var row = page.Locator(".alert-item", new() { HasText = alert }).First;
        // What arrives while the page is being opened may wait behind the button.
        await Expect(row.Or(page.Locator("[data-arrived]:not([hidden])")).First).ToBeVisibleAsync();
        if (!await row.IsVisibleAsync())
            await page.Locator("[data-arrived]").ClickAsync();
        await row.Locator("a.summary").ClickAsync();
        await Expect(page.Locator("#alert-suspects")).ToBeVisibleAsync();
        return page;
    }

    private static Task<double> ShareAsync(IPage page, string suspect) => page.EvaluateAsync<double>(
        "suspect => { const bar = document.querySelector(`${suspect} .share`); return bar.querySelector('.share-bar').getBoundingClientRect().width / bar.getBoundingClientRect().width; }", suspect);
}
