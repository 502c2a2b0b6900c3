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
    private const int RowsMax = 100;

    private readonly RowCache<AlertRow, AlertItem> _rows = new(pages, static row => row.Alert);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alerts", ShowAsync);
        routes.MapGet("/alerts/live", FollowAsync);
    }

    private Task ShowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        return pages.WriteAsync<AlertsPage>(context, "Alerts", Read(viewer, AlertFilter.Of(context.Request.Query, data.Settings.NowMs)));
    }

    private AlertsModel Read(Viewer viewer, AlertFilter filter)
    {
        var (position, entries, all) = (data.PositionOf(viewer.AccountId), data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId).Alerts());
        var inTime = all.Where(alert => (filter with { BeforeMs = null }).Matches(alert, entries)).ToList();
        var rows = inTime.Where(alert => !(alert.Key.OccurredAtMs >= filter.BeforeMs)).Order(AlertTrail.NewestFirst).Take(RowsMax);
        var services = all.Select(alert => alert.Service).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Take(500);
        return new(filter, [.. rows.Select(alert => new AlertRow(alert, entries))], inTime.Count, [.. services], entries, position);
    }

    private Task FollowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var filter = AlertFilter.Of(context.Request.Query, data.Settings.NowMs);
        return broadcast.FollowAsync(context, viewer.AccountId, async news =>
        {
            var (entries, tail) = (data.Directory.Of(viewer.AccountId), data.Recent.Of(viewer.AccountId));
            var changed = news.Alerts.Select(tail.Find).OfType<AlertTrail>().Where(alert => filter.Matches(alert, entries)).Order(AlertTrail.NewestFirst).ToList();
            var rows = new List<string>();
            foreach (var alert in changed.Take(Broadcast.RowsMax).Reverse())
                rows.Add(await _rows.HtmlOf(new AlertRow(alert, entries)));
            return new LiveRows(rows, changed.Count);
        });
    }
}
