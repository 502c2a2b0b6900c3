using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>The page of alerts, and what browsers are told of new ones.</summary>
internal sealed class AlertsEndpoints(LiveData data, PageWriter pages, Broadcast broadcast)
{
    private readonly AlertQuery _query = new(data);

    private readonly RowCache<AlertRow, AlertItem> _rows = new(pages, static row => row.Alert);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alerts", ShowAsync);
        routes.MapGet("/alerts/live", FollowAsync);
    }

    private async Task ShowAsync(HttpContext context) => await pages.WriteAsync<AlertsPage>(context, "Alerts",
        await _query.ReadAsync(Viewer.Of(context.User)!.AccountId, AlertFilter.Of(context.Request.Query, data.Settings.NowMs), context.RequestAborted));

    private Task FollowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var filter = AlertFilter.Of(context.Request.Query, data.Settings.NowMs);
        return broadcast.FollowAsync(context, viewer.AccountId, news =>
        {
            var (entries, tail) = (data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId));
            var changed = news.Alerts.Select(tail.Find).OfType<AlertTrail>().Where(alert => filter.Matches(alert, entries)).Order(AlertTrail.NewestFirst);
            return _rows.NewsOf([.. changed.Select(alert => new AlertRow(alert, entries))]);
        });
    }
}
