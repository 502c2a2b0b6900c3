using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Claims;

/// <summary>Who claims what, what that hid, and what another claim would hide.</summary>
internal sealed class ClaimsEndpoints(LiveData data, PageWriter pages, ClaimDryRun dryRun)
{
    private const int PipelinesMax = 100;
    private const long WeekMs = 7L * 86_400_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/claims", context => ShowAsync(context, new(null, [], null, null, EntriesOf(context))));
        routes.MapGet("/claims/dry-run", AskAsync);
    }

    private async Task ShowAsync(HttpContext context, DryRunModel question)
    {
        var viewer = Viewer.Of(context.User)!;
        var nowMs = data.Settings.NowMs;
        var sinceMs = Math.Clamp(data.Recent.CompleteFromMs, nowMs - (long)data.Settings.TailSpan.TotalMilliseconds, nowMs);
        var recent = ClaimTally.Of(data.Recent.Of(viewer.AccountId).Alerts().Select(alert => alert.Answer).OfType<Enrichment>(), sinceMs);
        var week = await WeekAsync(viewer.AccountId, nowMs, context.RequestAborted);
        // The history counts, of days; the examples are the latest, which are here.
        var tallies = week?.ToDictionary(team => team.Key, team => team.Value with { Examples = recent.GetValueOrDefault(team.Key, ClaimTally.None).Examples }) ?? recent;
        await pages.WriteAsync<ClaimsPage>(context, "Claims", ClaimsOverview.Of(question.Entries, tallies, week is null ? nowMs - sinceMs : WeekMs, question));
    }

    /// <summary>What claims did in the last days; null where there is no history, or it does not answer.</summary>
    private async Task<Dictionary<long, ClaimTally>?> WeekAsync(string accountId, long nowMs, CancellationToken cancellationToken)
    {
        if (data.History is null)
            return null;
        try
        {
            return await data.History.ClaimsAsync(accountId, new(nowMs - WeekMs, nowMs, null), cancellationToken);
        }
        catch (ClickHouseException)
        {
            return null;
        }
    }

    private async Task AskAsync(HttpContext context)
    {
        var (viewer, entries) = (Viewer.Of(context.User)!, EntriesOf(context));
        if (!TryId(context.Request.Query["team"], out var team) || !ClaimsOverview.TeamsOf(entries).Contains(team))
            throw new BadQueryException("team must be the number of a team of this account");
        var pipelines = new List<long>();
        foreach (var text in context.Request.Query["pipeline"])
        {
            if (!TryId(text, out var id) || entries.Pipeline(id) is null || pipelines.Count == PipelinesMax)
                throw new BadQueryException($"pipeline must be the number of a pipeline of this account, at most {PipelinesMax} times");
            pipelines.Add(id);
        }

        var (result, problem) = await dryRun.RunAsync(viewer.AccountId, team, pipelines, context.RequestAborted);
        var answer = new DryRunModel(team, pipelines, result, problem, entries);
        if (context.Request.Headers.ContainsKey("HX-Request"))
            await pages.WritePartAsync<DryRunAnswer>(context, answer);
        else
            await ShowAsync(context, answer);
    }

    private Directory.Entries EntriesOf(HttpContext context) => data.Directory.Of(Viewer.Of(context.User)!.AccountId);

    private static bool TryId(string? text, out long id) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
