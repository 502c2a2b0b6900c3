using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>A pipeline by itself: what it was sent, and how it is changed.</summary>
internal sealed class PipelineEndpoints(LiveData data, PageWriter pages, Broadcast broadcast)
{
    private const string Overtaken = "Somebody else changed this pipeline since you opened the form, and nothing was saved.";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/pipelines/{id:long}", context => ShowAsync(context));
        routes.MapPost("/pipelines/{id:long}", ChangeAsync);
        routes.MapPost("/pipelines/{id:long}/rotate-key", RotateKeyAsync);
        routes.MapPost("/pipelines/{id:long}/rotate-secret", RotateSecretAsync);
        routes.MapGet("/pipelines/{id:long}/delete", context => AskToDeleteAsync(context, null, StatusCodes.Status200OK));
        routes.MapPost("/pipelines/{id:long}/delete", DeleteAsync);
        routes.MapGet("/pipelines/{id:long}/deliveries", FollowAsync);
        routes.MapGet("/pipelines/{id:long}/first", FollowFirstAsync);
    }

    private async Task ShowAsync(HttpContext context, PipelineForm? form = null, FormProblem? problem = null, int status = StatusCodes.Status200OK)
    {
        var viewer = Viewer.Of(context.User)!;
        if (await ReadAsync(context, viewer) is not { } facts)
            return;
        var entries = data.Directory.Of(viewer.AccountId);
        var whyFixed = !viewer.MayWrite ? "Your key may look, but not change pipelines: that needs the scope WRITE or ADMIN."
            : facts.IsOfFile ? "This pipeline stands in the server's catalog file, and is changed there."
            : null;
        var fields = whyFixed is null ? new PipelineFields(facts.Type, form ?? PipelineForm.Of(facts), entries.Teams, problem) : null;
        var model = new PipelineModel(facts, fields, whyFixed ?? null, ArrivalsOf(viewer, facts.Id), entries, DoneOf(context), form is not null);
        // What cannot be changed any more says so in place of the form that was sent.
        if (fields is null && problem is not null)
            model = model with { WhyFixed = problem.Message };
        await pages.WriteAsync<PipelinePage>(context, facts.Name, model, status);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var given = await context.Request.ReadFormAsync(context.RequestAborted);
        var form = PipelineForm.Of(given);
        if (await ReadAsync(context, viewer) is not { } facts)
            return;
        var answer = await SendAsync(context, viewer, HttpMethod.Put, "", form.ToJson(facts.Type), given["etag"]);
        if (answer.IsDone)
            context.Response.Redirect(string.Create(CultureInfo.InvariantCulture, $"/pipelines/{facts.Id}?done=changed"));
        else
            await ShowAsync(context, form, ProblemOf(answer), PipelinesEndpoints.StatusOf(answer));
    }

    private async Task RotateKeyAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var given = await context.Request.ReadFormAsync(context.RequestAborted);
        var overlap = given["overlap"].ToString();
        var answer = await SendAsync(context, viewer, HttpMethod.Post, "/integration-key", JsonSerializer.SerializeToElement(new JsonObject { ["overlap"] = overlap }), given["etag"]);
        if (answer.IsDone)
            await pages.WriteAsync<RotatedPage>(context, "New key", Rotated(answer, PipelineFacts.Of(answer).Key, null, overlap));
        else
            await RefusedAsync(context, answer);
    }

    private async Task RotateSecretAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var given = await context.Request.ReadFormAsync(context.RequestAborted);
        var (overlap, own) = (given["overlap"].ToString(), given["own"].ToString().Trim());
        var secret = own.Length > 0 ? own : PipelinesEndpoints.NewSecret();
        var body = JsonSerializer.SerializeToElement(new JsonObject { ["overlap"] = overlap, ["signingSecret"] = secret });
        var answer = await SendAsync(context, viewer, HttpMethod.Post, "/signing-secret", body, given["etag"]);
        if (answer.IsDone)
            await pages.WriteAsync<RotatedPage>(context, "New secret", Rotated(answer, null, own.Length > 0 ? null : secret, overlap));
        else
            await RefusedAsync(context, answer);
    }

    private async Task AskToDeleteAsync(HttpContext context, FormProblem? problem, int status)
    {
        var viewer = Viewer.Of(context.User)!;
        if (!viewer.MayWrite)
            await ShowAsync(context);
        else if (await ReadAsync(context, viewer) is { } facts)
            await pages.WriteAsync<DeletePipelinePage>(context, $"Delete {facts.Name}", new PipelineDeletion(facts, problem), status);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User)!;
        var given = await context.Request.ReadFormAsync(context.RequestAborted);
        if (await ReadAsync(context, viewer) is not { } facts)
            return;
        if (Typed(given["name"].ToString()) != Typed(facts.Name))
        {
            await AskToDeleteAsync(context, new("This is not the pipeline's name: nothing was deleted.", "name"), StatusCodes.Status400BadRequest);
            return;
        }

        var answer = await SendAsync(context, viewer, HttpMethod.Delete, "", null, given["etag"]);
        if (answer.IsDone)
            context.Response.Redirect($"/pipelines?deleted={Uri.EscapeDataString(facts.Name)}");
        else
            await AskToDeleteAsync(context, ProblemOf(answer), PipelinesEndpoints.StatusOf(answer));
    }

    private Task FollowAsync(HttpContext context)
    {
        var (viewer, id) = (Viewer.Of(context.User)!, IdOf(context));
        return broadcast.FollowPartAsync(context, viewer.AccountId, () => ArrivalsOf(viewer, id), (now, shown) => now.IsLike(shown), pages.RenderAsync<ArrivalList>, _ => false);
    }

    private Task FollowFirstAsync(HttpContext context)
    {
        var (viewer, id) = (Viewer.Of(context.User)!, IdOf(context));
        return broadcast.FollowPartAsync(
            context, viewer.AccountId, () => ArrivalsOf(viewer, id), (now, shown) => now.IsLike(shown), pages.RenderAsync<FirstEvent>, now => now.FirstAccepted is not null);
    }

    private Arrivals ArrivalsOf(Viewer viewer, long id) => Arrivals.Of(data.Recent.Of(viewer.AccountId), id, data.Tail.HasDeliveries);

    /// <summary>The pipeline as it is now; null where the answer has been given already.</summary>
    private async Task<PipelineFacts?> ReadAsync(HttpContext context, Viewer viewer)
    {
        var answer = await SendAsync(context, viewer, HttpMethod.Get, "?include=integrationUrl", null, null);
        if (answer.IsDone)
            return PipelineFacts.Of(answer);
        var problem = answer.Status == StatusCodes.Status404NotFound
            ? new Problem("There is no such pipeline", "It may have been deleted, or be of another account. The list of pipelines shows those there are.")
            : new Problem("This pipeline cannot be shown now", answer.Problem);
        await pages.WriteAsync<ProblemPage>(context, problem.What, problem, PipelinesEndpoints.StatusOf(answer));
        return null;
    }

    private Task RefusedAsync(HttpContext context, ManagementAnswer answer) => ShowAsync(context, null, ProblemOf(answer), PipelinesEndpoints.StatusOf(answer));

    private Task<ManagementAnswer> SendAsync(HttpContext context, Viewer viewer, HttpMethod method, string rest, JsonElement? body, string? etag) => data.Management.SendAsync(
        method, string.Create(CultureInfo.InvariantCulture, $"api/deployment-pipelines/{IdOf(context)}{rest}"), viewer.Token, body, string.IsNullOrEmpty(etag) ? null : etag, context.RequestAborted);

    private static Rotated Rotated(ManagementAnswer answer, string? key, string? secret, string overlap) => new(PipelineFacts.Of(answer), key, secret, overlap is "0s" ? null : overlap);

    private static FormProblem ProblemOf(ManagementAnswer answer)
    {
        var problem = FormProblem.Of(answer);
        return problem.Code switch
        {
            "PRECONDITION_FAILED" => problem with { Message = Overtaken },
            "MANAGED_BY_FILE" => problem with { Message = "This pipeline stands in the server's catalog file, and is changed there: nothing was saved." },
            _ => problem,
        };
    }

    // A name may hold marks of direction, which nobody sees or types.
    private static string Typed(string name) => string.Concat(name.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format)).Trim();

    private static long IdOf(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    private static string? DoneOf(HttpContext context) => context.Request.Query["done"] == "changed" ? "Saved." : null;
}
