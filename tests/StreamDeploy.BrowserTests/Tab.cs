using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace StreamDeploy.BrowserTests;

/// <summary>A page, with all that goes wrong in it: errors on the console (broken rules of the Content-Security-Policy are among them), exceptions, requests that fail, crashes.</summary>
internal sealed class Tab : IAsyncDisposable
{
    // More tell nothing new, and a page may fail in a loop.
    private const int ProblemsMax = 1000;

    // What a page itself gave up, such as its stream of events when it is left.
    private const string GivenUp = "net::ERR_ABORTED";

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentBag<string> _allowed = [];
    private IPage? _page;

    public Tab(IBrowserContext context)
    {
        _context = context;
        context.SetDefaultTimeout((float)Browser.WaitLimit.TotalMilliseconds);
        context.SetDefaultNavigationTimeout((float)Browser.WaitLimit.TotalMilliseconds);
        context.Console += (_, message) =>
        {
            if (message.Type == "error") Add($"console: {message.Text} ({message.Location})");
        };
        context.WebError += (_, error) => Add($"exception: {error.Error}");
        context.RequestFailed += (_, request) =>
        {
            if (request.Failure != GivenUp) Add($"request: {request.Method} {request.Url}: {request.Failure}");
        };
        context.Page += (_, page) => page.Crash += (_, _) => Add($"crash: {page.Url}");
    }

    public IPage Page => _page ?? throw new InvalidOperationException("no page is open");

    /// <summary>What went wrong so far and is not allowed.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Where(problem => !_allowed.Any(part => problem.Contains(part, StringComparison.Ordinal)))];

    /// <summary>Problems with this text in them are part of the test, whether they came already or will.</summary>
    public void Allow(string part) => _allowed.Add(part);

    /// <summary>Waits until a problem with this text in it came, and allows it.</summary>
    public async Task ExpectAsync(string part)
    {
        await Tests.Kafka.Eventually.True(
            () => _problems.Any(problem => problem.Contains(part, StringComparison.Ordinal)), $"a problem with '{part}'", () => string.Join('\n', _problems));
        Allow(part);
    }

    public async Task GoAsync(Uri url)
    {
        _page ??= await _context.NewPageAsync();
        await _page.GotoAsync(url.ToString(), new() { WaitUntil = WaitUntilState.Load });
    }

    /// <summary>Waits until all that the page did up to now is told: the driver tells in order.</summary>
    public async Task SettleAsync()
    {
        foreach (IPage page in _context.Pages)
            await page.EvaluateAsync("0").WaitAsync(Browser.WaitLimit);
    }

    /// <summary>Writes PATH.png and PATH.html.</summary>
    /// <returns>Why it could not; null where it could.</returns>
    public async Task<string?> SaveAsync(string path)
    {
        try
        {
            await File.WriteAllTextAsync(path + ".html", await Page.ContentAsync().WaitAsync(Browser.WaitLimit));
            await Page.ScreenshotAsync(new() { Path = path + ".png", FullPage = true });
            return null;
        }
        // A page that hangs or crashed: what is reported is why the test failed, not this.
        catch (Exception e) when (e is PlaywrightException or TimeoutException or InvalidOperationException)
        {
            return e.Message;
        }
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync().WaitAsync(Browser.WaitLimit);

    private void Add(string problem)
    {
        if (_problems.Count < ProblemsMax) _problems.Enqueue(problem);
    }
}
