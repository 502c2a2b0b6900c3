using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("30m", 30 * Some.Minute)]
    [InlineData("24h", 24 * Some.Hour)]
    [InlineData("1h30m", 90 * Some.Minute)]
    [InlineData("2d", 48 * Some.Hour)]
    [InlineData("1d1h1m1s1ms", 25 * Some.Hour + Some.Minute + 1001)]
    [InlineData("45s", 45_000)]
    [InlineData("0s", 0)]
    public void Durations_are_read_as_people_write_them(string text, long expectedMs)
    {
        Assert.True(Durations.TryParse(text, out var durationMs));
        Assert.Equal(expectedMs, durationMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("30m1h")]
    [InlineData("1h ")]
    [InlineData("1H")]
    [InlineData("999999999d")]
    [InlineData("1h\n")]
    public void Something_else_is_no_duration(string text) => Assert.False(Durations.TryParse(text, out _));
}
