using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>Scripts and styles, out of the assembly. Each address holds a digest of the content, so browsers keep it for good.</summary>
internal static class StaticAssets
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["htmx.min.js"] = "text/javascript; charset=utf-8",
        ["hx-sse.min.js"] = "text/javascript; charset=utf-8",
        ["view.js"] = "text/javascript; charset=utf-8",
        ["view.css"] = "text/css; charset=utf-8",
        ["icon.svg"] = "image/svg+xml",
    };

    private static readonly Dictionary<string, (byte[] Content, string Digest)> Files = Types.Keys.ToDictionary(name => name, Load, StringComparer.Ordinal);

    /// <summary>Where browsers fetch it.</summary>
    public static string PathOf(string name) => $"/assets/{Files[name].Digest}/{name}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/assets/{digest}/{name}", (string digest, string name, HttpContext context) =>
    {
        if (!Files.TryGetValue(name, out var file))
            return Results.NotFound();
        // An older page may ask for an older content: it gets the new one, but must not keep it under that address.
        context.Response.Headers.CacheControl = digest == file.Digest ? "public, max-age=31536000, immutable" : "no-store";
        return Results.Bytes(file.Content, Types[name]);
    });

    internal static int BytesOf(string name) => Files[name].Content.Length;

    private static (byte[] Content, string Digest) Load(string name)
    {
        // Ours are made of a file for each part of the view.
        var content = name is "view.js" or "view.css" ? [.. Named($"LiveView/{Path.GetExtension(name)[1..]}/").SelectMany(Read)] : Read("LiveView/" + name);
        return (content, Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6)));
    }

    private static IEnumerable<string> Named(string folder) =>
        typeof(StaticAssets).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal);

    private static byte[] Read(string resource)
    {
        using var stream = typeof(StaticAssets).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
