using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Reads a time as senders write it: epoch seconds, epoch milliseconds or ISO 8601, as milliseconds since the epoch.</summary>
/// <remarks>
/// A number below 10¹¹ is seconds (that is the year 5138), from there on milliseconds (that is 1973): no time between 1973 and 5138 is
/// ambiguous. A time without an offset is taken as UTC. A time of day alone is no time: it would need today's date.
/// </remarks>
public static partial class EventTime
{
    /// <summary>2000-01-01: what is before it is a unit mistake or an empty field, not a deployment.</summary>
    public const long EarliestMs = 946_684_800_000;

    /// <summary>How far ahead of our clock a sender's clock may be; the join refuses more than that too.</summary>
    public const long AheadMaxMs = 10 * 60_000;

    private const double SecondsBelow = 1e11;
    private const double MillisecondsMax = 253_402_300_799_999; // the end of year 9999

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd",
    ];

    /// <summary>Whether a time can be that of an event that arrived at <paramref name="arrivedAtMs"/>.</summary>
    public static bool IsReasonable(long timeMs, long arrivedAtMs) => timeMs >= EarliestMs && timeMs <= arrivedAtMs + AheadMaxMs;

    public static bool TryRead(JsonElement value, out long timeMs)
    {
        timeMs = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out var number) && TryFromNumber(number, out timeMs),
            JsonValueKind.String => TryParse(value.GetString()!, out timeMs),
            _ => false,
        };
    }

    public static bool TryParse(string text, out long timeMs)
    {
        timeMs = 0;
        if (text.Length is 0 or > 64)
            return false;

        text = text.Trim();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return TryFromNumber(number, out timeMs);

        // Go writes nine digits of a second, .NET reads seven. GitLab writes "2021-04-28 21:50:00 +0200" and "2020-11-02 12:55:12 UTC".
        text = BeyondTicks().Replace(text, "$1");
        text = ZoneText().Replace(text, "Z");
        text = OffsetText().Replace(text, "$1:$2");
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, styles, out var time))
            return false;
        timeMs = time.ToUnixTimeMilliseconds();
        return true;
    }

    private static bool TryFromNumber(double number, out long timeMs)
    {
        var ms = Math.Abs(number) < SecondsBelow ? number * 1000 : number;
        // Written so that NaN is refused too.
        var fits = Math.Abs(ms) <= MillisecondsMax;
        timeMs = fits ? (long)Math.Floor(ms) : 0;
        return fits;
    }

    [GeneratedRegex(@"(\.\d{7})\d+", RegexOptions.CultureInvariant)]
    private static partial Regex BeyondTicks();

    [GeneratedRegex(@"\s*(?:UTC|GMT|z)\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneText();

    [GeneratedRegex(@"(?<=:\d\d(?:\.\d+)?)\s*([+-]\d\d):?(\d\d)\z", RegexOptions.CultureInvariant)]
    private static partial Regex OffsetText();
}
