using Microsoft.Playwright;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.BrowserTests;

/// <summary>axe-core's rules for WCAG 2.2 to level AA and its best practices, on a page as it is now. They are a script: a page opened without scripts cannot be checked.</summary>
internal static class Accessibility
{
    private static readonly string[] Tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

    // One text for each rule that is broken: what, and each element with what axe says about it.
    private const string Run =
        """
        async tags => (await axe.run(document, { runOnly: tags })).violations.map(rule =>
          `${rule.id} (${rule.impact}): ${rule.help}` + rule.nodes.map(node =>
            `\n    ${node.html}` + [...node.any, ...node.all, ...node.none].map(check => `\n      ${check.message}`).join('')).join(''))
        """;

    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(
        FindAxe() ?? throw new InvalidOperationException("axe-core is not there: ./streamdeploy setup fetches it")));

    /// <returns>Where axe-core is; null where it was not fetched.</returns>
    public static string? FindAxe() => FetchedFiles.Find("axe-core", "axe.min.js") is { } path && File.Exists(path) ? path : null;

    /// <summary>Fails where the page breaks a rule.</summary>
    public static async Task CheckAsync(IPage page)
    {
        var broken = await BrokenRulesAsync(page);
        Assert.True(broken.Length == 0, $"{page.Url} breaks {broken.Length} rules of accessibility:\n  {string.Join("\n  ", broken)}");
    }

    /// <summary>The rules that a page breaks, each with its elements.</summary>
    public static async Task<string[]> BrokenRulesAsync(IPage page)
    {
        // Evaluated by the debugger, which no Content-Security-Policy binds; a script element would be.
        if (!await page.EvaluateAsync<bool>("'axe' in window").WaitAsync(Browser.WaitLimit))
            await page.EvaluateAsync(Axe.Value).WaitAsync(Browser.WaitLimit);
        return await page.EvaluateAsync<string[]>(Run, Tags).WaitAsync(Browser.WaitLimit);
    }
}
