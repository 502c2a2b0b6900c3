using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Claims;

/// <summary>What a claim hides, for people and as JSON. Facts only: whether it is worth it the team knows.</summary>
/// <param name="AccountId">Of the team.</param>
/// <param name="Team">Who claims.</param>
/// <param name="Pipelines">What it claims: what it is supposed to, or what it does.</param>
/// <param name="IsSupposed">Whether the claim is not made yet.</param>
/// <param name="SinceMs">Alerts raised since then count.</param>
/// <param name="Effect">What the claim does.</param>
/// <param name="NameOf">Of a pipeline.</param>
internal sealed record ClaimReport(
    string AccountId, Named Team, IReadOnlyList<Named> Pipelines, bool IsSupposed, long SinceMs, ClaimEffect Effect, Func<long, Named> NameOf)
{
    private const int LostMax = 20;

    /// <summary>All of it in a sentence or two.</summary>
    public string Sentence
    {
        get
        {
            if (Effect.Alerts == 0) return $"No alert of team {Team} was raised in account {AccountId} since {Time(SinceMs)}.";
            if (Pipelines.Count == 0) return $"Team {Team} claims no pipeline now. {Hidden("The claims it had since then", "hide")}";
            return IsSupposed ? Hidden($"Claiming {Named.List(Pipelines)}", "would hide") : Hidden($"The claim of {Named.List(Pipelines)}", "hides");
        }
    }

    public void Print(IAnsiConsole console)
    {
        if (Effect.Alerts > 0)
        {
            console.MarkupLine($"[bold]Alerts of team {Escape(Team)} in account {Escape(AccountId)} since {Time(SinceMs)}[/]");
            console.WriteLine($"{Effect.Alerts,6}  alerts of the team");
            console.WriteLine($"{Effect.Changed,6}  with other candidates");
            console.WriteLine($"{Effect.Lost.Count,6}  whose first suspect is hidden");
            console.WriteLine($"{Effect.OtherFirst,6}  led by another suspect, though the first one is not hidden or there was none");
            console.WriteLine();
            if (Effect.Lost.Count > 0) PrintLost(console);
            if (Effect.Pipelines.Count > 0) PrintPipelines(console);
        }
        console.WriteLine(Sentence);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("accountId", AccountId);
        json.WritePropertyName("team");
        Write(json, Team);
        json.WriteString("claim", IsSupposed ? "SUPPOSED" : "PRESENT");
        json.WriteStartArray("pipelines");
        foreach (var pipeline in Pipelines) Write(json, pipeline);
        json.WriteEndArray();
        json.WriteNumber("since", SinceMs);
        json.WriteNumber("alerts", Effect.Alerts);
        json.WriteNumber("changed", Effect.Changed);
        json.WriteNumber("narrowed", Effect.Narrowed);
        json.WriteNumber("otherFirst", Effect.OtherFirst);
        json.WriteNumber("deploymentsHidden", Effect.Pipelines.Sum(pipeline => pipeline.Deployments));
        json.WriteNumber("deploymentsShown", Effect.Shown);
        json.WriteStartArray("lost");
        foreach (var lost in Effect.Lost)
        {
            json.WriteStartObject();
            json.WriteString("alertId", lost.AlertId);
            json.WriteNumber("alertOccurredAt", lost.AlertOccurredAtMs);
            json.WriteString("alertSummary", lost.AlertSummary);
            Write(json, "suspect", lost.Lost);
            Write(json, "instead", lost.Instead);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("hidden");
        foreach (var pipeline in Effect.Pipelines)
        {
            json.WriteStartObject();
            json.WriteNumber("pipelineId", pipeline.PipelineId);
            json.WriteString("pipelineName", NameOf(pipeline.PipelineId).Name);
            json.WriteNumber("deployments", pipeline.Deployments);
            json.WriteNumber("alertsSuspected", pipeline.Suspected);
            json.WriteNumber("alertsLed", pipeline.Led);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("sentence", Sentence);
        json.WriteEndObject();
    }

    private string Hidden(string claim, string hides)
    {
        var deployments = Effect.Pipelines.Sum(pipeline => pipeline.Deployments);
        var (keep, lose, become) = IsSupposed ? ("would keep", "would lose", "would become") : ("keep", Effect.Lost.Count == 1 ? "loses" : "lose", "are");
        var whose = Effect.Lost.Count == 1 ? "its" : "their";
        var text = deployments == 0
            ? $"{claim} {hides} nothing from team {Team} in {Sentences.Count(Effect.Alerts, "alert")}"
            : $"{claim} {hides} from team {Team}: {Sentences.Count(deployments, "deployment")} of {Sentences.Count(Effect.Pipelines.Count, "pipeline")}, "
                + $"near {Effect.Narrowed} of {Sentences.Count(Effect.Alerts, "alert")}; "
                + (Effect.Lost.Count == 0 ? $"all {keep} their first suspect" : $"{Effect.Lost.Count} of {Sentences.Count(Effect.Alerts, "alert")} {lose} {whose} first suspect");
        return Effect.Shown == 0 ? text + "." : $"{text}; {Sentences.Count(Effect.Shown, "deployment")} {become} candidates by it alone.";
    }

    private void PrintLost(IAnsiConsole console)
    {
        console.MarkupLine("[bold]Alerts whose first suspect is hidden[/]");
        var table = TableOn(console, "raised", "alert", "summary", "hidden", "probability", "pipeline", "leads instead");
        foreach (var lost in Effect.Lost.Take(LostMax))
        {
            table.AddRow(Time(lost.AlertOccurredAtMs), Escape(lost.AlertId), Escape(lost.AlertSummary), Escape(NameOfChange(lost.Lost)), Sentences.Percent(lost.Lost.Probability),
                Escape(NameOf(lost.Lost.PipelineId)), lost.Instead is { } other ? $"{Escape(NameOfChange(other))}, {Sentences.Percent(other.Probability)}" : "nothing");
        }
        console.Write(table);
        if (Effect.Lost.Count > LostMax) console.WriteLine($"and {Effect.Lost.Count - LostMax} more; --json lists them all");
        console.WriteLine();
    }

    private void PrintPipelines(IAnsiConsole console)
    {
        console.MarkupLine("[bold]Pipelines whose deployments are hidden[/]");
        var table = TableOn(console, "id", "pipeline", "deployments hidden", "alerts they were suspects of", "alerts they led");
        foreach (var pipeline in Effect.Pipelines)
            table.AddRow(Text(pipeline.PipelineId), Escape(NameOf(pipeline.PipelineId).Name), Text(pipeline.Deployments), Text(pipeline.Suspected), Text(pipeline.Led));
        console.Write(table);
        console.WriteLine();
    }

    private static Table TableOn(IAnsiConsole console, params string[] columns) =>
        new Table().Border(console.Profile.Capabilities.Ansi ? TableBorder.Rounded : TableBorder.None).AddColumns(columns);

    private static void Write(Utf8JsonWriter json, Named entry)
    {
        json.WriteStartObject();
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, string name, Suspect? suspect)
    {
        if (suspect is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteString("deploymentId", suspect.DeploymentId);
        json.WriteString("summary", suspect.Summary);
        json.WriteNumber("pipelineId", suspect.PipelineId);
        json.WriteString("pipelineName", NameOf(suspect.PipelineId).Name);
        json.WriteNumber("probability", suspect.Probability);
        json.WriteEndObject();
    }

    private static string NameOfChange(Suspect suspect) => suspect.Summary.Length > 0 ? suspect.Summary : suspect.DeploymentId;

    private static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Escape(object text) => Markup.Escape(text.ToString()!);
}
