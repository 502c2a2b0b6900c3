using Microsoft.Playwright;
using Xunit.Sdk;

namespace StreamDeploy.BrowserTests;

/// <summary>The pages that one test looks at.</summary>
internal sealed class Visit(IBrowser browser, string name) : IAsyncDisposable
{
    private static int failures;

    private readonly List<Tab> _tabs = [];

    /// <summary>Opens a page as a visitor of their own, who has been nowhere before: 1280 × 800, light, British English, UTC, unless the options say otherwise.</summary>
    public async Task<Tab> OpenAsync(Uri url, BrowserNewContextOptions? options = null)
    {
        options ??= new();
        options.ViewportSize ??= new() { Width = 1280, Height = 800 };
        options.ColorScheme ??= ColorScheme.Light;
        options.ReducedMotion ??= ReducedMotion.NoPreference;
        options.Locale ??= "en-GB";
        options.TimezoneId ??= "UTC";
        var tab = new Tab(await browser.NewContextAsync(options));
        _tabs.Add(tab);
        await tab.GoAsync(url);
        return tab;
    }

    public async Task RunAsync(Func<Visit, Task> look, TimeSpan limit)
    {
        try
        {
            Task looking = look(this);
            await Task.WhenAny(looking, Task.Delay(limit));
            if (!looking.IsCompleted) throw new TimeoutException($"The test did not end within {limit}.");
            await looking;
            foreach (Tab tab in _tabs)
                await tab.SettleAsync();
        }
        catch (Exception e)
        {
            throw await FailedAsync(e.Message, e);
        }
        if (_tabs.Any(tab => tab.Problems.Count > 0))
            throw await FailedAsync("A page had problems.", null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Tab tab in _tabs)
            await tab.DisposeAsync();
    }

    private async Task<XunitException> FailedAsync(string message, Exception? cause)
    {
        var folder = Directory.CreateDirectory(Tests.Repository.Path("artifacts", "browser-failures", $"{name}-{Interlocked.Increment(ref failures)}"));
        for (var i = 0; i < _tabs.Count; i++)
        {
            foreach (var problem in _tabs[i].Problems)
                message += $"\npage {i + 1}: {problem}";
            if (await _tabs[i].SaveAsync(Path.Combine(folder.FullName, $"page-{i + 1}")) is { } failure)
                message += $"\npage {i + 1} could not be saved: {failure}";
        }
        return new XunitException($"{message}\nThe pages as they were: {folder.FullName}", cause);
    }
}
