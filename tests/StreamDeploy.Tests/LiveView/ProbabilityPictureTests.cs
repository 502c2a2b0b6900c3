using StreamDeploy.Connectors.LiveView.Pictures;

namespace StreamDeploy.Tests.LiveView;

public sealed class ProbabilityPictureTests
{
    [Fact]
    public void No_deployment_stands_in_its_place_among_the_suspects()
    {
        var bars = ProbabilityPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("a", 0.5), SomeAnswer.Suspect("b", 0.2)));

        Assert.Equal([1, 0, 2], bars.Select(bar => bar.Number));
        Assert.True(bars[1].IsNone);
        Assert.Equal(0.3, bars[1].Probability, 9);
    }

    [Fact]
    public void No_deployment_comes_first_where_it_is_likeliest_and_last_where_it_is_least_likely()
    {
        Assert.True(ProbabilityPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("a", 0.3)))[0].IsNone);
        Assert.True(ProbabilityPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("a", 0.6), SomeAnswer.Suspect("b", 0.39)))[^1].IsNone);
    }

    [Fact]
    public void Without_a_suspect_it_is_all_there_is()
    {
        var bar = Assert.Single(ProbabilityPicture.Of(SomeAnswer.Of()));

        Assert.True(bar is { IsNone: true, Probability: 1 });
    }

    [Fact]
    public void Those_that_are_not_listed_are_told_together_so_that_the_sum_is_whole()
    {
        var bars = ProbabilityPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("a", 0.5)) with { Considered = 8, ProbabilityNone = 0.4 });

        Assert.True(bars[^1] is { Others: 7, Suspect: null });
        Assert.Equal(0.1, bars[^1].Probability, 9);
        Assert.Equal(1, bars.Sum(bar => bar.Probability), 9);
    }

    [Fact]
    public void A_probability_that_cannot_be_is_none()
    {
        var bars = ProbabilityPicture.Of(SomeAnswer.Of(SomeAnswer.Suspect("a", double.NaN), SomeAnswer.Suspect("b", 7)) with { ProbabilityNone = -1 });

        Assert.All(bars, bar => Assert.InRange(bar.Probability, 0, 1));
    }
}
