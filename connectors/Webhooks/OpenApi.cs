using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>The description of all routes: openapi.json beside this file, as it is.</summary>
internal static class OpenApi
{
    public static byte[] Document { get; } = Load();

    public static Task Send(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Document.Length;
        return context.Response.Body.WriteAsync(Document, context.RequestAborted).AsTask();
    }

    private static byte[] Load()
    {
        using var resource = typeof(OpenApi).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
