using System.Globalization;

namespace StreamDeploy.Cli.Report;

/// <summary>A week of ISO 8601, Monday to Sunday, in UTC: 2026-W47.</summary>
internal readonly record struct IsoWeek(DateOnly From)
{
    public DateOnly To => From.AddDays(6);

    public IsoWeek Previous => new(From.AddDays(-7));

    /// <summary>The last week that was over at a moment.</summary>
    public static IsoWeek LastCompleteAt(DateTimeOffset moment)
    {
        var day = DateOnly.FromDateTime(moment.UtcDateTime);
        // Sunday is 0 to .NET, and the last day to ISO.
        return new IsoWeek(day.AddDays(-(((int)day.DayOfWeek + 6) % 7))).Previous;
    }

    /// <exception cref="FormatException">It is not a week, or no year has it.</exception>
    public static IsoWeek Parse(string text)
    {
        if (text.Length != 8 || text[4] != '-' || text[5] != 'W'
            || !int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year is < 1971 or > 2298
            || !int.TryParse(text.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var week) || week < 1 || week > ISOWeek.GetWeeksInYear(year))
        {
            throw new FormatException();
        }
        return new IsoWeek(DateOnly.FromDateTime(ISOWeek.ToDateTime(year, week, DayOfWeek.Monday)));
    }

    public override string ToString()
    {
        var monday = From.ToDateTime(default);
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(monday):0000}-W{ISOWeek.GetWeekOfYear(monday):00}");
    }
}
