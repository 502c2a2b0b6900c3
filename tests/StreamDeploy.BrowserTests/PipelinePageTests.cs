using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamDeploy.BrowserTests;

/// <summary>Pipelines and claims as people see them.</summary>
[Collection(Browser.Collection)]
public sealed class PipelinePageTests(Browser browser, ViewWorld world)
{
    private const string Hostile = "\u202Egnp.exe <script>alert(1)</script> ' \" onmouseover=alert(1)";

    [BrowserFact]
    public Task A_pipeline_is_made_and_the_page_that_waits_turns_into_its_first_event() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var tab = await account.OpenAsync(visit, "/pipelines");
        await tab.Page.ClickAsync("text=New pipeline");
        await tab.Page.ClickAsync("text=Any script");
        await tab.Page.FillAsync("#name", "checkout");
        await tab.Page.ClickAsync("text=Make the pipeline");
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("checkout is made");
        await Expect(tab.Page.Locator(".waits")).ToBeVisibleAsync();
        await Screenshots.TakeAsync(tab.Page, "pipeline-made");

        await world.SendAsync("POST", "api/deployment-events", await tab.Page.InnerTextAsync("#key"), new { summary = "the very first " + Hostile });

        await Expect(tab.Page.Locator("[data-came] .change a")).ToContainTextAsync("the very first");
        await Expect(tab.Page.Locator(".waits")).ToHaveCountAsync(0);
        await Screenshots.TakeAsync(tab.Page, "pipeline-came");
        await tab.Page.ClickAsync("text=To the pipeline");
        await Expect(tab.Page.Locator(".arrivals li")).ToHaveCountAsync(1);
    });

    [BrowserFact]
    public Task A_delivery_that_is_filtered_shows_up_by_itself_with_its_filter_and_the_focus_stays() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var made = await world.SendAsync("POST", "api/deployment-pipelines", account.ApiKey, new { name = "on GitHub", integrationType = "GITHUB" });
        var tab = await account.OpenAsync(visit, $"/pipelines/{made.GetProperty("id").GetInt64()}");
        await Expect(tab.Page.Locator(".deliveries .empty")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("#test")).ToContainTextAsync("curl -i");
        await tab.Page.FocusAsync("text=Name, teams, filters and window");

        using var http = new HttpClient { Timeout = Browser.WaitLimit };
        for (var i = 0; i < 2; i++)
        {
            using var push = new HttpRequestMessage(HttpMethod.Post, made.GetProperty("integrationUrl").GetString());
            push.Headers.Add("X-GitHub-Event", "push");
            push.Headers.Add("X-GitHub-Delivery", $"delivery-{i}");
            push.Content = new StringContent("""{"ref":"refs/heads/feature/<b>x</b>","after":"1111111111111111111111111111111111111111","repository":{"full_name":"acme/shop"}}""", null, "application/json");
            using var answer = await http.SendAsync(push);
            Assert.Equal(200, (int)answer.StatusCode);
            await Expect(tab.Page.Locator(".arrivals li")).ToHaveCountAsync(i + 1);
        }

        await Expect(tab.Page.Locator(".arrivals li").First).ToContainTextAsync("feature/<b>x</b> is not in the pipeline's branch filters (main, master)");
        Assert.Equal("Name, teams, filters and window", await tab.Page.EvaluateAsync<string>("document.activeElement.textContent"));
        await Screenshots.TakeAsync(tab.Page, "pipeline-filtered");
    });

    [BrowserFact]
    public Task A_pipeline_is_made_by_the_keyboard_alone() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var tab = await account.OpenAsync(visit, "/pipelines/new?from=gitlab");
        await PressUntilAsync(tab.Page, "#name");
        await tab.Page.Keyboard.TypeAsync("by keyboard");
        await PressUntilAsync(tab.Page, "[name=eventFilter][value='Merge Request Hook']");
        await tab.Page.Keyboard.PressAsync("Space");
        await PressUntilAsync(tab.Page, "main button[type=submit]");
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("by keyboard is made");
        Assert.Equal(40, (await tab.Page.InnerTextAsync("#secret")).Length);
        await PressUntilAsync(tab.Page, "[data-copy='#secret']");
    });

    [BrowserFact]
    public Task Without_scripts_a_pipeline_is_made_changed_and_deleted() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var tab = await account.OpenAsync(visit, "/pipelines/new?from=shell", new() { JavaScriptEnabled = false });
        await tab.Page.FillAsync("#name", Hostile);
        await tab.Page.ClickAsync("text=Make the pipeline");
        await Expect(tab.Page.Locator("h1")).ToContainTextAsync("<script>alert(1)</script>");
        Assert.False(await tab.Page.Locator("[data-copy]").First.IsVisibleAsync());
        await tab.Page.ClickAsync("text=open the pipeline's page");
        await tab.Page.ClickAsync("text=Name, teams, filters and window");
        await tab.Page.FillAsync("#name", "tame");
        await tab.Page.ClickAsync("text=Save");
        await Expect(tab.Page.Locator(".done")).ToHaveTextAsync("Saved.");
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("tame");
        await tab.Page.ClickAsync("text=Delete this pipeline");
        await tab.Page.FillAsync("#name", "tame");
        await tab.Page.ClickAsync("main button.danger");
        await Expect(tab.Page.Locator(".done")).ToContainTextAsync("Deleted: tame");
    });

    [BrowserFact]
    public Task What_a_claim_would_hide_comes_as_a_part_of_the_page() => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        var team = await world.SendAsync("POST", "api/teams", account.ApiKey, new { name = "Payments " + Hostile });
        var teamId = team.GetProperty("id").GetInt64();
        await world.SendAsync("POST", "api/deployment-pipelines", account.ApiKey, new { name = "payments", integrationType = "API" });
        await account.DeployAsync(new { summary = "deploy elsewhere" });
        await account.RaiseAsync(new { alertId = "a1", summary = "payments fail", teamIds = new[] { teamId } });
        var tab = await account.OpenAsync(visit, "/claims");
        await tab.Page.CheckAsync("label:has-text('payments') input");
        await tab.Page.ClickAsync("text=Show");

        await Expect(tab.Page.Locator("#dry-run")).ToContainTextAsync("1 would lose the first suspect");
        Assert.DoesNotContain("dry-run", tab.Page.Url, StringComparison.Ordinal);
        await Screenshots.TakeAsync(tab.Page, "claims-dry-run");
    });

    [BrowserTheory]
    [InlineData("light")]
    [InlineData("dark")]
    public Task The_pages_break_no_rule_of_accessibility(string scheme) => browser.VisitAsync(async visit =>
    {
        var account = await world.NewAccountAsync();
        await world.SendAsync("POST", "api/teams", account.ApiKey, new { name = "Payments" });
        var hub = await world.SendAsync("POST", "api/deployment-pipelines", account.ApiKey, new { name = Hostile, integrationType = "GITHUB", signingSecret = "a secret of eight" });
        await account.DeployAsync(new { summary = "deploy " + Hostile });
        using (var http = new HttpClient { Timeout = Browser.WaitLimit })
        using (var refused = await http.PostAsync(hub.GetProperty("integrationUrl").GetString(), new StringContent("{}", null, "application/json")))
            Assert.Equal(401, (int)refused.StatusCode);
        var one = $"/pipelines/{hub.GetProperty("id").GetInt64()}";
        var tab = await account.OpenAsync(visit, one, new() { ColorScheme = scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light });
        await Expect(tab.Page.Locator(".arrival.refused")).ToHaveCountAsync(1);
        foreach (var path in new[] { one, "/pipelines", "/pipelines/new", "/pipelines/new?from=github", $"/pipelines/{account.PipelineId}", one + "/delete", "/claims" })
        {
            await tab.GoAsync(new Uri(world.Address, path));
            await tab.Page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            await Accessibility.CheckAsync(tab.Page);
            await Screenshots.TakeAsync(tab.Page, $"{scheme}{Regex.Replace(path, "[^a-z]+", "-")}");
        }

        await tab.GoAsync(new Uri(world.Address, "/pipelines/new?from=github"));
        await tab.Page.FillAsync("#name", "deploys");
        tab.Allow("status of 409");
        await tab.Page.ClickAsync("text=Make the pipeline");
        await Expect(tab.Page.Locator("#name-problem")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(tab.Page);
        await tab.Page.FillAsync("#name", "another");
        await tab.Page.ClickAsync("text=Make the pipeline");
        await Expect(tab.Page.Locator(".waits")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(tab.Page);
    });

    private static async Task PressUntilAsync(IPage page, string selector)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
                return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{selector} is not reached with the tabulator");
    }
}
