using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pictures;

/// <summary>One piece of evidence in the picture.</summary>
/// <param name="Evidence">What it is.</param>
/// <param name="X">Where it begins, as a share of the width.</param>
/// <param name="Width">Likewise.</param>
public sealed record EvidenceBar(Evidence Evidence, double X, double Width);

/// <summary>What speaks for a suspect, piled to the right of the middle, and what against it, to the left.</summary>
/// <param name="Bars">In the order of the evidence.</param>
/// <param name="TotalX">Where all of it together ends.</param>
/// <param name="TotalBits">All of it together.</param>
public sealed record EvidencePicture(IReadOnlyList<EvidenceBar> Bars, double TotalX, double TotalBits)
{
    /// <param name="suspect">Whose evidence it is.</param>
    /// <param name="scale">The same for all suspects of a page, so that they can be compared.</param>
    public static EvidencePicture Of(Suspect suspect, EvidenceScale scale)
    {
        var (bars, right, left) = (new List<EvidenceBar>(), 0.0, 0.0);
        foreach (var piece in suspect.Evidence)
        {
            var bits = EvidenceScale.BitsOf(piece);
            var (from, to) = bits >= 0 ? (right, right += bits) : (left += bits, left - bits);
            bars.Add(new(piece, scale.XOf(from), scale.XOf(to) - scale.XOf(from)));
        }

        return new(bars, scale.XOf(right + left), right + left);
    }
}

/// <summary>How wide a bit is drawn, and where there are none.</summary>
/// <param name="Against">Bits to the left of the middle.</param>
/// <param name="For">Bits to the right of it.</param>
public sealed record EvidenceScale(double Against, double For)
{
    /// <summary>A factor of 2⁶⁴ is certain enough; what is not a number says nothing.</summary>
    private const double BitsMax = 64;

    /// <summary>A picture of half a bit should not look like one of ten.</summary>
    private const double SideMin = 3;

    /// <summary>Where 0 bits lie.</summary>
    public double Middle => XOf(0);

    public static EvidenceScale Of(IEnumerable<Suspect> suspects)
    {
        var (against, @for) = (SideMin, SideMin);
        foreach (var suspect in suspects)
        {
            @for = Math.Max(@for, suspect.Evidence.Select(BitsOf).Where(bits => bits > 0).Sum());
            against = Math.Max(against, -suspect.Evidence.Select(BitsOf).Where(bits => bits < 0).Sum());
        }

        return new(against, @for);
    }

    public double XOf(double bits) => Math.Clamp((bits + Against) / (Against + For), 0, 1);

    internal static double BitsOf(Evidence evidence) => double.IsNaN(evidence.Bits) ? 0 : Math.Clamp(evidence.Bits, -BitsMax, BitsMax);
}
