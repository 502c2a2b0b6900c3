using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Deployments;

/// <summary>The page of deployments, a deployment by itself, and what browsers are told of new ones.</summary>
internal sealed class DeploymentsEndpoints(LiveData data, PageWriter pages, Broadcast broadcast)
{
    private const int RowsMax = 100;

    private readonly RowCache<ChangeRow, ChangeItem> _rows = new(pages, static row => row.Change);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/deployments", ShowAsync);
        routes.MapGet("/deployments/picture", ShowPictureAsync);
        routes.MapGet("/deployments/live", FollowAsync);
        routes.MapGet("/deployments/one", ShowOneAsync);
    }

    private async Task ShowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        await pages.WriteAsync<DeploymentsPage>(context, "Deployments", await ReadAsync(viewer, ChangeFilter.Of(context.Request.Query, data.Settings.NowMs)));
    }

    private async Task ShowPictureAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        await pages.WritePartAsync<TimelinePicture>(context, (await ReadAsync(viewer, ChangeFilter.Of(context.Request.Query, data.Settings.NowMs))).Picture);
    }

    private Task<DeploymentsModel> ReadAsync(Viewer viewer, ChangeFilter filter)
    {
        var (position, entries, tail) = (data.PositionOf(viewer.AccountId), data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId));
        var inTime = tail.Changes().Where(change => (filter with { BeforeMs = null }).Matches(change, entries)).ToList();
        var rows = inTime.Where(change => !(change.LatestMs >= filter.BeforeMs)).Order(Change.NewestFirst).Take(RowsMax).ToList();
        var all = tail.Changes();
        var choices = new Choices(
            [.. all.SelectMany(change => change.Deployments).Select(d => d.Service).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Take(500)],
            [.. all.SelectMany(change => change.Deployments).Select(d => d.Environment).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Take(100)]);
        var picture = Timeline.Of(filter.Range, inTime, tail.Alerts(), d => d.Service ?? entries.PipelineName(d.Key.PipelineId));
        return Task.FromResult(new DeploymentsModel(filter, [.. rows.Select(change => new ChangeRow(change, entries, tail.SuspicionsOf(change)))], inTime.Count, picture, choices, entries, position, null));
    }

    private Task ShowOneAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var tail = data.Recent.Of(viewer.AccountId);
        if (!long.TryParse(context.Request.Query["pipeline"], out var pipelineId) || context.Request.Query["id"].ToString() is not { Length: > 0 } id)
            throw new BadQueryException("pipeline and id say which deployment is meant");
        return tail.Find(new DeploymentKey(pipelineId, id)) is { } deployment && tail.Find(ChangeKey.Of(deployment)) is { } change
            ? pages.WriteAsync<ChangePage>(context, change.Summary, new ChangeRow(change, data.Directory.Of(viewer.AccountId), tail.SuspicionsOf(change)))
            : pages.WriteAsync<ProblemPage>(context, "Not found", new Problem("There is no such deployment", "It may be older than what is kept, or of another account."), StatusCodes.Status404NotFound);
    }

    private Task FollowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var filter = ChangeFilter.Of(context.Request.Query, data.Settings.NowMs);
        return broadcast.FollowAsync(context, viewer.AccountId, async news =>
        {
            var (entries, tail) = (data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId));
            var changed = news.Changes.Select(tail.Find).OfType<Change>().Where(change => filter.Matches(change, entries)).Order(Change.NewestFirst).ToList();
            var rows = new List<string>();
            foreach (var change in changed.Take(Broadcast.RowsMax).Reverse())
                rows.Add(await _rows.HtmlOf(new ChangeRow(change, entries, tail.SuspicionsOf(change))));
            return new LiveRows(rows, changed.Count);
        });
    }
}
