using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Blocks of ClickHouse's native compression, also such as a client would send that means no good: their checksums are right.</summary>
public sealed class CompressedBlocksTests
{
    private const int BlockBytesMax = 64 << 20;

    [Fact]
    public void What_is_packed_unpacks_to_itself() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        // Few letters, so that there are matches, some of which overlap themselves.
        ArbMap.Default.ArbFor<byte[]>().Generator.Resize(400).Select(bytes => bytes.Select(b => (byte)(b % 3)).ToArray()).ToArbitrary(),
        plain => Unpack(Pack(plain)).AsSpan().SequenceEqual(plain)));

    [Theory]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 7)]
    public void Blocks_of_any_size_and_of_what_does_not_compress_unpack_to_themselves(int length)
    {
        byte[] plain = new byte[length];
        new Random(1).NextBytes(plain);
        Assert.True(Unpack(Pack(plain)).AsSpan().SequenceEqual(plain));
        plain.AsSpan().Fill(7);
        Assert.True(Unpack(Pack(plain)).AsSpan().SequenceEqual(plain));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(BlockBytesMax + 1)]
    [InlineData(BlockBytesMax)]
    [InlineData(6)]
    [InlineData(4)]
    [InlineData(0)]
    public void A_size_that_a_block_does_not_hold_is_refused_and_takes_no_memory(int promised)
    {
        // Five letters and no match.
        byte[] block = Block(CompressedBlocks.Lz4, [0x50, .. "hello"u8], promised);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Unpack(block));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal("hello"u8, Unpack(Block(CompressedBlocks.Lz4, [0x50, .. "hello"u8], 5)));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(CompressedBlocks.HeaderBytes - 1)]
    [InlineData(BlockBytesMax + 1)]
    public void A_block_that_says_a_length_that_none_has_is_refused_and_takes_no_memory(int length)
    {
        byte[] block = Block(CompressedBlocks.Lz4, [0x50, .. "hello"u8], 5);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(CompressedBlocks.ChecksumBytes + 1), length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Unpack(block));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "no bytes at all", "" },
        { "letters that are not there", "50 68" },
        { "more letters than there is room for", "F0 64 " + string.Concat(Enumerable.Repeat("41", 15 + 0x64)) },
        { "a length of letters that has no end", "F0 FF FF FF FF" },
        { "a length of letters beyond an int", "F0 " + string.Concat(Enumerable.Repeat("FF", 9_000_000)) },
        { "a match of offset 0", "10 41 00 00 50 41 41 41 41 41" },
        { "a match that begins before the block", "10 41 02 00 50 41 41 41 41 41" },
        { "a match that begins far before the block", "10 41 FF FF 50 41 41 41 41 41" },
        { "an offset that is cut", "14 41 01" },
        { "a match that is longer than there is room for", "1F 41 01 00 FF FF 00 50 41 41 41 41 41" },
        { "a length of a match that has no end", "1F 41 01 00 FF FF FF FF" },
        { "a match at the very end", "1F 41 01 00 50" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_not_LZ4_is_refused(string what, string block)
    {
        byte[] packed = Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal));
        foreach (int promised in (int[])[1, 5, 10, 100, 1000])
        {
            InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Unpack(Block(CompressedBlocks.Lz4, packed, promised)));
            Assert.True(refused.Message.Contains("LZ4 block", StringComparison.Ordinal), what + ": " + refused.Message);
        }
    }

    [Fact]
    public void Any_bytes_are_refused_or_unpack_to_what_they_promise() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll<byte[], byte>((bytes, promised) =>
    {
        try
        {
            Assert.Equal(promised, Unpack(Block(CompressedBlocks.Lz4, bytes, promised)).Length);
        }
        catch (InvalidDataException)
        {
            // The only way in which it may end badly.
        }
    }));

    [Fact]
    public void A_good_block_with_any_byte_changed_is_refused_or_unpacks_to_the_same_length()
    {
        byte[] plain = [.. Enumerable.Range(0, 2000).Select(i => (byte)(i % 7 * (i / 300)))];
        byte[] packed = Pack(plain)[(CompressedBlocks.ChecksumBytes + CompressedBlocks.HeaderBytes)..];
        for (int i = 0; i < packed.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. packed];
                changed[i] ^= (byte)(1 << bit);
                try
                {
                    Assert.Equal(plain.Length, Unpack(Block(CompressedBlocks.Lz4, changed, plain.Length)).Length);
                }
                catch (InvalidDataException)
                {
                    // As it should be.
                }
            }
        }
    }

    [Fact]
    public void A_block_that_is_cut_anywhere_is_refused()
    {
        byte[] block = Pack([.. Enumerable.Range(0, 500).Select(i => (byte)(i % 11))]);
        for (int length = 1; length < block.Length; length++)
            Assert.Throws<InvalidDataException>(() => Unpack(block[..length]));
        Assert.Empty(Unpack([]));
    }

    private static byte[] Pack(byte[] plain)
    {
        var packed = new MemoryStream();
        CompressedBlocks.WriteAsync(new MemoryStream(plain), packed, CancellationToken.None).GetAwaiter().GetResult();
        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var reader = new CompressedBlocksReader(new MemoryStream(packed));
        var plain = new MemoryStream();
        byte[] chunk = new byte[1000];
        while (reader.ReadAsync(chunk).AsTask().GetAwaiter().GetResult() is > 0 and int read)
            plain.Write(chunk, 0, read);
        return plain.ToArray();
    }

    private static byte[] Block(byte method, byte[] packed, int promised)
    {
        byte[] summed = new byte[CompressedBlocks.HeaderBytes + packed.Length];
        summed[0] = method;
        BinaryPrimitives.WriteInt32LittleEndian(summed.AsSpan(1), summed.Length);
        BinaryPrimitives.WriteInt32LittleEndian(summed.AsSpan(5), promised);
        packed.CopyTo(summed, CompressedBlocks.HeaderBytes);
        byte[] sum = new byte[CompressedBlocks.ChecksumBytes];
        (ulong low, ulong high) = CityHash128.Of(summed);
        BinaryPrimitives.WriteUInt64LittleEndian(sum, low);
        BinaryPrimitives.WriteUInt64LittleEndian(sum.AsSpan(8), high);
        return [.. sum, .. summed];
    }
}
