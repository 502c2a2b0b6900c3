using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Deployments;

/// <summary>The page of deployments, a deployment by itself, and what browsers are told of new ones.</summary>
internal sealed class DeploymentsEndpoints(LiveData data, PageWriter pages, Broadcast broadcast)
{
    private readonly ChangeQuery _query = new(data);

    private readonly RowCache<ChangeRow, ChangeItem> _rows = new(pages, static row => row.Change);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/deployments", ShowAsync);
        routes.MapGet("/deployments/picture", ShowPictureAsync);
        routes.MapGet("/deployments/live", FollowAsync);
        routes.MapGet("/deployments/one", ShowOneAsync);
    }

    private async Task ShowAsync(HttpContext context) =>
        await pages.WriteAsync<DeploymentsPage>(context, "Deployments", await ReadAsync(context));

    private async Task ShowPictureAsync(HttpContext context) =>
        await pages.WritePartAsync<TimelinePicture>(context, (await ReadAsync(context)).Picture);

    private Task<DeploymentsModel> ReadAsync(HttpContext context) =>
        _query.ReadAsync(Viewer.Of(context.User)!.AccountId, ChangeFilter.Of(context.Request.Query, data.Settings.NowMs), context.RequestAborted);

    private async Task ShowOneAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        if (!long.TryParse(context.Request.Query["pipeline"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var pipelineId) || context.Request.Query["id"].ToString() is not { Length: > 0 } id)
            throw new BadQueryException("pipeline and id say which deployment is meant");
        if (await _query.FindAsync(viewer.AccountId, new(pipelineId, id), context.RequestAborted) is { } change)
        {
            await pages.WriteAsync<ChangePage>(context, change.Summary, new ChangeRow(change, data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId).SuspicionsOf(change)));
            return;
        }

        await pages.WriteAsync<ProblemPage>(
            context, "Not found", new Problem("There is no such deployment", "It may be older than what is kept, or of another account."), StatusCodes.Status404NotFound);
    }

    private Task FollowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var filter = ChangeFilter.Of(context.Request.Query, data.Settings.NowMs);
        return broadcast.FollowAsync(context, viewer.AccountId, news =>
        {
            var (entries, tail) = (data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId));
            var changed = news.Changes.Select(tail.Find).OfType<Change>().Where(change => filter.Matches(change, entries)).Order(Change.NewestFirst);
            return _rows.NewsOf([.. changed.Select(change => new ChangeRow(change, entries, tail.SuspicionsOf(change)))]);
        });
    }
}
