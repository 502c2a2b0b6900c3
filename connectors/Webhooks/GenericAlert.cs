using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From the generic alert's body to an alert event. Pure. Account and alert source come from the key, never from the body.</summary>
/// <remarks>
/// Fields: <c>alertId</c>*, <c>summary</c>*, <c>status</c> (OPEN, ACCEPTED, RESOLVED; default OPEN), <c>priority</c>, <c>occurredAt</c>, <c>updatedAt</c>,
/// <c>resolvedAt</c>, <c>service</c>, <c>environment</c>, <c>labels</c>, <c>link</c>, <c>teamIds</c>, <c>escalationPolicyId</c>, <c>eventId</c>.
/// <para>
/// <c>occurredAt</c> says which raising of the alert is meant: an OPEN event without it is raised at <c>updatedAt</c>, else at its arrival; ACCEPTED and
/// RESOLVED events must name it, or they would raise another alert. <c>updatedAt</c>, the event's own time, is by default <c>occurredAt</c> of an OPEN
/// event, <c>resolvedAt</c> of a RESOLVED one, else the arrival; <c>resolvedAt</c> of a RESOLVED event is by default its <c>updatedAt</c>.
/// </para>
/// </remarks>
public static class GenericAlert
{
    internal const int PriorityMax = 64;

    public static Reading<Alert> Read(JsonElement body, RequestIdentity identity, CatalogAlertSource source, long arrivedAtMs)
    {
        var fields = new JsonFields(body, arrivedAtMs);
        var alertId = fields.Required(fields.Text("alertId", JsonFields.IdMax), "alertId");
        var summary = fields.Summary();
        var status = fields.OneOf("status", AlertStatus.OPEN, AlertStatus.ACCEPTED, AlertStatus.RESOLVED) ?? AlertStatus.OPEN;
        var occurredAtMs = fields.Time("occurredAt");
        var updatedAtMs = fields.Time("updatedAt");
        var resolvedAtMs = fields.Time("resolvedAt");
        if (occurredAtMs is null && status != AlertStatus.OPEN && fields.Refusal is null)
            return new(Refusal.Missing("occurredAt") with { Message = $"occurredAt is missing: which raising of the alert is {status}?" });

        var labels = fields.Labels("labels");
        var isDated = (updatedAtMs ?? occurredAtMs ?? resolvedAtMs) is not null;
        var eventTimeMs = updatedAtMs ?? status switch
        {
            AlertStatus.OPEN => occurredAtMs ?? arrivedAtMs,
            AlertStatus.RESOLVED => resolvedAtMs ?? arrivedAtMs,
            _ => arrivedAtMs,
        };
        var alert = new Alert
        {
            AccountId = source.Record.AccountId,
            AlertSourceId = source.Record.Id,
            EventId = fields.Text("eventId", JsonFields.IdMax) ?? identity.For(body, isDated),
            AlertId = alertId,
            Status = status,
            Priority = fields.Text("priority", PriorityMax) ?? "",
            Summary = summary,
            OccurredAtMs = occurredAtMs ?? eventTimeMs,
            UpdatedAtMs = eventTimeMs,
            ResolvedAtMs = resolvedAtMs ?? (status == AlertStatus.RESOLVED ? Math.Max(eventTimeMs, occurredAtMs ?? 0) : null),
            EscalationPolicyId = fields.Id("escalationPolicyId"),
            TeamIds = fields.Ids("teamIds"),
            Service = fields.Text("service", Texts.NameMax) ?? source.ServiceOf(labels),
            Environment = fields.Text("environment", Texts.NameMax) ?? source.EnvironmentOf(labels),
            Labels = labels,
            Link = fields.WebAddress("link"),
        };
        if (alert.OccurredAtMs > alert.UpdatedAtMs + EventTime.AheadMaxMs)
            fields.Refuse<string>("occurredAt", "occurredAt is more than 10 minutes after the event's own time (updatedAt)");
        if (alert.ResolvedAtMs < alert.OccurredAtMs)
            fields.Refuse<string>("resolvedAt", "resolvedAt is before occurredAt");
        return fields.Refusal is { } refusal ? new(refusal) : new(alert);
    }
}
