using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.LiveView.SomeAnswer;

namespace StreamDeploy.Tests.LiveView;

public sealed class EvidencePictureTests
{
    [Fact]
    public void What_speaks_for_a_suspect_is_piled_to_the_right_and_what_speaks_against_it_to_the_left()
    {
        var suspect = SomeAnswer.Suspect() with { Evidence = [Piece(EvidenceCode.TIME, 2), Piece(EvidenceCode.SERVICE, 3), Piece(EvidenceCode.ENVIRONMENT, -4), Piece(EvidenceCode.NOT_LIVE, -1)] };
        var scale = EvidenceScale.Of([suspect]);

        var picture = EvidencePicture.Of(suspect, scale);

        // Five bits against, five for: a bit is a tenth of the width.
        Assert.Equal(0.5, scale.Middle, 9);
        Assert.Equal([(0.5, 0.2), (0.7, 0.3), (0.1, 0.4), (0.0, 0.1)], picture.Bars.Select(bar => (Math.Round(bar.X, 9), Math.Round(bar.Width, 9))));
        Assert.Equal(0, picture.TotalBits, 9);
        Assert.Equal(0.5, picture.TotalX, 9);
    }

    [Fact]
    public void All_suspects_of_a_page_are_drawn_to_one_scale()
    {
        var (strong, weak) = (SomeAnswer.Suspect("strong") with { Evidence = [Piece(EvidenceCode.TIME, 9)] }, SomeAnswer.Suspect("weak") with { Evidence = [Piece(EvidenceCode.TIME, -1)] });
        var scale = EvidenceScale.Of([strong, weak]);

        Assert.Equal(9 * EvidencePicture.Of(weak, scale).Bars[0].Width, EvidencePicture.Of(strong, scale).Bars[0].Width, 9);
        Assert.Equal(scale.Middle, EvidencePicture.Of(weak, scale).Bars[0].X + EvidencePicture.Of(weak, scale).Bars[0].Width, 9);
    }

    [Fact]
    public void Little_evidence_does_not_look_like_much()
    {
        var suspect = SomeAnswer.Suspect() with { Evidence = [Piece(EvidenceCode.TIME, 0.3)] };

        Assert.Equal(0.05, EvidencePicture.Of(suspect, EvidenceScale.Of([suspect])).Bars[0].Width, 9);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void Bits_that_cannot_be_are_drawn_within_the_picture(double bits)
    {
        var suspect = SomeAnswer.Suspect() with { Evidence = [Piece(EvidenceCode.TIME, bits), Piece(EvidenceCode.STATUS, 2)] };

        var picture = EvidencePicture.Of(suspect, EvidenceScale.Of([suspect]));

        Assert.All(picture.Bars, bar => Assert.True(bar.X is >= 0 and <= 1 && bar.Width is >= 0 and <= 1));
        Assert.InRange(picture.TotalX, 0, 1);
    }
}
