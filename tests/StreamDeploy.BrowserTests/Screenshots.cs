using Microsoft.Playwright;

namespace StreamDeploy.BrowserTests;

/// <summary>Pictures of whole pages for who wants to look at them, into the folder STREAMDEPLOY_SCREENSHOTS; without it there are none.</summary>
internal static class Screenshots
{
    /// <param name="page">The page as it is now.</param>
    /// <param name="name">Of the file, without its ending.</param>
    public static async Task TakeAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("STREAMDEPLOY_SCREENSHOTS") is not { Length: > 0 } folder) return;
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });
    }
}
