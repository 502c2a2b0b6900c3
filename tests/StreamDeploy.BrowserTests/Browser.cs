using System.Runtime.CompilerServices;
using Microsoft.Playwright;

namespace StreamDeploy.BrowserTests;

/// <summary>One chromium for all tests, started when first asked for. Each test has cookies, cache and pages of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Collection = "browser";

    /// <summary>The limit of every wait for a page: an element, a navigation, an answer. Generous, because CI's cores are shared.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    // No request of chromium's own may leave the machine, and what needs a GPU or a wire that tests do not have is off. Playwright itself adds --headless and --no-sandbox.
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly Lazy<Task<IBrowser>> _chromium;
    private IPlaywright? _playwright;

    public Browser() => _chromium = new(StartAsync);

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Runs a test that looks at pages. It also fails where a page had a problem that the test did not allow; a failure names the folder with screenshots and HTML.</summary>
    /// <param name="look">The test itself.</param>
    /// <param name="limit">Of the whole test; two minutes unless given.</param>
    /// <param name="name">Of the test.</param>
    internal async Task VisitAsync(Func<Visit, Task> look, TimeSpan? limit = null, [CallerMemberName] string name = "")
    {
        await using var visit = new Visit(await _chromium.Value, name);
        await visit.RunAsync(look, limit ?? TimeSpan.FromMinutes(2));
    }

    public async Task DisposeAsync()
    {
        if (_chromium.IsValueCreated && _chromium.Value.IsCompletedSuccessfully)
            await _chromium.Value.Result.CloseAsync().WaitAsync(WaitLimit);
        _playwright?.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        var path = Chromium.Require();
        _playwright = await Playwright.CreateAsync().WaitAsync(StartLimit);
        Assertions.SetDefaultExpectTimeout((float)WaitLimit.TotalMilliseconds);
        return await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            Headless = true,
            Args = Arguments,
            Timeout = (float)StartLimit.TotalMilliseconds,
        });
    }
}

[CollectionDefinition(Browser.Collection)]
public sealed class SharesBrowser : ICollectionFixture<Browser>, ICollectionFixture<ViewWorld>;
