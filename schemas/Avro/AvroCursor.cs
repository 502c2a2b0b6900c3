using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamDeploy.Schemas.Avro;

/// <summary>A place in a body. Trusts no length, count or depth that the body claims.</summary>
internal ref struct AvroCursor(ReadOnlySpan<byte> body)
{
    /// <summary>Records, arrays and maps inside each other. Ours nest four deep.</summary>
    public const int DepthMax = 64;

    private const int ZeroByteItemsMin = 64;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> body = body;
    private int position;
    private int depth;

    /// <summary>Items that take no byte in the body still take memory: a body pays for them with its length.</summary>
    private int zeroByteItemsLeft = Math.Max(ZeroByteItemsMin, body.Length);

    public readonly int Position => position;

    /// <summary>Where the last union or enum index began.</summary>
    public int IndexAt { get; private set; }

    public readonly int BytesLeft => body.Length - position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadLong()
    {
        if ((uint)position < (uint)body.Length && body[position] < 0x80)
        {
            uint first = body[position++];
            return (int)(first >> 1) ^ -(int)(first & 1);
        }
        return ReadLongVarint();
    }

    private long ReadLongVarint()
    {
        ulong zigzag = 0;
        for (int at = position, shift = 0; ; at++, shift += 7)
        {
            if (at >= body.Length)
                throw Truncated("a number");
            byte b = body[at];
            if (shift == 63 && b > 1)
                throw Wrong(position, "a number of more than 64 bits");
            zigzag |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                position = at + 1;
                return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            }
        }
    }

    public int ReadInt()
    {
        int start = position;
        long value = ReadLong();
        return value == (int)value ? (int)value : throw Wrong(start, $"{value} is no int");
    }

    public bool ReadBoolean()
    {
        if (position >= body.Length)
            throw Truncated("a boolean");
        byte b = body[position];
        if (b > 1)
            throw Wrong(position, $"a boolean is 0 or 1, not {b}");
        position++;
        return b == 1;
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(position, sizeof(float), "a float"));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(position, sizeof(double), "a double"));

    public string ReadString() => TextOf(position, TakeSized("a string"));

    public string ReadString(StringCache cache)
    {
        int start = position;
        ReadOnlySpan<byte> bytes = TakeSized("a string");
        if (cache.Find(bytes, out int? place) is { } known)
            return known;
        string text = TextOf(start, bytes);
        if (place is { } slot)
            cache.Keep(slot, text);
        return text;
    }

    private static string TextOf(int start, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.IsEmpty ? "" : StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(start, "a string that is not UTF-8");
        }
    }

    public byte[] ReadBytes() => TakeSized("bytes").ToArray();

    public byte[] ReadFixed(int size) => Take(position, size, "a fixed").ToArray();

    /// <summary>The index of a union's branch or an enum's symbol.</summary>
    public int ReadIndex(int count, string what)
    {
        IndexAt = position;
        long index = ReadLong();
        return (ulong)index < (ulong)count ? (int)index : throw Wrong(IndexAt, $"{what} index {index} of {count}");
    }

    /// <summary>How many items the next block has; 0 ends the array or map.</summary>
    /// <remarks>A negative count is followed by the block's length in bytes, which a reader has no need of.</remarks>
    public int ReadBlock(int itemBytesMin)
    {
        int start = position;
        long count = ReadBlockCount(out _);
        if (itemBytesMin > 0)
            return count <= BytesLeft / itemBytesMin ? (int)count : throw Wrong(start, $"a block of {count} items, with {BytesLeft} bytes left");
        if (count > zeroByteItemsLeft)
            throw Wrong(start, $"a block of {count} items that take no byte");
        zeroByteItemsLeft -= (int)count;
        return (int)count;
    }

    /// <summary>The count, never negative, and the block's length in bytes, or -1 where it is not given.</summary>
    public long ReadBlockCount(out int blockBytes)
    {
        int start = position;
        long count = ReadLong();
        blockBytes = -1;
        if (count >= 0)
            return count;
        if (count == long.MinValue)
            throw Wrong(start, "a block count that has no positive");
        blockBytes = ReadSize("a block");
        return -count;
    }

    public void SkipSized(string what) => TakeSized(what);

    public void Skip(int bytes, string what) => Take(position, bytes, what);

    public void Enter()
    {
        if (++depth > DepthMax)
            throw Wrong(position, $"the value nests deeper than {DepthMax} levels");
    }

    public void Leave() => depth--;

    public readonly void End()
    {
        if (position != body.Length)
            throw Wrong(position, $"{BytesLeft} bytes follow the value");
    }

    public static AvroException Wrong(int offset, string problem) => new(problem, offset);

    private ReadOnlySpan<byte> TakeSized(string what)
    {
        int start = position;
        return Take(start, ReadSize(what), what);
    }

    private int ReadSize(string what)
    {
        int start = position;
        long size = ReadLong();
        if (size < 0)
            throw Wrong(start, $"{what} of {size} bytes");
        return size <= BytesLeft ? (int)size : throw Wrong(start, $"{what} of {size} bytes, with {BytesLeft} left");
    }

    private ReadOnlySpan<byte> Take(int start, int bytes, string what)
    {
        if (bytes > BytesLeft)
            throw Wrong(start, $"the body ends inside {what}");
        ReadOnlySpan<byte> taken = body.Slice(position, bytes);
        position += bytes;
        return taken;
    }

    private readonly AvroException Truncated(string what) => Wrong(position, $"the body ends where {what} is expected");
}
