using Microsoft.Playwright;
using Xunit.Sdk;

namespace StreamDeploy.BrowserTests.Harness;

/// <summary>That a browser test sees what it is to see: each fault is planted in a page of its own.</summary>
[Collection(Browser.Collection)]
public sealed class HarnessTests(Browser browser) : IAsyncLifetime
{
    private StrictPages _pages = null!;

    public async Task InitializeAsync() => _pages = await StrictPages.StartAsync();

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [BrowserFact]
    public Task A_good_page_passes_every_check() => browser.VisitAsync(async visit =>
    {
        Tab tab = await visit.OpenAsync(_pages.Url("/good"));

        await Accessibility.CheckAsync(tab.Page);
    });

    [BrowserFact]
    public Task A_missing_label_and_faint_text_are_named_with_their_elements() => browser.VisitAsync(async visit =>
    {
        Tab tab = await visit.OpenAsync(_pages.Url("/inaccessible"));

        var failure = await Assert.ThrowsAsync<TrueException>(() => Accessibility.CheckAsync(tab.Page));

        Assert.Contains("breaks 2 rules", failure.Message, StringComparison.Ordinal);
        Assert.Contains("label (critical): Form elements must have labels\n    <input name=\"account\">", failure.Message, StringComparison.Ordinal);
        Assert.Contains("color-contrast (serious)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("<p class=\"faint\">hardly seen</p>", failure.Message, StringComparison.Ordinal);
    });

    [BrowserTheory]
    [InlineData("/inline", "inline style")]
    [InlineData("/inline", "inline script")]
    [InlineData("/foreign", "img-src 'self'")]
    [InlineData("/broken", "exception: ReferenceError: nobody is not defined")]
    [InlineData("/dangling", "nowhere.png")]
    [InlineData("/cut", "request: GET ")]
    public async Task A_page_with_a_problem_fails_the_test_that_does_not_allow_it(string path, string problem)
    {
        var failure = await Assert.ThrowsAsync<XunitException>(() => browser.VisitAsync(visit => visit.OpenAsync(_pages.Url(path))));

        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Directory.Delete(FolderIn(failure), recursive: true);
    }

    [BrowserFact]
    public Task An_expected_problem_fails_nothing() => browser.VisitAsync(async visit =>
    {
        Tab tab = await visit.OpenAsync(_pages.Url("/good"));

        await tab.Page.EvaluateAsync("void setTimeout(() => { throw new Error('planted') }, 100)");
        await tab.ExpectAsync("planted");
    });

    [BrowserFact]
    public async Task A_failed_test_leaves_the_page_behind()
    {
        var failure = await Assert.ThrowsAsync<XunitException>(() => browser.VisitAsync(async visit =>
        {
            await visit.OpenAsync(_pages.Url("/good"));
            throw new InvalidOperationException("the reason");
        }));

        Assert.StartsWith("the reason", failure.Message, StringComparison.Ordinal);
        var folder = FolderIn(failure);
        Assert.Contains("<h1>A page</h1>", await File.ReadAllTextAsync(Path.Combine(folder, "page-1.html")), StringComparison.Ordinal);
        Assert.True(new FileInfo(Path.Combine(folder, "page-1.png")).Length > 0);
        Directory.Delete(folder, recursive: true);
    }

    [BrowserFact]
    public Task A_page_sees_the_visitor_that_the_options_describe() => browser.VisitAsync(async visit =>
    {
        Tab usual = await visit.OpenAsync(_pages.Url("/good"));
        Tab phone = await visit.OpenAsync(_pages.Url("/good"), new()
        {
            ViewportSize = new() { Width = 390, Height = 844 },
            ColorScheme = ColorScheme.Dark,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "de-DE",
            TimezoneId = "Asia/Tokyo",
        });

        await Assertions.Expect(usual.Page.Locator("#visitor")).ToHaveTextAsync("1280x800 | moving | 01/07/2026, 12:00:00 | rgb(255, 255, 255)");
        await Assertions.Expect(phone.Page.Locator("#visitor")).ToHaveTextAsync("390x844 | still | 1.7.2026, 21:00:00 | rgb(0, 0, 0)");
        await Screenshots.TakeAsync(phone.Page, "harness");
    });

    private static string FolderIn(XunitException failure) => failure.Message[(failure.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
}
