using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using static Microsoft.Playwright.Assertions;

namespace StreamDeploy.BrowserTests;

/// <summary>The page of deployments as people use it.</summary>
[Collection(Browser.Collection)]
public sealed class DeploymentsPageTests(Browser browser, ViewWorld world)
{
    [BrowserFact]
    public Task A_deployment_shows_up_by_itself_and_what_becomes_of_it_in_its_place() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var page = (await account.OpenAsync(visit, "/deployments")).Page;
        await Expect(page.Locator("[data-connection]")).ToHaveTextAsync("live");
        await Expect(page.Locator(".empty")).ToContainTextAsync("No change was reported");

        await account.DeployAsync(new { summary = "Deploy checkout 2.31", service = "checkout", environment = "production", deploymentId = "d1", status = "STARTED" });
        await Expect(page.Locator(".change")).ToHaveCountAsync(1);
        await Expect(page.Locator(".change .status")).ToHaveTextAsync("running");
        await Expect(page.Locator(".empty")).ToHaveCountAsync(0);
        await account.DeployAsync(new { summary = "Deploy storefront", service = "storefront", deploymentId = "d2", status = "SUCCEEDED" });
        await Expect(page.Locator(".change").First).ToContainTextAsync("Deploy storefront");

        await account.DeployAsync(new { summary = "Deploy checkout 2.31", deploymentId = "d1", status = "FAILED" });
        await Expect(page.Locator(".change", new() { HasText = "checkout 2.31" }).Locator(".status")).ToHaveTextAsync("failed");
        await Expect(page.Locator(".change")).ToHaveCountAsync(2);
        // What the first event said holds.
        await Expect(page.Locator(".change", new() { HasText = "checkout 2.31" })).ToContainTextAsync("production");
    });

    [BrowserFact]
    public Task What_is_being_read_does_not_move_until_the_reader_asks_for_what_is_new() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        await account.DeployAsync(new { summary = "The first" });
        var page = (await account.OpenAsync(visit, "/deployments")).Page;
        await Expect(page.Locator("[data-connection]")).ToHaveTextAsync("live");
        var first = page.Locator(".change", new() { HasText = "The first" });
        await first.HoverAsync();
        var before = (await first.BoundingBoxAsync())!.Y;

        await account.DeployAsync(new { summary = "The second" });
        await Expect(page.Locator("[data-arrived]")).ToHaveTextAsync("1 new");
        await Expect(page.Locator(".change")).ToHaveCountAsync(1);
        await page.Locator("[data-arrived]").ClickAsync();

        await Expect(page.Locator(".change").First).ToContainTextAsync("The second");
        await Expect(page.Locator("[data-arrived]")).ToBeHiddenAsync();
        await Expect(page.Locator(".change").First.Locator("a").First).ToBeFocusedAsync();
        Assert.True(before > 0);
    });

    [BrowserFact]
    public Task A_filter_stands_in_the_address_so_that_a_view_can_be_shared() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        await account.DeployAsync(new { summary = "Deploy checkout", service = "checkout", environment = "production" });
        await account.DeployAsync(new { summary = "Deploy search", service = "search", environment = "staging" });
        var page = (await account.OpenAsync(visit, "/deployments")).Page;
        await Expect(page.Locator(".change")).ToHaveCountAsync(2);

        await page.Locator("[name=service]").SelectOptionAsync("search");
        await Expect(page.Locator(".change")).ToHaveCountAsync(1);
        Assert.EndsWith("/deployments?since=24h&service=search", page.Url, StringComparison.Ordinal);

        var shared = (await account.OpenAsync(visit, new Uri(page.Url).PathAndQuery)).Page;
        await Expect(shared.Locator(".change")).ToContainTextAsync("Deploy search");
        await Expect(shared.Locator("[name=service]")).ToHaveValueAsync("search");
        await Expect(shared.Locator("[data-connection]")).ToHaveTextAsync("live");
        await account.DeployAsync(new { summary = "Deploy checkout again", service = "checkout" });
        await account.DeployAsync(new { summary = "Deploy search again", service = "search" });
        await Expect(shared.Locator(".change")).ToHaveCountAsync(2);
        await Expect(shared.Locator(".changes")).Not.ToContainTextAsync("checkout");

        await shared.Locator("[name=q]").FillAsync("AGAIN");
        await shared.Locator("[name=q]").PressAsync("Enter");
        await Expect(shared.Locator(".change")).ToHaveCountAsync(1);
        await shared.GetByText("Clear").ClickAsync();
        await Expect(shared.Locator(".change")).ToHaveCountAsync(4);
    });

    [BrowserFact]
    public Task An_address_that_asks_for_what_cannot_be_says_so() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var tab = await account.OpenAsync(visit, "/deployments?status=BROKEN");
        tab.Allow("400 (Bad Request)");
        await Expect(tab.Page.Locator("h1")).ToContainTextAsync("status is \"BROKEN\", but must be one of UNKNOWN, STARTED");
    });

    [BrowserFact]
    public Task The_picture_says_what_a_mark_is_by_keyboard_and_looks_closer_where_it_is_dragged_over() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        await account.DeployAsync(new { summary = "Deploy checkout", service = "checkout", startedAt = DateTimeOffset.UtcNow.AddHours(-3), finishedAt = DateTimeOffset.UtcNow.AddHours(-2) });
        await account.RaiseAsync(new { alertId = "a1", summary = "Payments fail", service = "checkout" });
        var page = (await account.OpenAsync(visit, "/deployments?since=6h")).Page;
        var bar = page.Locator("svg.timeline a:has(rect.bar)");
        await bar.FocusAsync();
        await Expect(page.Locator(".tip")).ToContainTextAsync(", live, 1 h until");
        await Expect(page.Locator(".tip")).ToContainTextAsync("Deploy checkout");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".tip")).ToBeHiddenAsync();

        var box = (await page.Locator("svg.timeline").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.3f), box.Y + box.Height - 30);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.8f), box.Y + box.Height - 30, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await page.WaitForURLAsync(url => url.Contains("from=", StringComparison.Ordinal));
        await Expect(page.Locator("h2").First).ToHaveTextAsync("1 change");
        await Accessibility.CheckAsync(page);
    });

    [BrowserFact]
    public Task After_the_server_was_killed_the_page_goes_on_without_a_gap_or_a_double() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        using var view = new ViewProcess(world);
        await view.StartAsync();
        var tab = await account.OpenAsync(visit, "/deployments", view: view.Address);
        var page = tab.Page;
        await Expect(page.Locator("[data-connection]")).ToHaveTextAsync("live");
        await account.DeployAsync(new { summary = "Before it" });
        await Expect(page.Locator(".change")).ToHaveCountAsync(1);
        await page.EvaluateAsync("window.notReloaded = true");

        // What fails meanwhile is told on the console: it is what this is about.
        foreach (var problem in (string[])["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "htmx:sse:error", "network error", "Failed to fetch"])
            tab.Allow(problem);
        view.Kill();
        await Expect(page.Locator("[data-connection]")).ToContainTextAsync("connection lost");
        for (var i = 1; i <= 5; i++)
            await account.DeployAsync(new { summary = $"Meanwhile {i}" });
        await view.StartAsync();

        await Expect(page.Locator(".change")).ToHaveCountAsync(6, new() { Timeout = 60_000 });
        await Expect(page.Locator("[data-connection]")).ToHaveTextAsync("live");
        await account.DeployAsync(new { summary = "After it" });
        await Expect(page.Locator(".change")).ToHaveCountAsync(7);
        var summaries = await page.Locator(".change .summary").AllInnerTextsAsync();
        Assert.Equal(["After it", "Meanwhile 5", "Meanwhile 4", "Meanwhile 3", "Meanwhile 2", "Meanwhile 1", "Before it"], summaries);
        Assert.True(await page.EvaluateAsync<bool>("window.notReloaded"));
    }, TimeSpan.FromMinutes(4));

    [BrowserFact]
    public Task Hostile_texts_stay_texts_and_the_page_stays_whole() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync("<b>Acme</b>");
        var bomb = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
        await using (var producer = EventProducer.Open(world.Embedded.Kafka, NullLoggerFactory.Instance))
        {
            Deployment e = new()
            {
                AccountId = account.Id,
                EventId = "e1",
                DeploymentId = "\"'><script>",
                PipelineId = account.PipelineId,
                OccurredAtMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                Status = DeploymentStatus.FAILED,
                Kind = DeploymentKind.DEPLOYMENT,
                Summary = bomb,
                Service = bomb,
                Environment = "\u202Eevil",
                Version = bomb,
                Author = new() { Name = bomb },
                CustomDetails = bomb,
                Links = [new() { Href = "javascript:document.title='taken'", Text = "click me" }, new() { Href = "data:text/html,x", Text = bomb }, new() { Href = "https://ci.example/1\"onclick=x", Text = null }],
            };
            await producer.ProduceAsync(e, CancellationToken.None);
            await producer.ProduceAsync(e with { EventId = "e2", DeploymentId = "long", Summary = new string('x', 10_000), Service = new string('y', 10_000), Links = [] }, CancellationToken.None);
            await producer.ProduceAsync(e with { EventId = "e3", DeploymentId = "rtl", Summary = "\u202E\u2066 مرحبا \u0000\u0007 abc", Service = "عربي", Links = [] }, CancellationToken.None);
        }

        var tab = await account.OpenAsync(visit, "/deployments", new() { ViewportSize = new() { Width = 360, Height = 740 } });
        await Expect(tab.Page.Locator(".change")).ToHaveCountAsync(3);
        Assert.Equal("Deployments · StreamDeploy", await tab.Page.TitleAsync());
        Assert.True(await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 360);
        // U+202E would show "evil" as "live".
        Assert.DoesNotContain('\u202E', await tab.Page.InnerTextAsync("body"));
        await Accessibility.CheckAsync(tab.Page);
        await Screenshots.TakeAsync(tab.Page, "deployments-hostile-360");
        await tab.Page.Locator(".change .summary", new() { HasText = "<img" }).ClickAsync();
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync(bomb);
        await Expect(tab.Page.GetByText("click me")).ToBeVisibleAsync();
        Assert.Equal(0, await tab.Page.Locator("a[href^='javascript:'], a[href^='data:']").CountAsync());
        Assert.True(await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 360);
        Assert.StartsWith("<img", await tab.Page.TitleAsync(), StringComparison.Ordinal);
        await Accessibility.CheckAsync(tab.Page);
        // A row that comes while the page is open takes another way into it.
        await tab.Page.GotoAsync(new Uri(world.Address, "/deployments").ToString());
        await Expect(tab.Page.Locator("[data-connection]")).ToHaveTextAsync("live");
        await account.DeployAsync(new { summary = bomb + " live" });
        await Expect(tab.Page.Locator(".change", new() { HasText = "live" }).First).ToBeVisibleAsync();
        Assert.Equal("Deployments · StreamDeploy", await tab.Page.TitleAsync());
    });

    [BrowserFact]
    public Task Nothing_of_another_account_is_seen() => browser.VisitAsync(async visit =>
    {
        var (mine, other) = (await world.NewAccountAsync(), await world.NewAccountAsync());
        await other.DeployAsync(new { summary = "Their secret", deploymentId = "theirs", service = "secret-service" });
        var tab = await mine.OpenAsync(visit, "/deployments");
        await Expect(tab.Page.Locator("[data-connection]")).ToHaveTextAsync("live");
        await other.DeployAsync(new { summary = "Their next secret" });
        await mine.DeployAsync(new { summary = "Mine" });
        await Expect(tab.Page.Locator(".change")).ToHaveCountAsync(1);
        await Expect(tab.Page.Locator("body")).Not.ToContainTextAsync("secret");
        tab.Allow("404 (Not Found)");
        await tab.GoAsync(new(world.Address, string.Create(CultureInfo.InvariantCulture, $"/deployments/one?pipeline={other.PipelineId}&id=theirs")));
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("There is no such deployment");
    });

    [BrowserTheory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(2560, ColorScheme.Light)]
    public Task Everybody_can_use_it(int width, ColorScheme scheme) => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        BrowserNewContextOptions Options() => new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, TimezoneId = "Asia/Kolkata", ReducedMotion = ReducedMotion.Reduce };
        var empty = (await account.OpenAsync(visit, "/deployments", Options())).Page;
        await Accessibility.CheckAsync(empty);
        await Screenshots.TakeAsync(empty, $"deployments-empty-{width}-{scheme}".ToLowerInvariant());

        await BusyAsync(account);
        var busy = (await account.OpenAsync(visit, "/deployments?since=6h", Options())).Page;
        await Expect(busy.Locator(".suspicion").First).ToBeVisibleAsync();
        await Expect(busy.Locator("[data-zone]")).ToContainTextAsync("Asia/");
        await Expect(busy.Locator(".change .when time").First).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex(" UTC$"));
        Assert.True(await busy.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
        await Accessibility.CheckAsync(busy);
        await Screenshots.TakeAsync(busy, $"deployments-busy-{width}-{scheme}".ToLowerInvariant());
        await busy.Locator(".change .summary").First.ClickAsync();
        await Expect(busy.Locator("h1")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(busy);
        await Screenshots.TakeAsync(busy, $"deployment-{width}-{scheme}".ToLowerInvariant());
    });

    [BrowserFact]
    public Task The_keyboard_alone_leads_through_the_page() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        await account.DeployAsync(new { summary = "Deploy checkout", service = "checkout" });
        var page = (await account.OpenAsync(visit, "/deployments")).Page;
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(".skip")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator("[name=since]")).ToBeFocusedAsync();
        for (var i = 0; i < 20 && !await page.Locator(".change .summary").EvaluateAsync<bool>("e => e === document.activeElement"); i++)
            await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Deploy checkout");
    });

    private static async Task BusyAsync(ViewAccount account)
    {
        var now = DateTimeOffset.UtcNow;
        string[] services = ["checkout", "payments", "storefront", "search", "login"];
        for (var i = 0; i < 25; i++)
        {
            var ended = now.AddMinutes(-12 * i - 3);
            await account.DeployAsync(new
            {
                summary = $"Deploy {services[i % 5]} 2.{31 - i}",
                service = services[i % 5],
                environment = i % 7 == 0 ? "staging" : "production",
                version = $"2.{31 - i}",
                deploymentId = $"d{i}",
                status = i == 0 ? "STARTED" : i % 6 == 4 ? "FAILED" : i % 11 == 9 ? "ROLLED_BACK" : "SUCCEEDED",
                kind = "DEPLOYMENT",
                userName = i % 2 == 0 ? "Ann" : "Bo",
                repository = $"acme/{services[i % 5]}",
                commit = $"c{i:x7}",
                startedAt = ended.AddMinutes(-4),
                finishedAt = i == 0 ? (DateTimeOffset?)null : ended,
                timestamp = ended,
            });
            if (i % 3 == 0)
                await account.DeployAsync(new { summary = $"Merge: {services[i % 5]} 2.{31 - i}", kind = "MERGE", status = "SUCCEEDED", deploymentId = $"m{i}", repository = $"acme/{services[i % 5]}", commit = $"c{i:x7}", timestamp = ended.AddMinutes(-20) });
        }

        await account.RaiseAsync(new { alertId = "a1", summary = "Checkout: 5 % of payments fail", service = "payments", environment = "production", occurredAt = now.AddMinutes(-10) });
        await account.RaiseAsync(new { alertId = "a2", summary = "Search is slow", service = "search", occurredAt = now.AddMinutes(-95) });
    }
}
