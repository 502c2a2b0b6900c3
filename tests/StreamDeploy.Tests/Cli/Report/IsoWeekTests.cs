using System.Globalization;
using StreamDeploy.Cli.Report;

namespace StreamDeploy.Tests.Cli.Report;

public sealed class IsoWeekTests
{
    [Theory]
    [InlineData("2026-W10", "2026-03-02", "2026-03-08")]
    // The first week is the one with the year's first Thursday; 2026 has 53.
    [InlineData("2026-W01", "2025-12-29", "2026-01-04")]
    [InlineData("2026-W53", "2026-12-28", "2027-01-03")]
    public void A_week_is_Monday_to_Sunday_and_is_written_as_it_was_read(string text, string from, string to)
    {
        var week = IsoWeek.Parse(text);

        Assert.Equal((from, to, text), (Text(week.From), Text(week.To), week.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-10")]
    [InlineData("2026W10")]
    [InlineData("2026-W1")]
    [InlineData("2026-W00")]
    [InlineData("2025-W53")]
    [InlineData("2026-W1\n")]
    [InlineData("1900-W01")]
    public void What_is_no_week_is_refused(string text) => Assert.Throws<FormatException>(() => IsoWeek.Parse(text));

    [Theory]
    [InlineData("2026-03-08T23:59:59Z", "2026-W09")]
    [InlineData("2026-03-09T00:00:00Z", "2026-W10")]
    // In Berlin it is Monday already.
    [InlineData("2026-03-09T00:30:00+01:00", "2026-W09")]
    [InlineData("2027-01-04T00:00:00Z", "2026-W53")]
    public void The_last_complete_week_is_over_in_UTC(string moment, string week) =>
        Assert.Equal(week, IsoWeek.LastCompleteAt(DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture)).ToString());

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
