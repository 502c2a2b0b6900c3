using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class EventTimeTests
{
    [Theory]
    [InlineData("1767268800", Some.Noon)]
    [InlineData("1767268800000", Some.Noon)]
    [InlineData("1767268800.5", Some.Noon + 500)]
    [InlineData("\"1767268800\"", Some.Noon)]
    [InlineData("\"1767268800000\"", Some.Noon)]
    [InlineData("\"2026-01-01T12:00:00Z\"", Some.Noon)]
    [InlineData("\"2026-01-01T12:00:00\"", Some.Noon)]
    [InlineData("\"2026-01-01T12:00Z\"", Some.Noon)]
    [InlineData("\"2026-01-01T13:00:00+01:00\"", Some.Noon)]
    [InlineData("\"2026-01-01T13:00:00+0100\"", Some.Noon)]
    [InlineData("\"2026-01-01T07:00:00.123-05:00\"", Some.Noon + 123)]
    [InlineData("\"2026-01-01T12:00:00.123456789Z\"", Some.Noon + 123)]
    [InlineData("\"2026-01-01 13:00:00 +0100\"", Some.Noon)]
    [InlineData("\"2026-01-01 12:00:00 UTC\"", Some.Noon)]
    [InlineData("\"2026-01-01\"", Some.Noon - 12 * Some.Hour)]
    [InlineData("-1", -1000)]
    public void Times_are_read_as_senders_write_them(string json, long expectedMs)
    {
        Assert.True(EventTime.TryRead(SomeWebhook.Element(json), out var timeMs));
        Assert.Equal(expectedMs, timeMs);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"12:00\"")]
    [InlineData("\"01/02/2026\"")]
    [InlineData("\"2026-13-01T12:00:00Z\"")]
    [InlineData("\"2026-01-01T25:00:00Z\"")]
    [InlineData("\"NaN\"")]
    [InlineData("\"Infinity\"")]
    [InlineData("1e300")]
    [InlineData("1e400")]
    [InlineData("-1e300")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[1767268800]")]
    public void Something_else_is_no_time(string json) => Assert.False(EventTime.TryRead(SomeWebhook.Element(json), out _));

    [Theory]
    [InlineData(EventTime.EarliestMs, true)]
    [InlineData(EventTime.EarliestMs - 1, false)]
    [InlineData(Some.Noon + 10 * Some.Minute, true)]
    [InlineData(Some.Noon + 10 * Some.Minute + 1, false)]
    public void From_2000_to_ten_minutes_ahead_a_time_can_be(long timeMs, bool expected) =>
        Assert.Equal(expected, EventTime.IsReasonable(timeMs, Some.Noon));
}
