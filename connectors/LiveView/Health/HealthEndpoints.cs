using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>Whether StreamDeploy itself is all right: the page, and the part of it that is asked for again and again.</summary>
internal sealed class HealthEndpoints(LiveData data, PageWriter pages, HealthPicture picture)
{
    private static readonly TimeSpan HistoryLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _asking = new();
    private Task<bool>? _history;
    private long _askedMs;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", async context => await pages.WriteAsync<HealthPage>(context, "Health", await ModelOfAsync(context)));
        routes.MapGet("/health/now", async context => await pages.WritePartAsync<HealthPart>(context, await ModelOfAsync(context)));
    }

    private async Task<HealthModel> ModelOfAsync(HttpContext context)
    {
        var historyAnswers = await HistoryAnswersAsync();
        return picture.Of(Viewer.Of(context.User)!.AccountId, !data.Tail.Ended.IsCompleted, historyAnswers, data.Settings.NowMs);
    }

    // Asked once for all browsers, and none waits long for it.
    private async Task<bool> HistoryAnswersAsync()
    {
        if (data.History is null)
            return true;
        Task<bool> asked;
        lock (_asking)
        {
            if (_history is null || data.Settings.NowMs - _askedMs >= ClusterWatch.Interval.TotalMilliseconds)
                (_history, _askedMs) = (data.History.AnswersAsync(CancellationToken.None), data.Settings.NowMs);
            asked = _history;
        }

        await ((Task)asked).WaitAsync(HistoryLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return asked is { IsCompletedSuccessfully: true, Result: true };
    }
}
