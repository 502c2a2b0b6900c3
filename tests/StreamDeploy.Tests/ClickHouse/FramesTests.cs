using System.Buffers.Binary;
using StreamDeploy.Connectors.Embedded;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>zstd and LZ4 frames, also such as a client would send that means no good.</summary>
public sealed class FramesTests
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i / 3000))];

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void What_is_packed_unpacks_to_itself_however_the_body_comes_in(string encoding)
    {
        foreach (byte[] plain in (byte[][])[[], [1], Plain])
        {
            byte[] packed = Pack(plain, encoding);
            Assert.True(Unpack(packed, encoding).AsSpan().SequenceEqual(plain));
            Assert.True(Unpack(packed, encoding, bytesAtATime: 1).AsSpan().SequenceEqual(plain));
        }
        Assert.Empty(Unpack([], encoding));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void Frames_one_after_another_are_one_body_also_where_one_of_them_is_empty(string encoding)
    {
        byte[] body = [.. Pack([1, 2], encoding), .. Pack([], encoding), .. Pack(Plain, encoding), .. Pack([], encoding)];
        Assert.True(Unpack(body, encoding).AsSpan().SequenceEqual((byte[])[1, 2, .. Plain]));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void A_frame_that_is_cut_anywhere_is_refused(string encoding)
    {
        byte[] packed = Pack(Plain[..2000], encoding);
        for (int length = 1; length < packed.Length; length++)
            Assert.Throws<InvalidDataException>(() => Unpack(packed[..length], encoding));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void Something_else_after_a_frame_is_refused(string encoding) =>
        Assert.Throws<InvalidDataException>(() => Unpack([.. Pack(Plain, encoding), .. "SELECT 1"u8], encoding));

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void A_frame_with_any_bit_changed_is_refused_or_unpacks_and_nothing_else(string encoding)
    {
        byte[] packed = Pack(Plain[..3000], encoding);
        int refused = 0;
        for (int bit = 0; bit < packed.Length * 8; bit++)
        {
            byte[] changed = [.. packed];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.InRange(Unpack(changed, encoding).Length, 0, 10_000_000);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, packed.Length, packed.Length * 8);
    }

    [Fact]
    public void A_block_of_LZ4_that_says_that_it_is_larger_than_its_frames_blocks_is_refused_and_takes_no_memory()
    {
        byte[] packed = Pack(Plain[..2000], "lz4");
        foreach (uint length in (uint[])[0x7fff_ffff, 0xffff_ffff, 0x8001_0001, 65_537, 100_000])
        {
            byte[] changed = [.. packed, .. new byte[200_000]];
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(7), length);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => Unpack(changed, "lz4"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }
    }

    [Fact]
    public void A_frame_of_zstd_that_wants_a_larger_window_than_HTTP_allows_is_refused()
    {
        Assert.Equal(Plain, Unpack(Windowed(23), "zstd"));
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Unpack(Windowed(24), "zstd"));
        Assert.Contains("too much memory", refused.Message, StringComparison.Ordinal);

        static byte[] Windowed(int log)
        {
            var packed = new MemoryStream();
            using (var frame = new CompressionStream(packed))
            {
                frame.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, log);
                frame.Write(Plain);
            }
            return packed.ToArray();
        }
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public async Task Much_that_was_packed_small_comes_out_piece_by_piece(string encoding)
    {
        const long Length = 200L << 20;
        var packed = new MemoryStream();
        await using (Stream frame = Frames.Write(packed, encoding))
        {
            for (int i = 0; i < Length >> 20; i++)
                await frame.WriteAsync(new byte[1 << 20]);
        }
        packed.Position = 0;
        using Stream reader = Frames.Read(packed, encoding);
        byte[] chunk = new byte[64 << 10];
        long total = 0;
        while (await reader.ReadAsync(chunk) is > 0 and int read)
            total += read;
        Assert.Equal(Length, total);
        Assert.InRange(packed.Length, 1, 2 << 20);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public async Task Reading_ends_when_it_is_cancelled(string encoding)
    {
        using var cancellation = new CancellationTokenSource();
        using Stream reader = Frames.Read(new Silent(), encoding);
        ValueTask<int> read = reader.ReadAsync(new byte[10], cancellation.Token);
        Assert.False(read.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
    }

    private static byte[] Pack(byte[] plain, string encoding)
    {
        var packed = new MemoryStream();
        using (Stream frame = Frames.Write(packed, encoding))
            frame.Write(plain);
        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed, string encoding, int bytesAtATime = int.MaxValue)
    {
        using Stream reader = Frames.Read(new Slow(packed, bytesAtATime), encoding);
        var plain = new MemoryStream();
        byte[] chunk = new byte[1000];
        while (reader.ReadAsync(chunk).AsTask().GetAwaiter().GetResult() is > 0 and int read)
            plain.Write(chunk, 0, read);
        return plain.ToArray();
    }

    /// <summary>Gives so many bytes at a time.</summary>
    private sealed class Slow(byte[] bytes, int atATime) : ReadingStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int length = Math.Min(Math.Min(buffer.Length, atATime), bytes.Length - _at);
            bytes.AsMemory(_at, length).CopyTo(buffer);
            _at += length;
            return new(length);
        }
    }

    /// <summary>A client that sends nothing more.</summary>
    private sealed class Silent : ReadingStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
