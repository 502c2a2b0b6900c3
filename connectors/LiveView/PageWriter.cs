using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Session;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>What every page knows of where it stands.</summary>
/// <param name="Title">Of the page, for the window and its heading.</param>
/// <param name="Path">By which the navigation shows where one is.</param>
/// <param name="Viewer">Null where nobody is signed in.</param>
/// <param name="FormToken">Proves that a form is ours.</param>
public sealed record PageFrame(string Title, string Path, Viewer? Viewer, string FormToken);

/// <summary>Components to HTML, on the server.</summary>
internal sealed class PageWriter(IServiceProvider services, ILoggerFactory logs, IAntiforgery antiforgery)
{
    /// <summary>A whole page. <typeparamref name="T"/> has one parameter, Model.</summary>
    public async Task WriteAsync<T>(HttpContext context, string title, object? model, int status = StatusCodes.Status200OK)
        where T : IComponent
    {
        await SendAsync(context, await RenderAsync<Layout>(In<T>(FrameOf(context, title), model)), status);
    }

    /// <summary>A part of a page, as htmx asks for it.</summary>
    public async Task WritePartAsync<T>(HttpContext context, object model, int status = StatusCodes.Status200OK)
        where T : IComponent
    {
        await SendAsync(context, await RenderAsync<Framed>(In<T>(FrameOf(context, ""), model)), status);
    }

    /// <summary>A component by itself, which asks for no frame.</summary>
    public Task<string> RenderAsync<T>(object model)
        where T : IComponent => RenderAsync<T>(new Dictionary<string, object?> { ["Model"] = model });

    private static Dictionary<string, object?> In<T>(PageFrame frame, object? model)
        where T : IComponent
    {
        RenderFragment body = builder =>
        {
            builder.OpenComponent<T>(0);
            if (model is not null)
                builder.AddComponentParameter(1, "Model", model);
            builder.CloseComponent();
        };
        return new() { ["Frame"] = frame, ["Body"] = body };
    }

    private async Task<string> RenderAsync<T>(Dictionary<string, object?> parameters)
        where T : IComponent
    {
        // One for each: it keeps what it has rendered until it goes.
        await using var renderer = new HtmlRenderer(services, logs);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }

    private PageFrame FrameOf(HttpContext context, string title) => new(
        title, context.Request.Path.Value ?? "/", Viewer.Of(context.User), antiforgery.GetAndStoreTokens(context).RequestToken ?? "");

    private static Task SendAsync(HttpContext context, string html, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(html, context.RequestAborted);
    }
}
