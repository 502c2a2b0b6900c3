using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>ClickHouse's native compression, which <c>compress=1</c> and <c>decompress=1</c> ask for: blocks with a checksum, the method and two sizes.</summary>
/// <remarks>The framing and its checksum are written here: no package has them.</remarks>
internal static class CompressedBlocks
{
    public const byte Lz4 = 0x82, None = 0x02;
    public const int ChecksumBytes = 16, HeaderBytes = 9;
    private const int BlockBytes = 1 << 20;

    public static async Task WriteAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        byte[] plain = new byte[BlockBytes], block = new byte[ChecksumBytes + HeaderBytes + LZ4Codec.MaximumOutputSize(BlockBytes)];
        while (await from.ReadAtLeastAsync(plain, BlockBytes, throwOnEndOfStream: false, cancellation) is > 0 and int length)
            await to.WriteAsync(block.AsMemory(0, Compress(plain.AsSpan(0, length), block)), cancellation);
    }

    private static int Compress(ReadOnlySpan<byte> plain, Span<byte> block)
    {
        Span<byte> summed = block[ChecksumBytes..];
        int length = HeaderBytes + LZ4Codec.Encode(plain, summed[HeaderBytes..]);
        summed[0] = Lz4;
        BinaryPrimitives.WriteInt32LittleEndian(summed[1..], length);
        BinaryPrimitives.WriteInt32LittleEndian(summed[5..], plain.Length);
        (ulong low, ulong high) = CityHash128.Of(summed[..length]);
        BinaryPrimitives.WriteUInt64LittleEndian(block, low);
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], high);
        return ChecksumBytes + length;
    }
}

/// <summary>Reads such blocks as what they hold.</summary>
internal sealed class CompressedBlocksReader(Stream source) : ReadingStream
{
    /// <summary>The server's own bound is larger, but what clients send is a megabyte.</summary>
    private const int BlockBytesMax = 64 << 20;

    private readonly byte[] _head = new byte[CompressedBlocks.ChecksumBytes + CompressedBlocks.HeaderBytes];
    private ReadOnlyMemory<byte> _plain;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_plain.IsEmpty)
        {
            int head = await source.ReadAtLeastAsync(_head, _head.Length, throwOnEndOfStream: false, cancellationToken);
            if (head == 0)
                return 0;
            if (head < _head.Length)
                throw new InvalidDataException("the last block is torn");
            _plain = await ReadBlockAsync(cancellationToken);
        }
        int length = Math.Min(buffer.Length, _plain.Length);
        _plain[..length].CopyTo(buffer);
        _plain = _plain[length..];
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }

    private async Task<byte[]> ReadBlockAsync(CancellationToken cancellation)
    {
        const int start = CompressedBlocks.ChecksumBytes;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_head.AsSpan(start + 1)), plainLength = BinaryPrimitives.ReadInt32LittleEndian(_head.AsSpan(start + 5));
        if (length is < CompressedBlocks.HeaderBytes or > BlockBytesMax || plainLength is < 0 or > BlockBytesMax)
            throw new InvalidDataException($"a block says that it has {length} bytes, and holds {plainLength}: neither may be more than {BlockBytesMax}");
        byte[] summed = new byte[length];
        _head.AsSpan(start).CopyTo(summed);
        try
        {
            await source.ReadExactlyAsync(summed.AsMemory(CompressedBlocks.HeaderBytes), cancellation);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("the last block is torn", e);
        }
        if (CityHash128.Of(summed) != (BinaryPrimitives.ReadUInt64LittleEndian(_head), BinaryPrimitives.ReadUInt64LittleEndian(_head.AsSpan(8))))
            throw new InvalidDataException("the checksum of a block does not match");
        return Decompress(summed, plainLength);
    }

    private static byte[] Decompress(byte[] summed, int plainLength)
    {
        ReadOnlySpan<byte> compressed = summed.AsSpan(CompressedBlocks.HeaderBytes);
        switch (summed[0])
        {
            case CompressedBlocks.Lz4:
                return DecompressLz4(compressed, plainLength);
            case CompressedBlocks.None when compressed.Length == plainLength:
                return compressed.ToArray();
            default:
                throw new InvalidDataException($"a block has the method 0x{summed[0]:x2}; those known here are LZ4 (0x82) and none (0x02)");
        }
    }

    private static byte[] DecompressLz4(ReadOnlySpan<byte> compressed, int plainLength)
    {
        // A byte of LZ4 stands for 255 at most: nothing larger is worth the memory.
        if (plainLength > compressed.Length * 255L)
            throw new InvalidDataException($"an LZ4 block of {compressed.Length} bytes says that it holds {plainLength}: that is more than LZ4 can hold");
        byte[] plain = new byte[plainLength];
        int length = LZ4Codec.Decode(compressed, plain);
        // The codec tells nothing and an error alike.
        if (length != plainLength && !(plainLength == 0 && compressed is [0]))
            throw new InvalidDataException(length < 0 ? "an LZ4 block is broken" : $"an LZ4 block holds {length} bytes where it says {plainLength}");
        return plain;
    }
}
