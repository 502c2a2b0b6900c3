using System.Globalization;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>What a suspect's evidence comes to, for people who do not reckon in bits.</summary>
internal static class EvidenceWords
{
    private const double TimesMax = 1000;

    /// <summary>All of it together.</summary>
    public static string Together(double bits)
    {
        var times = Math.Pow(2, Math.Abs(bits));
        var words = times > TimesMax ? "more than 1000" : times.ToString(times < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);
        return $"{Words.Bits(bits)} bits" + (words == "1" ? ": as likely as a change that has nothing to do with it"
            : bits > 0 ? $": {words} times as likely as a change that has nothing to do with it"
            : $": {words} times less likely than a change that has nothing to do with it");
    }

    public static string Chance(Suspect suspect) => $"By chance alone, a change of this pipeline comes this close {Sentences.Chance(suspect.Coincidence)}.";
}
