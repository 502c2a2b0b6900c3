using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace StreamDeploy.BrowserTests;

/// <summary>axe-core's rules for WCAG 2.2 to level AA and its best practices, on a page as it is now. They are a script: a page opened without scripts cannot be checked.</summary>
internal static class Accessibility
{
    private static readonly AxeRunOptions Rules = new() { RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice") };

    /// <summary>Fails where the page breaks a rule.</summary>
    public static async Task CheckAsync(IPage page)
    {
        var broken = await BrokenRulesAsync(page);
        Assert.True(broken.Length == 0, $"{page.Url} breaks {broken.Length} rules of accessibility:\n  {string.Join("\n  ", broken)}");
    }

    /// <summary>The rules that a page breaks, each with its elements and what axe says about them.</summary>
    public static async Task<string[]> BrokenRulesAsync(IPage page)
    {
        // The script is evaluated by the debugger, which no Content-Security-Policy binds; a script element would be.
        var result = await page.RunAxe(Rules).WaitAsync(Browser.WaitLimit);
        return [.. result.Violations.Select(rule => $"{rule.Id} ({rule.Impact}): {rule.Help}" + string.Concat(rule.Nodes.Select(Describe)))];
    }

    private static string Describe(AxeResultNode node) =>
        $"\n    {node.Html}" + string.Concat(node.Any.Concat(node.All).Concat(node.None).Select(check => $"\n      {check.Message}"));
}
