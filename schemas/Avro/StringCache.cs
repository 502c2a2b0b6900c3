using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Texts that one field says again and again, such as the name of a service: the string that was made last time.</summary>
/// <remarks>Safe to share between threads. A field that says something new each time finds out early, and makes its strings without it from then on.</remarks>
internal sealed class StringCache
{
    private const int Slots = 4096;
    private const int BytesMax = 64;
    private const int Trial = 8192;

    private string?[]? slots = new string?[Slots];
    private int asked;
    private int found;

    /// <summary>The text of these bytes, if they are ASCII and it was made before.</summary>
    /// <param name="utf8">What is read.</param>
    /// <param name="place">Where to keep the string otherwise; null where it is not worth it.</param>
    public string? Find(ReadOnlySpan<byte> utf8, out int? place)
    {
        place = null;
        if (slots is not { } kept || utf8.Length > BytesMax)
            return null;
        int at = SlotOf(utf8);
        string? text = kept[at];
        bool known = text is not null && text.Length == utf8.Length && Ascii.Equals(utf8, text);
        // Counted only while it is tried: threads that share it would take the counters from each other for good.
        if (asked < Trial)
            Count(known);
        if (known)
            return text;
        place = at;
        return null;
    }

    public void Keep(int place, string text)
    {
        if (slots is { } kept)
            kept[place] = text;
    }

    private void Count(bool known)
    {
        found += known ? 1 : 0;
        if (++asked == Trial && found < Trial / 2)
            slots = null;
    }

    private static int SlotOf(ReadOnlySpan<byte> utf8)
    {
        ulong mixed = (uint)utf8.Length;
        ref byte first = ref MemoryMarshal.GetReference(utf8);
        if (utf8.Length >= 8)
        {
            mixed ^= Unsafe.ReadUnaligned<ulong>(ref first) * 0x9E3779B97F4A7C15;
            mixed ^= Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, utf8.Length - 8)) * 0xC2B2AE3D27D4EB4F;
        }
        else
        {
            foreach (byte b in utf8)
                mixed = (mixed ^ b) * 0x9E3779B97F4A7C15;
        }
        mixed ^= mixed >> 32;
        return (int)(mixed * 0x9E3779B97F4A7C15 >> 52);
    }
}
