using System.Globalization;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>xz, which neither .NET nor a package here writes: the engine reads and writes files in it.</summary>
/// <remarks>
/// Through two files in the data folder, about 50 MB a second: byte by byte, as rows of one byte, is the way in which the engine holds no more than a block of what
/// a small file may unpack to.
/// </remarks>
internal sealed class EngineCompression(ChdbEngine engine, long bytesMax)
{
    private readonly string _folder = Path.Combine(engine.DataPath, "streamdeploy-transfer");

    public static bool Knows(string encoding) => encoding is "xz";

    /// <summary>Deletes what a killed process left.</summary>
    public void Clear()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
    }

    /// <returns>What the body holds, to be disposed.</returns>
    /// <exception cref="InvalidDataException">The body is not in the encoding.</exception>
    public async Task<Stream> DecompressAsync(Stream body, string encoding, Func<CancellationToken, Task<IDisposable>> waitForTurn, CancellationToken cancellation)
    {
        using var packed = new TransferFile(_folder);
        await packed.FillAsync(body, bytesMax, cancellation);
        using var plain = new TransferFile(_folder);
        using IDisposable turn = await waitForTurn(cancellation);
        try
        {
            await ConvertAsync(packed, encoding, plain, "none");
        }
        catch (ChdbException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
        return plain.OpenRead();
    }

    public async Task CompressAsync(Stream rows, string encoding, Stream to, CancellationToken cancellation)
    {
        using var plain = new TransferFile(_folder);
        await plain.FillAsync(rows, bytesMax, cancellation);
        using var packed = new TransferFile(_folder);
        await ConvertAsync(plain, "none", packed, encoding);
        await using Stream compressed = packed.OpenRead();
        await compressed.CopyToAsync(to, cancellation);
    }

    private Task<bool> ConvertAsync(TransferFile from, string fromMethod, TransferFile to, string toMethod) => ClickHouseQueries.OnOwnThread(() =>
    {
        using ChdbConnection connection = engine.Connect();
        string limit = (bytesMax + 1).ToString(CultureInfo.InvariantCulture);
        connection.Execute($"INSERT INTO FUNCTION {Function(to, toMethod)} SELECT * FROM {Function(from, fromMethod)} LIMIT {limit}");
        return true;
    });

    private static string Function(TransferFile file, string method) =>
        $"file('{ClickHouseRequest.Escape(file.Path)}', 'RowBinary', 'byte UInt8', '{method}')";

    /// <summary>A file with a name of its own, deleted at the end; who has it open may read on.</summary>
    private sealed class TransferFile(string folder) : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(folder, Guid.NewGuid().ToString("N"));

        public async Task FillAsync(Stream from, long bytesMax, CancellationToken cancellation)
        {
            await using FileStream to = File.Create(Path);
            byte[] chunk = new byte[64 << 10];
            while (await from.ReadAsync(chunk, cancellation) is > 0 and int read)
            {
                if (to.Length + read > bytesMax)
                    throw new ClickHouseRefusal(ClickHouseErrors.QueryIsTooLarge, $"The body is larger than {bytesMax} bytes: send it in parts");
                await to.WriteAsync(chunk.AsMemory(0, read), cancellation);
            }
        }

        public Stream OpenRead() => File.Exists(Path) ? File.OpenRead(Path) : Stream.Null;

        public void Dispose() => File.Delete(Path);
    }
}
