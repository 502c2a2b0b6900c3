using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pictures;

/// <summary>What may have caused the alert, and how likely.</summary>
/// <param name="Suspect">Null where it is no deployment, or all those that are not listed.</param>
/// <param name="Number">Of the suspect, from 1; 0 where there is none.</param>
/// <param name="Probability">From 0 to 1.</param>
/// <param name="Others">How many changes it stands for that are not listed; 0 where it is "no deployment", or a suspect.</param>
public sealed record ProbabilityBar(Suspect? Suspect, int Number, double Probability, int Others)
{
    public bool IsNone => Suspect is null && Others == 0;
}

/// <summary>All that may have caused the alert, likeliest first, with "no deployment" in its place among the suspects.</summary>
public static class ProbabilityPicture
{
    /// <summary>Less than that is rounding, not a suspect.</summary>
    private const double RestMin = 1e-6;

    public static IReadOnlyList<ProbabilityBar> Of(Enrichment answer)
    {
        var bars = answer.Suspects.Select((suspect, i) => new ProbabilityBar(suspect, i + 1, Clamp(suspect.Probability), 0)).ToList();
        var none = Clamp(answer.ProbabilityNone);
        // Suspects keep the answer's order, ties too: only the place of "no deployment" among them is sought.
        var place = bars.FindIndex(bar => bar.Probability < none);
        bars.Insert(place < 0 ? bars.Count : place, new(null, 0, none, 0));
        var rest = 1 - bars.Sum(bar => bar.Probability);
        var others = answer.Considered - answer.Suspects.Length;
        if (others > 0 && rest > RestMin)
            bars.Add(new(null, 0, rest, others));
        return bars;
    }

    private static double Clamp(double probability) => double.IsNaN(probability) ? 0 : Math.Clamp(probability, 0, 1);
}
