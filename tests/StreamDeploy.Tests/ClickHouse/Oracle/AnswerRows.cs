using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>An answer and its suspects as rows: of the raw tables, and of the views of the latest answers, which have the same columns.</summary>
internal static class AnswerRows
{
    public static IEnumerable<OracleRow> Answers(IEnumerable<Placed<Enrichment>> answers) => answers.Select(Answer);

    public static IEnumerable<OracleRow> Suspects(IEnumerable<Placed<Enrichment>> answers) =>
        from answer in answers
        from s in Ranked(answer.Event)
        select Suspect(answer, s.Suspect, s.Elsewhere, s.Rank);

    /// <summary>The suspects, then what a claim hid; each list from rank 1.</summary>
    public static IEnumerable<(Suspect Suspect, bool Elsewhere, int Rank)> Ranked(Enrichment answer) =>
        answer.Suspects.Select((s, i) => (s, false, i + 1)).Concat(answer.Elsewhere.Select((s, i) => (s, true, i + 1)));

    private static OracleRow Answer(Placed<Enrichment> answer)
    {
        Enrichment e = answer.Event;
        return new()
        {
            ["account_id"] = e.AccountId,
            ["day"] = Calendar.Day(e.AlertOccurredAtMs),
            ["alert_occurred_at"] = Calendar.Time(e.AlertOccurredAtMs),
            ["alert_id"] = e.AlertId,
            ["alert_summary"] = e.AlertSummary,
            ["revision"] = e.Revision,
            ["settled"] = e.Settled,
            ["outcome"] = e.Outcome.ToString(),
            ["reason"] = e.Reason?.ToString() ?? "",
            ["headline"] = e.Headline,
            ["scope"] = e.Scope.ToString(),
            ["team_ids"] = e.TeamIds,
            ["window_from"] = Calendar.Time(e.WindowFromMs),
            ["window_to"] = Calendar.Time(e.WindowToMs),
            ["considered"] = e.Considered,
            ["out_of_scope"] = e.OutOfScope,
            ["probability_none"] = e.ProbabilityNone,
            ["arrived_at"] = Calendar.Time(answer.ArrivedMs),
            ["kafka_partition"] = answer.Partition,
            ["kafka_offset"] = answer.Offset,
        };
    }

    private static OracleRow Suspect(Placed<Enrichment> answer, Suspect s, bool elsewhere, int rank) => new()
    {
        ["account_id"] = answer.Event.AccountId,
        ["day"] = Calendar.Day(answer.Event.AlertOccurredAtMs),
        ["alert_occurred_at"] = Calendar.Time(answer.Event.AlertOccurredAtMs),
        ["alert_id"] = answer.Event.AlertId,
        ["revision"] = answer.Event.Revision,
        ["settled"] = answer.Event.Settled,
        ["elsewhere"] = elsewhere,
        ["rank"] = rank,
        ["deployment_id"] = s.DeploymentId,
        ["pipeline_id"] = s.PipelineId,
        ["pipeline_name"] = s.PipelineName ?? "",
        ["kind"] = s.Kind.ToString(),
        ["status"] = s.Status.ToString(),
        ["summary"] = s.Summary,
        ["environment"] = s.Environment ?? "",
        ["service"] = s.Service ?? "",
        ["version"] = s.Version ?? "",
        ["started_at"] = Calendar.Time(s.StartMs),
        ["ended_at"] = Calendar.Time(s.EndMs),
        ["lag_ms"] = s.LagMs,
        ["relation"] = s.Relation.ToString(),
        ["probability"] = s.Probability,
        ["coincidence"] = s.Coincidence,
        ["evidence.code"] = s.Evidence.Select(e => e.Code.ToString()),
        ["evidence.bits"] = s.Evidence.Select(e => e.Bits),
        ["evidence.text"] = s.Evidence.Select(e => e.Text),
        ["lifeline.deployment_id"] = s.Lifeline.Select(l => l.DeploymentId),
        ["lifeline.kind"] = s.Lifeline.Select(l => l.Kind.ToString()),
        ["lifeline.status"] = s.Lifeline.Select(l => l.Status.ToString()),
        ["lifeline.environment"] = s.Lifeline.Select(l => l.Environment ?? ""),
        ["lifeline.occurred_at"] = s.Lifeline.Select(l => Calendar.Time(l.OccurredAtMs)),
        ["link"] = s.Link ?? "",
        ["arrived_at"] = Calendar.Time(answer.ArrivedMs),
        ["kafka_partition"] = answer.Partition,
        ["kafka_offset"] = answer.Offset,
    };
}
