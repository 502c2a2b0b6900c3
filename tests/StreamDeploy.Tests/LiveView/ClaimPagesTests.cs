using System.Net;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.LiveView;

/// <summary>The page of claims over HTTP, on records that are in the topics.</summary>
public sealed class ClaimPagesTests(ViewOnIngest world) : IClassFixture<ViewOnIngest>
{
    [Fact]
    public async Task What_a_claim_would_hide_is_read_from_the_topics_with_a_script_and_without()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        // Pipeline 3 belongs to nobody, and the alert, raised since the tables hold, comes from a source of team 1, which claims pipeline 1.
        await world.Kafka.Send(Some.Deployment("hidden", now - 12 * Some.Minute, pipelineId: 3) with { Summary = "deploy <i>elsewhere</i>" });
        await world.Kafka.Send(Some.Alert("a1", now) with { AlertSourceId = 5, Summary = "payments <b>fail</b>" });
        using var reader = await world.SignInAsync(ReadKey);

        var page = await reader.GetAsync("/claims/dry-run?team=1");
        var supposed = await reader.GetAsync("/claims/dry-run?team=1&pipeline=3");

        Assert.Contains("Of 1 alert in the last 24 h, something is hidden from 1 , and 1 lost the first suspect.", page.Text, StringComparison.Ordinal);
        Assert.Contains("deploy &lt;i&gt;elsewhere&lt;/i&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("payments &lt;b&gt;fail&lt;/b&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("Unclaimed alert sources", page.Text, StringComparison.Ordinal);
        Assert.Contains("something would be hidden from 0 , and 0 would lose the first suspect. 1 deployment would become a candidate by it.", supposed.Text, StringComparison.Ordinal);
        var part = await reader.GetPartAsync("/claims/dry-run?team=1");
        Assert.Contains("Of 1 alert", part.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<html", part.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_overview_names_who_claims_and_which_sources_nobody_claims()
    {
        using var reader = await world.SignInAsync(ReadKey);

        var page = await reader.GetAsync("/claims");

        Assert.Contains("Payments claims one", page.Text, StringComparison.Ordinal);
        Assert.Contains("alert sources Monitoring", page.Text, StringComparison.Ordinal);
        Assert.Contains("Alertmanager with proof", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("team=99")]
    [InlineData("team=x")]
    [InlineData("team=1&pipeline=99")]
    public async Task A_team_or_pipeline_that_the_account_does_not_have_is_not_asked_for(string query)
    {
        using var reader = await world.SignInAsync(ReadKey);

        Assert.Equal(HttpStatusCode.BadRequest, (await reader.GetAsync("/claims/dry-run?" + query)).Status);
    }

    [Fact]
    public async Task Of_an_account_one_question_is_answered_at_a_time()
    {
        using var reader = await world.SignInAsync(ReadKey);

        var pages = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => reader.GetPartAsync("/claims/dry-run?team=1")));

        Assert.Contains(pages, page => page.Text.Contains("is asking already", StringComparison.Ordinal));
        Assert.Contains(pages, page => page.Text.Contains("Read and answered in", StringComparison.Ordinal));
    }
}
