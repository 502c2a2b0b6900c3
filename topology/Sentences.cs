using System.Globalization;
using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>The words of an answer, for a person who was woken by the alert.</summary>
public static class Sentences
{
    /// <summary>One sentence that says what to look at first, and how sure it is.</summary>
    internal static string Headline(Suspect[] suspects, double none, int considered, int hidden, ScopeKind scope, Window window)
    {
        if (suspects.Length == 0)
        {
            var span = $"between {Duration(window.BeforeMs)} before and {Duration(window.AfterMs)} after the alert";
            return hidden == 0
                ? $"No suspect: nothing {(scope == ScopeKind.TEAM ? "of the claiming teams or any other " : "")}changed {span}."
                : $"No suspect among the claiming teams' changes; {Count(hidden, "deployment")} of others near the alert {(hidden == 1 ? "is" : "are")} out of scope.";
        }
        var first = suspects[0];
        var text = new StringBuilder();
        text.Append(none > first.Probability ? $"Probably no deployment ({Percent(none)}); likeliest of them, {Percent(first.Probability)}: " : $"{Percent(first.Probability)} likely: ");
        text.Append(Name(first)).Append(", ").Append(When(first));
        if (considered > 1) text.Append(CultureInfo.InvariantCulture, $"; {Count(considered - 1, "other change")} considered");
        if (hidden > 0) text.Append(CultureInfo.InvariantCulture, $"; {Count(hidden, "deployment")} out of scope");
        return text.Append('.').ToString();
    }

    /// <summary>A duration as people say it: two parts at most, the second only where it matters.</summary>
    /// <example>850 ms, 12 s, 3 min, 1 h 20 min, 2 d 4 h</example>
    public static string Duration(long ms)
    {
        var (sign, rest) = ms < 0 ? ("-", -ms) : ("", ms);
        return sign + rest switch
        {
            < 1_000 => $"{rest} ms",
            < 120_000 => $"{rest / 1_000} s",
            < 3_600_000 => $"{rest / 60_000} min",
            < 86_400_000 => Two(rest / 3_600_000, "h", rest % 3_600_000 / 60_000, "min"),
            _ => Two(rest / 86_400_000, "d", rest % 86_400_000 / 3_600_000, "h"),
        };
    }

    /// <summary>A probability as people read it; never 0 % or 100 % for what is not certain.</summary>
    public static string Percent(double probability) => probability switch
    {
        >= 1 => "100 %",
        <= 0 => "0 %",
        < 0.01 => "< 1 %",
        > 0.99 => "> 99 %",
        _ => (probability * 100).ToString("0", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>How often something as close as this happens by chance alone.</summary>
    /// <param name="coincidence">Its probability, as an answer has it.</param>
    public static string Chance(double coincidence) => coincidence switch
    {
        <= 0 => "never",
        >= 0.5 => "more often than not",
        _ => $"1 time in {Math.Round(1 / coincidence).ToString(CultureInfo.InvariantCulture)}",
    };

    internal static string Kind(DeploymentKind kind) => kind switch
    {
        DeploymentKind.OTHER => "change",
        DeploymentKind.FEATURE_FLAG => "feature flag",
        DeploymentKind.CONFIGURATION => "configuration change",
        DeploymentKind.CONTENT => "content release",
        DeploymentKind.REGULATORY => "regulatory release",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Name(Suspect suspect)
    {
        var text = new StringBuilder(suspect.Summary.Length > 0 ? suspect.Summary : $"{Kind(suspect.Kind)} {suspect.DeploymentId}");
        // "deploy master to production" says where already.
        if (suspect.Service is { } service && !suspect.Summary.Contains(service, StringComparison.OrdinalIgnoreCase)) text.Append(" · ").Append(service);
        if (suspect.Environment is { } environment && !suspect.Summary.Contains(environment, StringComparison.OrdinalIgnoreCase)) text.Append(" in ").Append(environment);
        if (suspect.PipelineName is { } pipeline) text.Append(" (").Append(pipeline).Append(')');
        return text.ToString();
    }

    /// <summary>Where a suspect lies as seen from the alert, and how it ended if not well.</summary>
    public static string When(Suspect suspect)
    {
        var text = suspect.Relation switch
        {
            Relation.AFTER => $"started {Duration(-suspect.LagMs)} after the alert",
            Relation.DURING => "going on when the alert was raised",
            _ when suspect.LagMs == 0 => "ended as the alert was raised",
            _ => $"ended {Duration(suspect.LagMs)} before the alert",
        };
        return suspect.Status switch
        {
            DeploymentStatus.FAILED => text + " and failed",
            DeploymentStatus.ROLLED_BACK => text + " and was rolled back",
            DeploymentStatus.CANCELLED => text + " and was cancelled",
            _ => text,
        };
    }

    /// <summary>One alert, two alerts.</summary>
    public static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static string Two(long major, string majorUnit, long minor, string minorUnit) =>
        minor == 0 ? $"{major} {majorUnit}" : $"{major} {majorUnit} {minor} {minorUnit}";
}
