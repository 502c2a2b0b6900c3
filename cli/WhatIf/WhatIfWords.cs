using System.Globalization;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>How the report puts things.</summary>
internal static class WhatIfWords
{
    /// <summary>What a line of the counts says after its number.</summary>
    public static string Of(AnswerChange kind, double movedMin) => kind switch
    {
        AnswerChange.UNANSWERED => "not answered any more: late, or of an impossible time",
        AnswerChange.ANSWERED => "answered that were not",
        AnswerChange.SUSPECTS_GONE => "left without a suspect",
        AnswerChange.SUSPECTS_FOUND => "with a suspect where there was none",
        AnswerChange.FIRST_REPLACED => "with another first suspect",
        AnswerChange.OTHERS_CHANGED => "with other suspects behind the first",
        AnswerChange.REORDERED => "with the same suspects in another order",
        AnswerChange.PROBABILITY_MOVED => string.Create(CultureInfo.InvariantCulture, $"with the same suspects, a probability moved by more than {movedMin * 100:0.##} points"),
        AnswerChange.SCOPE_CHANGED => "with the same suspects, but another scope or reason",
        _ => "with the same answer",
    };

    public static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    public static string Suspect(Suspect suspect)
    {
        var name = suspect.Summary.Length > 0 ? suspect.Summary : suspect.DeploymentId;
        var pipeline = string.IsNullOrEmpty(suspect.PipelineName) ? $"pipeline {suspect.PipelineId}" : suspect.PipelineName;
        return $"{name} ({pipeline}), {Sentences.Percent(suspect.Probability)}, {When(suspect)}";
    }

    private static string When(Suspect suspect) => suspect.Relation switch
    {
        Relation.AFTER => $"{Sentences.Duration(-suspect.LagMs)} after the alert",
        Relation.DURING => "during the alert",
        _ => $"{Sentences.Duration(suspect.LagMs)} before the alert",
    };
}
