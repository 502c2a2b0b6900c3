using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>How a result is sent: HTTP's Content-Encoding where the client accepts one, or ClickHouse's own blocks.</summary>
internal static class ClickHouseEncoding
{
    /// <summary>Those that .NET has come first; xz, which goes through the engine, last.</summary>
    private static readonly string[] Known = ["gzip", "deflate", "br", "zstd", "lz4", "xz"];

    /// <returns>Null where the result is to be sent as it is.</returns>
    public static string? Choose(HttpRequest http)
    {
        IList<StringWithQualityHeaderValue> accepted = http.GetTypedHeaders().AcceptEncoding;
        return Known.FirstOrDefault(encoding => accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0));
    }

    public static async Task SendAsync(Stream rows, string? encoding, HttpResponse response, EngineCompression engine, CancellationToken cancellation)
    {
        response.Headers.ContentEncoding = encoding;
        if (encoding is null)
        {
            await rows.CopyToAsync(response.Body, cancellation);
            return;
        }
        if (EngineCompression.Knows(encoding))
        {
            await engine.CompressAsync(rows, encoding, response.Body, cancellation);
            return;
        }
        await using Stream packed = encoding switch
        {
            "gzip" => new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true),
            _ when Frames.Knows(encoding) => Frames.Write(response.Body, encoding),
            _ => new BrotliStream(response.Body, CompressionLevel.Fastest, leaveOpen: true),
        };
        await rows.CopyToAsync(packed, cancellation);
    }

    /// <exception cref="ClickHouseRefusal">An encoding that nothing here reads.</exception>
    public static async Task<Stream> DecompressAsync(HttpRequest http, EngineCompression engine, Func<CancellationToken, Task<IDisposable>> waitForTurn, CancellationToken cancellation)
    {
        string encoding = http.Headers.ContentEncoding.ToString();
        return encoding switch
        {
            "" or "identity" => http.Body,
            "gzip" or "x-gzip" => new GZipStream(http.Body, CompressionMode.Decompress, leaveOpen: true),
            "deflate" => new ZLibStream(http.Body, CompressionMode.Decompress, leaveOpen: true),
            "br" => new BrotliStream(http.Body, CompressionMode.Decompress, leaveOpen: true),
            _ when Frames.Knows(encoding) => Frames.Read(http.Body, encoding),
            _ when EngineCompression.Knows(encoding) => await engine.DecompressAsync(http.Body, encoding, waitForTurn, cancellation),
            _ => throw new ClickHouseRefusal(ClickHouseErrors.UnsupportedMediaType,
                $"Content-Encoding {encoding} is not supported here: send gzip, deflate, br, zstd, lz4, xz or no compression"),
        };
    }
}
