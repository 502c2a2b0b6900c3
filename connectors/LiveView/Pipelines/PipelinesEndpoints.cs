using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>The list of pipelines, and how a new one is made.</summary>
/// <remarks>Key and secret are in the answer to the form that made them and nowhere else: not in an address, not in a redirect, not in a log.</remarks>
internal sealed class PipelinesEndpoints(LiveData data, PageWriter pages)
{
    private const int SecretLength = 40;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/pipelines", ShowAsync);
        routes.MapGet("/pipelines/new", ShowNewAsync);
        routes.MapPost("/pipelines/new", MakeAsync);
    }

    /// <summary>A secret that nobody can guess, of characters that every settings page takes.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetString("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", SecretLength);

    private Task ShowAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var (tail, entries) = (data.Recent.Of(viewer.AccountId), data.Directory.Of(viewer.AccountId));
        var list = PipelineList.Of(entries, tail.Deployments(), tail.Alerts(), data.Recent.CompleteFromMs, data.Settings.NowMs, viewer.MayWrite);
        return pages.WriteAsync<PipelinesPage>(context, "Pipelines", list with { Deleted = context.Request.Query["deleted"].ToString() is { Length: > 0 } name ? name : null });
    }

    private Task ShowNewAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        if (context.Request.Query["from"].ToString() is not { Length: > 0 } from)
            return pages.WriteAsync<ProviderPage>(context, "New pipeline", new ProviderChoice(viewer.MayWrite));
        if (Provider.Find(from) is not { } provider)
            throw new BadQueryException($"from must be one of {string.Join(", ", Provider.All.Select(known => known.Id))}");
        return viewer.MayWrite
            ? AskAsync(context, viewer, provider, new PipelineForm(), null, StatusCodes.Status200OK)
            : pages.WriteAsync<ProviderPage>(context, "New pipeline", new ProviderChoice(false));
    }

    private async Task MakeAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var given = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Provider.Find(given["from"]) is not { } provider)
            throw new BadQueryException("from says what the pipeline is for");
        var form = PipelineForm.Of(given);
        var secret = form.WithSecret && Provider.TakesSecrets(provider.Type) ? NewSecret() : null;
        var answer = await data.Management.SendAsync(HttpMethod.Post, "api/deployment-pipelines", viewer.Token, form.ToJson(provider.Type, secret), null, context.RequestAborted);
        if (!answer.IsDone)
        {
            await AskAsync(context, viewer, provider, form, FormProblem.Of(answer), StatusOf(answer));
            return;
        }

        var made = PipelineFacts.Of(answer);
        await pages.WriteAsync<MadePipelinePage>(context, made.Name, new MadePipeline(
            new(provider, made, secret, secret is not null), Arrivals.Of(data.Recent.Of(viewer.AccountId), made.Id, data.Tail.HasDeliveries)));
    }

    private Task AskAsync(HttpContext context, Viewer viewer, Provider provider, PipelineForm form, FormProblem? problem, int status) =>
        pages.WriteAsync<NewPipelinePage>(context, "New pipeline", new NewPipeline(provider, new(provider.Type, form, data.Directory.Of(viewer.AccountId).Teams, problem)), status);

    /// <summary>What the browser is told: what the API said, but that there was no answer.</summary>
    public static int StatusOf(ManagementAnswer answer) => answer.Status is >= 400 and < 600 ? answer.Status : StatusCodes.Status503ServiceUnavailable;
}
