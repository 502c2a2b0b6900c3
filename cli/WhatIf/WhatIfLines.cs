using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>What a supposition changes, for machines: a line for each alert with a difference, as it is found, and one at the end with the counts.</summary>
internal sealed class WhatIfLines(Stream output)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _line = new(4096);

    public void Add(ReplayedAlert alert)
    {
        if (alert.IsChanged || alert.IsDrifted || alert.DiffersFromRecorded) Write(json => Write(json, alert));
    }

    public void End(WhatIfQuestion question, Supposition supposition, WhatIfTally tally, string sentence) => Write(json =>
    {
        json.WriteString("set", supposition.ToString());
        json.WriteString("accountId", question.AccountId);
        json.WriteNumber("from", question.FromMs);
        if (question.ToMs < long.MaxValue) json.WriteNumber("to", question.ToMs);
        json.WriteNumber("alerts", tally.Alerts);
        json.WriteNumber("changed", tally.Changed);
        json.WriteStartObject("changes");
        foreach (var kind in Enum.GetValues<AnswerChange>()) json.WriteNumber(kind.ToString(), tally.Of(kind));
        json.WriteEndObject();
        json.WriteNumber("suspectsLost", tally.SuspectsLost);
        json.WriteNumber("suspectsGained", tally.SuspectsGained);
        json.WriteNumber("recorded", tally.Recorded);
        json.WriteNumber("differFromRecorded", tally.DifferFromRecorded);
        json.WriteNumber("differAnyhow", tally.DifferAnyhow);
        json.WriteNumber("drifted", tally.Drifted);
        json.WriteNumber("notRecorded", tally.Alerts - tally.Recorded + tally.PassedOver);
        json.WriteNumber("recordedWithoutAlert", tally.WithoutAlert);
        json.WriteString("sentence", sentence);
    });

    private static void Write(Utf8JsonWriter json, ReplayedAlert alert)
    {
        json.WriteString("accountId", alert.Key.AccountId);
        json.WriteString("alertId", alert.Key.AlertId);
        json.WriteNumber("alertOccurredAt", alert.Key.OccurredAtMs);
        json.WriteString("alertSummary", (alert.Supposed ?? alert.Present)?.AlertSummary);
        json.WriteString("change", alert.Effect.Kind.ToString());
        json.WriteNumber("moved", alert.Effect.Moved);
        Write(json, "lost", alert.Effect.Lost);
        Write(json, "gained", alert.Effect.Gained);
        json.WriteString("drift", alert.Drift?.Kind.ToString());
        json.WriteString("againstRecorded", alert.AgainstRecorded?.Kind.ToString());
        Write(json, "present", alert.Present);
        Write(json, "supposed", alert.Supposed);
        Write(json, "recorded", alert.Recorded);
    }

    private static void Write(Utf8JsonWriter json, string name, Enrichment? answer)
    {
        if (answer is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteString("outcome", answer.Outcome.ToString());
        json.WriteString("reason", answer.Reason?.ToString());
        json.WriteString("scope", answer.Scope.ToString());
        json.WriteBoolean("settled", answer.Settled);
        json.WriteString("headline", answer.Headline);
        json.WriteNumber("considered", answer.Considered);
        json.WriteNumber("outOfScope", answer.OutOfScope);
        json.WriteNumber("probabilityNone", answer.ProbabilityNone);
        Write(json, "suspects", answer.Suspects);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Suspect> suspects)
    {
        json.WriteStartArray(name);
        foreach (var suspect in suspects)
        {
            json.WriteStartObject();
            json.WriteString("deploymentId", suspect.DeploymentId);
            json.WriteNumber("pipelineId", suspect.PipelineId);
            json.WriteString("pipelineName", suspect.PipelineName);
            json.WriteString("summary", suspect.Summary);
            json.WriteString("relation", suspect.Relation.ToString());
            json.WriteNumber("lagMs", suspect.LagMs);
            json.WriteNumber("probability", suspect.Probability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Write(Action<Utf8JsonWriter> write)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        _line.Write("\n"u8);
        output.Write(_line.WrittenSpan);
    }
}
