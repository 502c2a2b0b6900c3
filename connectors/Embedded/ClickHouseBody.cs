using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>A statement and the data after it, as they come in: the query of the URL, a line end, the decompressed body that <paramref name="open"/> gives.</summary>
/// <remarks>Only the statement is held; data is passed on as it arrives. Sizes are bounded after decompression.</remarks>
internal sealed class ClickHouseBody(HttpRequest http, string query, long bytesMax, Func<Task<Stream>> open) : IAsyncDisposable
{
    private const int ChunkBytes = 64 << 10;

    private Stream _body = Stream.Null;
    private long _bytesRead;

    /// <summary>The text up to <paramref name="headBytesMax"/>, and whether that is all of it.</summary>
    public async Task<(ReadOnlyMemory<byte> Head, bool IsWhole)> ReadHeadAsync(int headBytesMax, CancellationToken cancellation)
    {
        try
        {
            _body = await open();
        }
        catch (InvalidDataException e)
        {
            throw NotReadable(e);
        }
        var head = new MemoryStream();
        if (query.Length > 0)
        {
            head.Write(System.Text.Encoding.UTF8.GetBytes(query));
            head.WriteByte((byte)'\n');
        }
        byte[] chunk = new byte[ChunkBytes];
        while (head.Length < headBytesMax)
        {
            int read = await ReadAsync(chunk.AsMemory(0, (int)Math.Min(ChunkBytes, headBytesMax - head.Length)), cancellation);
            if (read == 0)
                return (head.GetBuffer().AsMemory(0, (int)head.Length), true);
            head.Write(chunk, 0, read);
        }
        return (head.GetBuffer().AsMemory(0, (int)head.Length), false);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await _body.ReadAsync(buffer, cancellation);
        }
        // BrotliStream calls torn data an operation that is not valid.
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw NotReadable(e);
        }
        _bytesRead += read;
        if (_bytesRead > bytesMax)
            throw new ClickHouseRefusal(ClickHouseErrors.QueryIsTooLarge, $"The body is larger than {bytesMax} bytes: send it in parts");
        return read;
    }

    public ValueTask DisposeAsync() => _body.DisposeAsync();

    private ClickHouseRefusal NotReadable(Exception e) =>
        new(ClickHouseErrors.CannotParseText, $"The body is not compressed as the request says ({(http.Headers.ContentEncoding is [{ } encoding] ? encoding : "decompress=1")}): {e.Message}");
}
