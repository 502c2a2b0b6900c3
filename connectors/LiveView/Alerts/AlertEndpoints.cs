using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>One alert by itself: the page, its body as it is fetched again, and word that its answer changed.</summary>
internal sealed class AlertEndpoints(LiveData data, PageWriter pages, Broadcast broadcast)
{
    private readonly AlertQuery _query = new(data);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alerts/one", ShowAsync);
        routes.MapGet("/alerts/one/body", ShowBodyAsync);
        routes.MapGet("/alerts/one/live", FollowAsync);
    }

    private async Task ShowAsync(HttpContext context)
    {
        if (await ReadAsync(context, null) is { } model)
            await pages.WriteAsync<AlertPage>(context, AlertItem.NameOf(model.Alert, 100), model);
        else
            await pages.WriteAsync<ProblemPage>(context, "Not found", new Problem("There is no such alert", "It may be older than what is kept, or of another account. The list of alerts says what there is."), StatusCodes.Status404NotFound);
    }

    private async Task ShowBodyAsync(HttpContext context)
    {
        var seen = new SeenAnswer(context.Request.Query.Number("seen") ?? -1, context.Request.Query["settled"] == "true");
        if (await ReadAsync(context, seen) is { } model)
            await pages.WritePartAsync<AlertBody>(context, model);
        else
            // What is on the page is better than nothing.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private Task FollowAsync(HttpContext context)
    {
        var key = KeyOf(context.Request.Query);
        return broadcast.FollowAsync(context, Viewer.Of(context.User)!.AccountId,
            news => Task.FromResult(news.Alerts.Contains(key) ? new LiveRows([""], 1, "changed") : new LiveRows([], 0)));
    }

    private async Task<AlertModel?> ReadAsync(HttpContext context, SeenAnswer? seen)
    {
        var viewer = Viewer.Of(context.User)!;
        var key = KeyOf(context.Request.Query);
        var (position, entries) = (data.PositionOf(viewer.AccountId), data.Directory.Of(viewer.AccountId));
        if (await _query.FindAsync(viewer.AccountId, key, context.RequestAborted) is not { } alert)
            return null;
        var deployments = data.Recent.Of(viewer.AccountId).Changes().SelectMany(change => change.Deployments);
        return new(alert, entries, AlertModel.HiddenFrom(alert, deployments, entries), data.Settings.NowMs,
            key.OccurredAtMs + (long)data.Settings.SettlesAfter.TotalMilliseconds, position, seen);
    }

    private static AlertKey KeyOf(IQueryCollection query) => query["id"].ToString() is { Length: > 0 } id && query.Number("at") is { } at
        ? new(id, at)
        : throw new BadQueryException("id and at say which alert is meant: at is when it was raised, in milliseconds since 1970");
}
