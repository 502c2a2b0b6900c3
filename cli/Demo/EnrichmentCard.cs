using System.Globalization;
using Spectre.Console;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Demo;

/// <summary>An enrichment as a responder would want to read it on a terminal.</summary>
internal static class EnrichmentCard
{
    private const int BarWidth = 20;

    public static void Print(IAnsiConsole console, Enrichment answer)
    {
        var raised = DateTimeOffset.FromUnixTimeMilliseconds(answer.AlertOccurredAtMs);
        var stage = answer.Settled ? "settled" : $"revision {answer.Revision}";
        console.Write(new Rule($"[bold]{Escape(answer.AlertSummary)}[/]  [grey]{Escape(answer.AlertId)} · {raised:HH:mm:ss}Z · {stage}[/]").LeftJustified());
        console.MarkupLine($"[bold yellow]{Escape(answer.Headline)}[/]");
        console.MarkupLine(answer.Scope == ScopeKind.TEAM
            ? $"[grey]claimed by team {string.Join(", ", answer.TeamIds)}: only their pipelines and shared ones are suspects; {answer.OutOfScope} deployment(s) out of scope[/]"
            : "[grey]claimed by no team: every deployment of the account is a candidate[/]");
        foreach (var suspect in answer.Suspects) Print(console, suspect);
        if (answer.Suspects.Length > 0) console.MarkupLine($"  {Bar(answer.ProbabilityNone)} no deployment");
        foreach (var suspect in answer.Elsewhere)
        {
            if (suspect == answer.Elsewhere[0]) console.MarkupLine("[grey]  out of scope, but near:[/]");
            Print(console, suspect);
        }
        console.WriteLine();
    }

    private static void Print(IAnsiConsole console, Suspect suspect)
    {
        var pipeline = suspect.PipelineName ?? "pipeline " + suspect.PipelineId.ToString(CultureInfo.InvariantCulture);
        console.MarkupLine($"  {Bar(suspect.Probability)} [bold]{Escape(suspect.Summary)}[/] [grey]{suspect.Kind} {suspect.Status} · {Escape(pipeline)}[/]");
        foreach (var evidence in suspect.Evidence)
        {
            var bits = evidence.Bits.ToString("+0.0;-0.0", CultureInfo.InvariantCulture).PadLeft(6);
            console.MarkupLine($"        [{(evidence.Bits >= 0 ? "green" : "red")}]{bits} bits[/]  {Escape(evidence.Text)}");
        }
        console.MarkupLine($"        [grey]as close by chance alone: {Sentences.Chance(suspect.Coincidence)}[/]");
        foreach (var entry in suspect.Lifeline)
        {
            console.MarkupLine($"        [grey]same change: {entry.Kind} {Escape(entry.DeploymentId)} {DateTimeOffset.FromUnixTimeMilliseconds(entry.OccurredAtMs):HH:mm:ss}Z[/]");
        }
        if (suspect.Link is { } link) console.MarkupLine($"        [grey]{Escape(link)}[/]");
    }

    private static string Bar(double probability)
    {
        var filled = (int)Math.Round(probability * BarWidth);
        return $"[yellow]{new string('█', filled)}[/][grey]{new string('░', BarWidth - filled)}[/] {Sentences.Percent(probability),6}";
    }

    private static string Escape(string text) => Markup.Escape(text);
}
