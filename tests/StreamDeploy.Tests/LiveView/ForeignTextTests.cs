using StreamDeploy.Connectors.LiveView;

namespace StreamDeploy.Tests.LiveView;

public sealed class ForeignTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("  deploy\r\n\tcheckout  ", "deploy checkout")]
    [InlineData("a\u0000b\u0007c", "a b c")]
    [InlineData("\u202Egpj.exe\u202C \u2067x\u2069\u200F", "gpj.exe x")]
    [InlineData("\uD83D\uDE80 up", "\uD83D\uDE80 up")]
    [InlineData("שלום", "שלום")]
    public void A_line_holds_nothing_that_disturbs_its_neighbours(string? text, string expected) => Assert.Equal(expected, ForeignText.Line(text));

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("half \uFFFD", ForeignText.Line("half " + '\uD83D'));

    [Fact]
    public void A_long_line_is_cut_between_characters()
    {
        Assert.Equal(new string('x', 240) + "…", ForeignText.Line(new string('x', 10_000)));
        Assert.Equal("\uD83D\uDE80\uD83D\uDE80…", ForeignText.Line("\uD83D\uDE80\uD83D\uDE80\uD83D\uDE80", 3));
    }

    [Fact]
    public void The_whole_of_a_text_keeps_its_lines_but_not_what_turns_them()
    {
        Assert.Equal("first\nsecond", ForeignText.Whole("first\u202e\r\nsecond").Replace(" \n", "\n", StringComparison.Ordinal));
        Assert.Equal(10_000, ForeignText.Whole(new string('x', 10_000)).Length);
        Assert.Equal(20_001, ForeignText.Whole(new string('x', 1_000_000)).Length);
    }

    [Fact]
    public void Within_a_sentence_it_is_isolated() => Assert.Equal("\u2068שלום\u2069", ForeignText.Within("שלום"));
}
