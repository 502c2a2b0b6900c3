using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Durations as people write them: <c>30m</c>, <c>24h</c>, <c>1h30m</c>, <c>2d</c>, <c>45s</c>, <c>500ms</c>.</summary>
public static partial class Durations
{
    private const long MsMax = 366L * 86_400_000;

    public static bool TryParse(string text, out long durationMs)
    {
        durationMs = 0;
        var match = Pattern().Match(text);
        if (!match.Success || text.Length is 0 or > 40)
            return false;

        decimal sum = 0;
        foreach (var (group, unitMs) in new[] { ("d", 86_400_000L), ("h", 3_600_000L), ("m", 60_000L), ("s", 1000L), ("ms", 1L) })
        {
            if (match.Groups[group].Success)
                sum += decimal.Parse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture) * unitMs;
        }

        durationMs = sum <= MsMax ? (long)sum : 0;
        return sum <= MsMax;
    }

    /// <summary>The shortest way to write it.</summary>
    public static string Format(long durationMs)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (unit, unitMs) in new[] { ("d", 86_400_000L), ("h", 3_600_000L), ("m", 60_000L), ("s", 1000L), ("ms", 1L) })
        {
            if (durationMs / unitMs is > 0 and var count)
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            durationMs %= unitMs;
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    [GeneratedRegex(@"^(?:(?<d>\d{1,9})d)?(?:(?<h>\d{1,9})h)?(?:(?<m>\d{1,9})m)?(?:(?<s>\d{1,9})s)?(?:(?<ms>\d{1,12})ms)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
