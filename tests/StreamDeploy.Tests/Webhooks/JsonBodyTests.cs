using System.Text;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class JsonBodyTests
{
    private static string? CodeOf(byte[] body)
    {
        var reading = JsonBody.Parse(body, depthMax: 64);
        using var document = reading.Event;
        return reading.Refusal?.Code;
    }

    private static string? CodeOf(string body) => CodeOf(Encoding.UTF8.GetBytes(body));

    [Theory]
    [InlineData("{}")]
    [InlineData(" \r\n{\"a\":\"\\ud83d\\ude80\"}\n")]
    [InlineData("\uFEFF{\"a\":1}")]
    public void An_object_is_read_with_or_without_a_byte_order_mark(string body) => Assert.Null(CodeOf(body));

    [Theory]
    [InlineData("", "EMPTY_BODY")]
    [InlineData(" \n", "EMPTY_BODY")]
    [InlineData("\uFEFF", "EMPTY_BODY")]
    [InlineData("{", "INVALID_JSON")]
    [InlineData("{} {}", "INVALID_JSON")]
    [InlineData("[]", "INVALID_JSON")]
    [InlineData("\"text\"", "INVALID_JSON")]
    [InlineData("null", "INVALID_JSON")]
    [InlineData("{\"a\":1,}", "INVALID_JSON")]
    [InlineData("{'a':1}", "INVALID_JSON")]
    [InlineData("{\"a\":NaN}", "INVALID_JSON")]
    [InlineData("{\"a\":1,\"a\":2}", "INVALID_JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "INVALID_JSON")]
    [InlineData("{\"\\udc00\":1}", "INVALID_JSON")]
    [InlineData("<xml/>", "INVALID_JSON")]
    public void Something_else_is_refused(string body, string code) => Assert.Equal(code, CodeOf(body));

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        Assert.Equal("INVALID_JSON", CodeOf([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]));
        Assert.Equal("INVALID_JSON", CodeOf(Encoding.Unicode.GetBytes("{}")));
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
        Assert.Null(CodeOf(Nested(64)));
        Assert.Equal("INVALID_JSON", CodeOf(Nested(65)));
        Assert.Equal("INVALID_JSON", CodeOf("{\"a\":" + new string('[', 100_000)));
    }

    [Fact]
    public void The_refusal_says_where_and_does_not_repeat_the_body()
    {
        var refusal = JsonBody.Parse("{\n \"integrationKey\": secret-key }"u8.ToArray(), 64).Refusal!;

        Assert.Contains("line 2", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }
}
