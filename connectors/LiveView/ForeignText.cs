using System.Text;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>Texts of others, so that they cannot disturb what stands beside them.</summary>
/// <remarks>
/// Razor makes them harmless as HTML. What is left are characters that turn the direction of what follows (U+202E makes "gpj.exe" read as "exe.jpg"), control characters,
/// and length. Scripts that run from right to left keep their direction: bdi sees to that.
/// </remarks>
public static class ForeignText
{
    private const int WholeMax = 20_000;

    /// <summary>As one line, cut where it is too long.</summary>
    public static string Line(string? text, int max = 240) => Clean(text, max, keepLines: false);

    /// <summary>All of it, lines and all.</summary>
    public static string Whole(string? text) => Clean(text, WholeMax, keepLines: true);

    /// <summary>As one line within a sentence of ours: a script that runs the other way turns nothing but itself.</summary>
    public static string Within(string? text, int max = 80) => $"\u2068{Line(text, max)}\u2069";

    public static bool IsLong(string? text, int max = 240) => text?.Length > max;

    private static string Clean(string? text, int max, bool keepLines)
    {
        var clean = new StringBuilder(Math.Min(text?.Length ?? 0, max));
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (TurnsDirection(rune.Value))
                continue;
            var isBlank = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune);
            if (isBlank && !(keepLines && rune.Value == '\n'))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                    clean.Append(' ');
                continue;
            }

            if (clean.Length >= max)
                return clean.ToString().TrimEnd() + "…";
            clean.Append(rune.ToString());
        }

        return clean.ToString().Trim();
    }

    private static bool TurnsDirection(int rune) => rune is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
