using System.Text.Json;

namespace StreamDeploy.Schemas.Json;

/// <summary>A time: milliseconds since the epoch, or ISO 8601 with an offset. A local time without one could be any of 26 hours, so it is refused.</summary>
internal sealed class JsonTime(bool nullable) : JsonType(nullable)
{
    private const int MinuteLengthMax = 60;
    private static readonly long FirstMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LastMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public override string Label => "a time, as epoch milliseconds or as ISO 8601 with an offset (2026-01-01T12:00:00Z)";

    protected override object? ReadValue(JsonElement element, string parent, string name, int depth)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long ms))
        {
            return ms >= FirstMs && ms <= LastMs ? ms
                : throw new RecordJsonException(Join(parent, name), $"{ms} ms is not in the years 1 to 9999");
        }
        return Text(element, parent, name) is { } text && TryParse(text, out ms) ? ms : null;
    }

    protected override void WriteValue(Utf8JsonWriter writer, object value, string path, int depth) => writer.WriteNumberValue((long)value);

    /// <summary>yyyy-MM-ddTHH:mm:ss, any number of decimals (cut after the milliseconds), and Z or an offset.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long ms)
    {
        ms = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't' or ' ') || text[13] != ':' || text[16] != ':')
            return false;
        bool right = Digits(text[..4], out int year) & Digits(text[5..7], out int month) & Digits(text[8..10], out int day)
            & Digits(text[11..13], out int hour) & Digits(text[14..16], out int minute) & Digits(text[17..19], out int second);
        if (!right || year == 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return false;
        if (!TryParseFraction(text[19..], out int fractionMs, out ReadOnlySpan<char> offset) || !TryParseOffset(offset, out int offsetMinutes))
            return false;
        ms = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeMilliseconds() + fractionMs - (offsetMinutes * 60_000L);
        return ms >= FirstMs && ms <= LastMs;
    }

    private static bool TryParseFraction(ReadOnlySpan<char> text, out int ms, out ReadOnlySpan<char> rest)
    {
        ms = 0;
        rest = text;
        if (text[0] is not ('.' or ','))
            return true;
        int length = text[1..].IndexOfAnyExceptInRange('0', '9');
        if (length <= 0)
            return false;
        for (int i = 1; i <= 3; i++)
            ms = (ms * 10) + (i <= length ? text[i] - '0' : 0);
        rest = text[(1 + length)..];
        return true;
    }

    /// <summary>Z, +hh, +hhmm or +hh:mm.</summary>
    private static bool TryParseOffset(ReadOnlySpan<char> text, out int minutes)
    {
        minutes = 0;
        if (text is "Z" or "z")
            return true;
        if (text.Length is not (3 or 5 or 6) || text[0] is not ('+' or '-') || (text.Length == 6 && text[3] != ':'))
            return false;
        int minute = 0;
        if (!Digits(text[1..3], out int hour) || (text.Length > 3 && !Digits(text[^2..], out minute)) || hour > 23 || minute >= MinuteLengthMax)
            return false;
        minutes = (text[0] == '-' ? -1 : 1) * ((hour * 60) + minute);
        return true;
    }

    private static bool Digits(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = (number * 10) + (c - '0');
        }
        return true;
    }
}
