using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using StreamDeploy.Connectors.LiveView.Pages;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>In and out: an account's API key becomes a session.</summary>
internal sealed class SignInEndpoints(LiveData data, PageWriter pages)
{
    public const string Path = "/sign-in";

    private const string TooMany = "Too many attempts from this address. Wait a minute.";

    /// <summary>A key that was deleted opens nothing any more after this long.</summary>
    private static readonly TimeSpan RecheckAfter = TimeSpan.FromMinutes(1);

    private readonly AttemptLimit _attempts = new(data.Settings.Clock);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, ShowAsync);
        routes.MapPost(Path, SignInAsync);
        routes.MapPost("/sign-out", SignOutAsync);
        if (data.Settings.Oidc is not null)
            routes.MapGet(OidcSignIn.Path, BeginAsync);
        routes.MapGet("/", context =>
        {
            context.Response.Redirect("/deployments");
            return Task.CompletedTask;
        });
    }

    /// <summary>Nobody gets further without a session; and a session ends with the key it came from.</summary>
    public async Task LetInAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments(Path) || context.Request.Path.StartsWithSegments("/assets") || context.Request.Path.Value is "/healthz" or "/readyz")
        {
            await next(context);
            return;
        }

        var viewer = Viewer.Of(context.User);
        if (viewer is not null && IsDue(context.User))
        {
            var (now, answer) = await data.Management.WhoAsync(viewer.Token, context.RequestAborted);
            // Where the ingest is away the session goes on: a page is not less needed then.
            if (answer.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden || (now is not null && now.AccountId != viewer.AccountId))
                viewer = null;
            else if (now is not null)
                await KeepAsync(context, viewer = now, (await context.AuthenticateAsync()).Properties);
        }

        if (viewer is null)
        {
            await context.SignOutAsync();
            context.User = new ClaimsPrincipal();
            if (HttpMethods.IsGet(context.Request.Method) && !context.Request.Headers.ContainsKey("HX-Request"))
                context.Response.Redirect($"{Path}?next={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
            else
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method))
            await context.RequestServices.GetRequiredService<IAntiforgery>().ValidateRequestAsync(context);
        if (!viewer.MayRead && context.Request.Path != "/sign-out")
        {
            await pages.WriteAsync<ProblemPage>(context, "No access",
                new Problem("This key sends events, but may not read", "Sign out, and sign in with a key that has the scope READ, WRITE or ADMIN."), StatusCodes.Status403Forbidden);
            return;
        }

        await next(context);
    }

    private Task ShowAsync(HttpContext context) =>
        Viewer.Of(context.User) is null
            ? pages.WriteAsync<SignInPage>(context, "Sign in", new SignIn(NextOf(context.Request.Query["next"]), null, data.Settings.Oidc is not null))
            : Redirect(context, NextOf(context.Request.Query["next"]));

    private async Task SignInAsync(HttpContext context)
    {
        await context.RequestServices.GetRequiredService<IAntiforgery>().ValidateRequestAsync(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var next = NextOf(form["next"]);
        var key = form["key"].ToString().Trim();
        if (key.Length == 0)
        {
            await RefuseAsync(context, next, "Paste an API key.", StatusCodes.Status400BadRequest);
            return;
        }

        if (!_attempts.Allows(context.Connection.RemoteIpAddress))
        {
            await RefuseAsync(context, next, TooMany, StatusCodes.Status429TooManyRequests);
            return;
        }

        var (viewer, answer) = await data.Management.WhoAsync(key, context.RequestAborted);
        if (viewer is null)
        {
            if (answer.Status == StatusCodes.Status401Unauthorized)
                _attempts.CountRefused(context.Connection.RemoteIpAddress);
            await (answer.IsDone
                ? RefuseAsync(context, next, "This is the operator's key: it makes accounts, but belongs to none. Use a key of an account.", StatusCodes.Status403Forbidden)
                : answer.Status == StatusCodes.Status401Unauthorized
                    ? RefuseAsync(context, next, "This key is not known, or not valid any more.", StatusCodes.Status401Unauthorized)
                    : RefuseAsync(context, next, "Keys cannot be checked now: the ingest does not answer. Try again in a moment.", StatusCodes.Status503ServiceUnavailable));
            return;
        }

        await KeepAsync(context, viewer, null);
        await Redirect(context, next);
    }

    private static async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync();
        context.Response.Redirect(Path);
    }

    /// <summary>Says why a sign-in at the provider came to nothing.</summary>
    public Task RefuseAsync(HttpContext context, Exception problem)
    {
        var (words, status) = OidcSignIn.Explain(context, problem);
        return RefuseAsync(context, NextOf(null), words, status);
    }

    private Task BeginAsync(HttpContext context)
    {
        var next = NextOf(context.Request.Query["next"]);
        return _attempts.Allows(context.Connection.RemoteIpAddress)
            ? context.ChallengeAsync(OidcSignIn.SchemeName, new AuthenticationProperties { RedirectUri = next })
            : RefuseAsync(context, next, TooMany, StatusCodes.Status429TooManyRequests);
    }

    private Task RefuseAsync(HttpContext context, string next, string problem, int status) =>
        pages.WriteAsync<SignInPage>(context, "Sign in", new SignIn(next, problem, data.Settings.Oidc is not null), status);

    // A session that was checked goes on with its own end: it is not begun anew.
    private Task KeepAsync(HttpContext context, Viewer viewer, AuthenticationProperties? session)
    {
        context.User = viewer.ToPrincipal(data.Settings.NowMs);
        return context.Response.HasStarted ? Task.CompletedTask : context.SignInAsync(context.User, session);
    }

    private bool IsDue(ClaimsPrincipal user) =>
        !long.TryParse(user.FindFirstValue(Viewer.CheckedClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var checkedMs)
        || data.Settings.NowMs - checkedMs >= RecheckAfter.TotalMilliseconds;

    private static Task Redirect(HttpContext context, string path)
    {
        context.Response.Redirect(path);
        return Task.CompletedTask;
    }

    // Only to pages of ours: a browser takes two slashes, or a slash and a backslash, for another host.
    private static string NextOf(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && Uri.TryCreate(path, UriKind.Relative, out _) && !path.Any(char.IsControl) ? path : "/deployments";
}
