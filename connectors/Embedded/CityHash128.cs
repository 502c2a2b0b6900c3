using System.Buffers.Binary;
using System.Numerics;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>CityHash128 of version 1.0.2, the checksum of ClickHouse's compressed blocks.</summary>
/// <remarks>Later versions of CityHash give other values. A test compares it with blocks that the engine wrote.</remarks>
internal static class CityHash128
{
    private const ulong K0 = 0xc3a5c85c97cb3127, K1 = 0xb492b66fbe98f273, K2 = 0x9ae16a3b2f90404f, K3 = 0xc949d7c7509e6557;

    public static (ulong Low, ulong High) Of(ReadOnlySpan<byte> s) =>
        s.Length >= 16 ? WithSeed(s[16..], U64(s, 0) ^ K3, U64(s, 8))
        : s.Length >= 8 ? WithSeed([], U64(s, 0) ^ ((ulong)s.Length * K0), U64(s, s.Length - 8) ^ K1)
        : WithSeed(s, K0, K1);

    private static (ulong Low, ulong High) WithSeed(ReadOnlySpan<byte> s, ulong x, ulong y)
    {
        if (s.Length < 128)
            return Murmur(s, x, y);
        ulong z = (ulong)s.Length * K1;
        ulong v1 = (BitOperations.RotateRight(y ^ K1, 49) * K1) + U64(s, 0);
        ulong v2 = (BitOperations.RotateRight(v1, 42) * K1) + U64(s, 8);
        ulong w1 = (BitOperations.RotateRight(y + z, 35) * K1) + x;
        ulong w2 = BitOperations.RotateRight(x + U64(s, 88), 53) * K1;
        int at = 0, left = s.Length;
        for (; left >= 128; left -= 128)
        {
            for (int half = 0; half < 2; half++, at += 64)
            {
                x = BitOperations.RotateRight(x + y + v1 + U64(s, at + 16), 37) * K1;
                y = BitOperations.RotateRight(y + v2 + U64(s, at + 48), 42) * K1;
                x ^= w2;
                y ^= v1;
                z = BitOperations.RotateRight(z ^ w1, 33);
                (v1, v2) = Weak32(s, at, v2 * K1, x + w1);
                (w1, w2) = Weak32(s, at + 32, z + w2, y);
                (z, x) = (x, z);
            }
        }
        y += (BitOperations.RotateRight(w1, 37) * K0) + z;
        x += BitOperations.RotateRight(v1 + z, 49) * K0;
        for (int tail = 32; tail - 32 < left; tail += 32)
        {
            y = (BitOperations.RotateRight(y - x, 42) * K0) + v2;
            w1 += U64(s, at + left - tail + 16);
            x = (BitOperations.RotateRight(x, 49) * K0) + w1;
            w1 += v1;
            (v1, v2) = Weak32(s, at + left - tail, v1, v2);
        }
        x = Hash16(x, v1);
        y = Hash16(y, w1);
        return (Hash16(x + v2, w2) + y, Hash16(x + w2, y + v2));
    }

    private static (ulong Low, ulong High) Murmur(ReadOnlySpan<byte> s, ulong a, ulong b)
    {
        ulong c, d;
        if (s.Length <= 16)
        {
            a = ShiftMix(a * K1) * K1;
            c = (b * K1) + Hash0To16(s);
            d = ShiftMix(a + (s.Length >= 8 ? U64(s, 0) : c));
        }
        else
        {
            c = Hash16(U64(s, s.Length - 8) + K1, a);
            d = Hash16(b + (ulong)s.Length, c + U64(s, s.Length - 16));
            a += d;
            for (int at = 0; at < s.Length - 16; at += 16)
            {
                a = (a ^ (ShiftMix(U64(s, at) * K1) * K1)) * K1;
                b ^= a;
                c = (c ^ (ShiftMix(U64(s, at + 8) * K1) * K1)) * K1;
                d ^= c;
            }
        }
        a = Hash16(a, c);
        b = Hash16(d, b);
        return (a ^ b, Hash16(b, a));
    }

    private static ulong Hash0To16(ReadOnlySpan<byte> s)
    {
        ulong length = (ulong)s.Length;
        if (s.Length > 8)
        {
            ulong last = U64(s, s.Length - 8);
            return Hash16(U64(s, 0), BitOperations.RotateRight(last + length, s.Length)) ^ last;
        }
        if (s.Length >= 4)
            return Hash16(length + ((ulong)U32(s, 0) << 3), U32(s, s.Length - 4));
        if (s.Length == 0)
            return K2;
        uint y = s[0] + ((uint)s[s.Length >> 1] << 8), z = (uint)s.Length + ((uint)s[^1] << 2);
        return ShiftMix((y * K2) ^ (z * K3)) * K2;
    }

    private static ulong Hash16(ulong low, ulong high)
    {
        const ulong mul = 0x9ddfea08eb382d69;
        ulong a = (low ^ high) * mul;
        a ^= a >> 47;
        ulong b = (high ^ a) * mul;
        b ^= b >> 47;
        return b * mul;
    }

    private static (ulong, ulong) Weak32(ReadOnlySpan<byte> s, int at, ulong a, ulong b)
    {
        ulong x = U64(s, at + 8), y = U64(s, at + 16), z = U64(s, at + 24);
        a += U64(s, at);
        b = BitOperations.RotateRight(b + a + z, 21);
        ulong c = a;
        a += x + y;
        b += BitOperations.RotateRight(a, 44);
        return (a + z, b + c);
    }

    private static ulong ShiftMix(ulong value) => value ^ (value >> 47);

    private static ulong U64(ReadOnlySpan<byte> s, int at) => BinaryPrimitives.ReadUInt64LittleEndian(s[at..]);

    private static uint U32(ReadOnlySpan<byte> s, int at) => BinaryPrimitives.ReadUInt32LittleEndian(s[at..]);
}
