using System.Buffers.Binary;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>LZ4's block format, as ClickHouse's native compression has it: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md</summary>
internal static class Lz4Block
{
    private const int HashBits = 14, MatchMin = 4, LastLiterals = 5, LastMatchBeforeEnd = 12, OffsetMax = 65_535;

    public static int SizeMax(int length) => length + (length / 255) + 16;

    /// <returns>How much of <paramref name="target"/> was written; it must hold <see cref="SizeMax"/>.</returns>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        // Where four bytes with this hash were last seen, plus one.
        int[] seen = new int[1 << HashBits];
        int written = 0, literals = 0, at = 0;
        while (at < source.Length - LastMatchBeforeEnd)
        {
            uint four = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref int slot = ref seen[(four * 2_654_435_761u) >> (32 - HashBits)];
            int candidate = slot - 1;
            slot = at + 1;
            if (candidate < 0 || at - candidate > OffsetMax || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != four)
            {
                // What has not compressed for a while is looked at in larger steps.
                at += 1 + ((at - literals) >> 6);
                continue;
            }
            int length = MatchMin + source[(candidate + MatchMin)..].CommonPrefixLength(source[(at + MatchMin)..^LastLiterals]);
            written += WriteLiterals(source[literals..at], length - MatchMin, target[written..]);
            BinaryPrimitives.WriteUInt16LittleEndian(target[written..], (ushort)(at - candidate));
            written += 2;
            written += WriteLength(length - MatchMin, target[written..]);
            at += length;
            literals = at;
        }
        return written + WriteLiterals(source[literals..], 0, target[written..]);
    }

    /// <exception cref="InvalidDataException">It is not LZ4, or not of this size.</exception>
    public static void Decompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0, to = 0;
        try
        {
            while (true)
            {
                byte token = source[from++];
                int literals = ReadLength(source, ref from, token >> 4);
                source.Slice(from, literals).CopyTo(target[to..]);
                from += literals;
                to += literals;
                if (from == source.Length)
                    break;
                int offset = BinaryPrimitives.ReadUInt16LittleEndian(source[from..]);
                from += 2;
                int length = ReadLength(source, ref from, token & 15) + MatchMin;
                CopyMatch(target, to, offset, length);
                to += length;
            }
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("an LZ4 block is torn", e);
        }
        if (to != target.Length)
            throw new InvalidDataException($"an LZ4 block holds {to} bytes where it says {target.Length}");
    }

    /// <summary>A match may overlap what it writes: then what it wrote is repeated.</summary>
    private static void CopyMatch(Span<byte> target, int to, int offset, int length)
    {
        if (offset == 0 || offset > to)
            throw new InvalidDataException("an LZ4 block refers to what is before it");
        Span<byte> written = target.Slice(to, length);
        if (offset >= length)
        {
            target.Slice(to - offset, length).CopyTo(written);
            return;
        }
        for (int i = 0; i < length; i++)
            written[i] = target[to - offset + i];
    }

    private static int WriteLiterals(ReadOnlySpan<byte> literals, int matchLength, Span<byte> target)
    {
        target[0] = (byte)((Math.Min(literals.Length, 15) << 4) | Math.Min(matchLength, 15));
        int written = 1 + WriteLength(literals.Length, target[1..]);
        literals.CopyTo(target[written..]);
        return written + literals.Length;
    }

    /// <summary>What of a length does not fit the four bits of the token.</summary>
    private static int WriteLength(int length, Span<byte> target)
    {
        if (length < 15)
            return 0;
        int written = 0;
        for (length -= 15; length >= 255; length -= 255)
            target[written++] = 255;
        target[written++] = (byte)length;
        return written;
    }

    private static int ReadLength(ReadOnlySpan<byte> source, ref int from, int bits)
    {
        int length = bits;
        if (bits < 15)
            return length;
        byte more;
        do
        {
            more = source[from++];
            length = checked(length + more);
        }
        while (more == 255);
        return length;
    }
}
