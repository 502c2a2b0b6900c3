namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Which branches a pipeline wants. A filter matches the whole branch, slashes included; <c>*</c> stands for any run of characters.</summary>
/// <remarks>Example: <c>release/*</c> takes <c>release/1.2</c> and <c>release/1/2</c>, not <c>prerelease/1</c>.</remarks>
public static class BranchFilter
{
    private static readonly string[] Default = ["main", "master"];

    /// <summary>Those that hold: where a pipeline has none, main and master.</summary>
    public static IReadOnlyList<string> InForce(IReadOnlyList<string> filters) => filters.Count == 0 ? Default : filters;

    public static bool Matches(IReadOnlyList<string> filters, string branch)
    {
        foreach (var filter in InForce(filters))
        {
            if (MatchesOne(filter, branch))
                return true;
        }

        return false;
    }

    // Greedy with one point to go back to: linear in practice, filter × branch at worst, whatever stands in the filter.
    private static bool MatchesOne(string filter, string branch)
    {
        int f = 0, b = 0, star = -1, resume = 0;
        while (b < branch.Length)
        {
            if (f < filter.Length && filter[f] == '*')
            {
                star = f++;
                resume = b;
            }
            else if (f < filter.Length && filter[f] == branch[b])
            {
                f++;
                b++;
            }
            else if (star >= 0)
            {
                f = star + 1;
                b = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (f < filter.Length && filter[f] == '*')
            f++;
        return f == filter.Length;
    }
}
