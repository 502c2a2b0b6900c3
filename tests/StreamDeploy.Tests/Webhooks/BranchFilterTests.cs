using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class BranchFilterTests
{
    [Theory]
    [InlineData("main", "main", true)]
    [InlineData("main", "Main", false)]
    [InlineData("main", "mainline", false)]
    [InlineData("main", "feature/main", false)]
    [InlineData("release/*", "release/1.2", true)]
    [InlineData("release/*", "release/1/2", true)]
    [InlineData("release/*", "release/", true)]
    [InlineData("release/*", "prerelease/1", false)]
    [InlineData("*/hotfix", "team/a/hotfix", true)]
    [InlineData("a*b*c", "aXbYbc", true)]
    [InlineData("a*b*c", "aXcYb", false)]
    [InlineData("*", "anything/at.all", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("**", "x", true)]
    public void A_filter_matches_the_whole_branch(string filter, string branch, bool expected) =>
        Assert.Equal(expected, BranchFilter.Matches([filter], branch));

    [Fact]
    public void Without_filters_it_is_main_and_master()
    {
        Assert.True(BranchFilter.Matches([], "main"));
        Assert.True(BranchFilter.Matches([], "master"));
        Assert.False(BranchFilter.Matches([], "develop"));
        Assert.False(BranchFilter.Matches(["develop"], "main"));
    }

    [Fact]
    public void It_agrees_with_a_regular_expression()
    {
        var texts = Gen.Elements('a', 'b', '*').ListOf().Select(letters => string.Concat(letters)).ToArbitrary();
        Prop.ForAll(texts, texts, (filter, branch) =>
        {
            var expected = System.Text.RegularExpressions.Regex.IsMatch(
                branch, "^" + System.Text.RegularExpressions.Regex.Escape(filter).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
            return BranchFilter.Matches([filter], branch) == expected;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_hostile_filter_ends() =>
        Assert.False(BranchFilter.Matches([string.Concat(Enumerable.Repeat("a*", 100)) + "b"], new string('a', 1000)));
}
