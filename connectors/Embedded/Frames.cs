using K4os.Compression.LZ4.Streams;
using K4os.Compression.LZ4.Streams.Frames;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>zstd and LZ4 frames, as HTTP's Content-Encoding has them.</summary>
internal static class Frames
{
    /// <summary>
    /// 8 MB, which is what RFC 9659 allows for HTTP. A frame only names its window, and the decoder then takes the memory: without this limit up to 128 MB.
    /// </summary>
    private const int ZstdWindowLogMax = 23;

    public static bool Knows(string encoding) => encoding is "zstd" or "lz4";

    /// <summary>Reads what the frames hold; the body stays open.</summary>
    public static Stream Read(Stream body, string encoding) => encoding == "zstd" ? new ZstdReader(body) : new Lz4Reader(body);

    /// <summary>Writes one frame with a checksum; it ends when the stream is disposed; the target stays open.</summary>
    public static Stream Write(Stream to, string encoding)
    {
        if (encoding == "lz4")
            return LZ4Stream.Encode(to, new LZ4EncoderSettings { ContentChecksum = true }, leaveOpen: true);
        var frame = new CompressionStream(to, leaveOpen: true);
        frame.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return frame;
    }

    private sealed class ZstdReader : FramesReader
    {
        private readonly DecompressionStream _frames;

        public ZstdReader(Stream body) : base("zstd")
        {
            _frames = new(body, leaveOpen: true);
            _frames.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdWindowLogMax);
        }

        protected override ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellation) =>
            _frames.ReadAsync(buffer, cancellation);

        protected override void Release() => _frames.Dispose();
    }

    private sealed class Lz4Reader(Stream body) : FramesReader("LZ4")
    {
        private readonly StreamLZ4FrameReader _frames = LZ4Frame.Decode(body, leaveOpen: true);

        protected override async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            if (buffer.IsEmpty)
                return 0;
            int read;
            // Nothing is read at the end of a frame, and from a block that holds nothing: only the end of the body is the end.
            do
                read = await _frames.ReadManyBytesAsync(cancellation, buffer, interactive: true);
            while (read == 0 && await _frames.OpenFrameAsync(cancellation));
            return read;
        }

        protected override void Release() => _frames.Dispose();
    }
}

/// <summary>Frames, read as what they hold. What is wrong with them is an <see cref="InvalidDataException"/>, whatever the decoder throws.</summary>
internal abstract class FramesReader(string name) : ReadingStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReadSomeAsync(buffer, cancellationToken);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"the last {name} frame is torn", e);
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException($"a {name} frame is broken: {e.Message}", e);
        }
        // What K4os throws: ArgumentException where a block says that it is larger than the frame's blocks, InvalidOperationException where a block cannot be
        // decoded, NotImplementedException where the frame needs a dictionary.
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotImplementedException)
        {
            var problem = e is NotImplementedException ? $"a {name} frame needs a dictionary" : $"a block of the {name} frame is broken";
            throw new InvalidDataException(problem, e);
        }
    }

    protected abstract ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellation);

    protected abstract void Release();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Release();
        base.Dispose(disposing);
    }
}
