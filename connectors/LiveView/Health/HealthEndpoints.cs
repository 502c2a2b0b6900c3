using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>Whether StreamDeploy itself is all right: the page, and the part of it that is asked for again and again.</summary>
internal sealed class HealthEndpoints(LiveData data, PageWriter pages, HealthPicture picture)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", context => pages.WriteAsync<HealthPage>(context, "Health", ModelOf(context)));
        routes.MapGet("/health/now", context => pages.WritePartAsync<HealthPart>(context, ModelOf(context)));
    }

    private HealthModel ModelOf(HttpContext context) => picture.Of(Viewer.Of(context.User)!.AccountId, !data.Tail.Ended.IsCompleted, data.Settings.NowMs);
}
