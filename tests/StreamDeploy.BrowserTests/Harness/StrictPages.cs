using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.BrowserTests.Harness;

/// <summary>Small pages with known faults, under a strict Content-Security-Policy.</summary>
internal sealed class StrictPages : IAsyncDisposable
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string Style =
        """
        body { background: white; color: black }
        .faint { color: #bbb }
        @media (prefers-color-scheme: dark) { body { background: black; color: white } }
        """;

    // What a page knows about its visitor.
    private const string Script =
        """
        document.getElementById('visitor').textContent = [
          `${innerWidth}x${innerHeight}`,
          matchMedia('(prefers-reduced-motion: reduce)').matches ? 'still' : 'moving',
          new Date(Date.UTC(2026, 6, 1, 12)).toLocaleString(),
          getComputedStyle(document.body).backgroundColor,
        ].join(' | ');
        """;

    private readonly WebApplication _app;

    private StrictPages(WebApplication app) => _app = app;

    public static async Task<StrictPages> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return new StrictPages(app);
    }

    public Uri Url(string path) => new(new Uri(_app.Urls.First()), path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task AnswerAsync(HttpContext context)
    {
        var (type, text) = context.Request.Path.Value switch
        {
            "/style.css" => ("text/css", Style),
            "/script.js" => ("text/javascript", Script),
            "/broken.js" => ("text/javascript", "nobody.knows()"),
            "/icon.svg" => ("image/svg+xml", """<svg xmlns="http://www.w3.org/2000/svg"/>"""),
            "/good" => ("text/html", Page("""<label>Account <input name="account"></label><p id="visitor"></p><script src="/script.js"></script>""")),
            "/inaccessible" => ("text/html", Page("""<input name="account"><p class="faint">hardly seen</p>""")),
            "/inline" => ("text/html", Page("""<p style="color: red">red</p><script>document.title = 'changed'</script>""")),
            "/foreign" => ("text/html", Page("""<img alt="" src="http://example.invalid/picture.png">""")),
            "/broken" => ("text/html", Page("""<script src="/broken.js"></script>""")),
            "/dangling" => ("text/html", Page("""<img alt="" src="/nowhere.png">""")),
            "/cut" => ("text/html", Page("""<img alt="" src="/cut.png">""")),
            _ => ("", ""),
        };
        if (context.Request.Path == "/cut.png") context.Abort();
        if (type.Length == 0) context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.ContentType = type + "; charset=utf-8";
        return context.Response.WriteAsync(text);
    }

    private static string Page(string main) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>A page</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css"></head>
        <body><main><h1>A page</h1>{main}</main></body>
        </html>
        """;
}
