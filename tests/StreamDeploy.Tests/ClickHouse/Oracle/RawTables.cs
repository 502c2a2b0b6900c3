namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>deployment_events, alert_events, dead_letters: one row per record. The tables of answers are in <see cref="AnswerRows"/>.</summary>
internal static class RawTables
{
    public static IEnumerable<OracleRow> DeploymentEvents(OracleInput input) => input.Deployments.Select(e => new OracleRow
    {
        ["account_id"] = e.Event.AccountId,
        ["day"] = Calendar.Day(e.Event.OccurredAtMs),
        ["occurred_at"] = Calendar.Time(e.Event.OccurredAtMs),
        ["event_id"] = e.Event.EventId,
        ["deployment_id"] = e.Event.DeploymentId,
        ["pipeline_id"] = e.Event.PipelineId,
        ["source"] = e.Event.Source,
        ["kind"] = e.Event.Kind.ToString(),
        ["status"] = e.Event.Status.ToString(),
        ["summary"] = e.Event.Summary,
        ["started_at"] = Calendar.Time(e.Event.StartedAtMs),
        ["finished_at"] = Calendar.Time(e.Event.FinishedAtMs),
        ["committed_at"] = Calendar.Time(e.Event.CommittedAtMs),
        ["environment"] = e.Event.Environment ?? "",
        ["service"] = e.Event.Service ?? "",
        ["version"] = e.Event.Version ?? "",
        ["commit"] = e.Event.Commit ?? "",
        ["repository"] = e.Event.Repository ?? "",
        ["branch"] = e.Event.Branch ?? "",
        ["author_name"] = e.Event.Author?.Name ?? "",
        ["author_email"] = e.Event.Author?.Email ?? "",
        ["links.href"] = e.Event.Links.Select(link => link.Href),
        ["links.text"] = e.Event.Links.Select(link => link.Text ?? ""),
        ["custom_details"] = e.Event.CustomDetails ?? "",
        ["received_at"] = Calendar.Time(e.Event.ReceivedAtMs),
        ["arrived_at"] = Calendar.Time(e.ArrivedMs),
        ["kafka_partition"] = e.Partition,
        ["kafka_offset"] = e.Offset,
    });

    public static IEnumerable<OracleRow> AlertEvents(OracleInput input) => input.Alerts.Select(a => new OracleRow
    {
        ["account_id"] = a.Event.AccountId,
        ["day"] = Calendar.Day(a.Event.UpdatedAtMs),
        ["updated_at"] = Calendar.Time(a.Event.UpdatedAtMs),
        ["event_id"] = a.Event.EventId,
        ["alert_id"] = a.Event.AlertId,
        ["status"] = a.Event.Status.ToString(),
        ["priority"] = a.Event.Priority,
        ["summary"] = a.Event.Summary,
        ["occurred_at"] = Calendar.Time(a.Event.OccurredAtMs),
        ["resolved_at"] = Calendar.Time(a.Event.ResolvedAtMs),
        ["alert_source_id"] = a.Event.AlertSourceId,
        ["escalation_policy_id"] = a.Event.EscalationPolicyId,
        ["team_ids"] = a.Event.TeamIds,
        ["service"] = a.Event.Service ?? "",
        ["environment"] = a.Event.Environment ?? "",
        ["labels"] = a.Event.Labels,
        ["link"] = a.Event.Link ?? "",
        ["arrived_at"] = Calendar.Time(a.ArrivedMs),
        ["kafka_partition"] = a.Partition,
        ["kafka_offset"] = a.Offset,
    });

    public static IEnumerable<OracleRow> DeadLetters(OracleInput input) => input.Letters.Select(letter => new OracleRow
    {
        ["account_id"] = letter.Event.AccountId,
        ["day"] = Calendar.Day(letter.ArrivedMs),
        ["arrived_at"] = Calendar.Time(letter.ArrivedMs),
        ["reader"] = letter.Event.Reader,
        ["reason"] = letter.Event.Reason,
        ["error"] = letter.Event.Error,
        ["topic"] = letter.Event.Topic,
        ["record_partition"] = letter.Event.RecordPartition,
        ["record_offset"] = letter.Event.RecordOffset,
        ["record_arrived_at"] = Calendar.Time(letter.Event.RecordArrivedMs),
        ["bytes"] = letter.Event.Bytes,
        ["kafka_partition"] = letter.Partition,
        ["kafka_offset"] = letter.Offset,
    });
}
