using System.Globalization;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From what ilert's alert action "Webhook" sends to an event of the alert, or the reason why there is none. Pure.</summary>
/// <remarks>
/// Shape: https://docs.ilert.com/integrations/outbound-integrations/webhook, the default payload: the alert itself with an <c>eventType</c>. Its creation, its acceptance
/// (<c>alert-acknowledged</c>) and its end (<c>alert-resolved</c>, <c>alert-auto-resolved</c>) count; all else is not wanted.
/// <para>
/// <c>reportTime</c> is when the alert was created, in each of its events: which raising is meant. One that cannot be is refused, because with the time of arrival in
/// its place each event would be of another raising. When it was accepted or resolved only <c>timestamp</c> and <c>resolvedOn</c> say, and not every payload has them:
/// else it is the arrival. An alert is one event of each type, so that a delivery sent again is the same.
/// </para>
/// <para>Teams and escalation policy of the payload are ilert's; ours come from the tables.</para>
/// </remarks>
public static class Ilert
{
    private const string Created = "alert-created";
    private const string Acknowledged = "alert-acknowledged";
    private const string Resolved = "alert-resolved";
    private const string AutoResolved = "alert-auto-resolved";

    /// <param name="payload">The body, an object.</param>
    /// <param name="source">Whose alert it is.</param>
    /// <param name="arrivedAtMs">When the request came in.</param>
    public static Reading<Alert> Read(JsonElement payload, CatalogAlertSource source, long arrivedAtMs)
    {
        if (payload.NameAt("eventType") is not { } eventType)
            return new(Refusal.Missing("eventType"));
        if (StatusOf(eventType) is not { } status)
            return new(Refusal.NotWanted("EVENT_NOT_WANTED", $"only {Created}, {Acknowledged}, {Resolved} and {AutoResolved} say how far an alert is"));
        if ((payload.NameAt("id") ?? payload.IdAt("id")) is not { } alertId)
            return new(Refusal.Missing("id"));
        if (payload.At("reportTime") is null)
            return new(Refusal.Missing("reportTime"));
        if (payload.TimeAt(arrivedAtMs, "reportTime") is not { } occurredAtMs)
            return new(Refusal.Invalid("reportTime", "reportTime is no time, before 2000 or more than 10 minutes ahead of the server's clock"));

        var updatedAtMs = status switch
        {
            AlertStatus.OPEN => occurredAtMs,
            AlertStatus.RESOLVED => After(occurredAtMs, arrivedAtMs, payload.TimeAt(arrivedAtMs, "resolvedOn") ?? payload.TimeAt(arrivedAtMs, "timestamp")),
            _ => After(occurredAtMs, arrivedAtMs, payload.TimeAt(arrivedAtMs, "timestamp")),
        };
        var labels = AlertLabels.Of(payload.At("labels"), payload.At("customDetails"));
        var summary = payload.TextAt(int.MaxValue, "summary") ?? payload.TextAt(int.MaxValue, "details") ?? "alert " + alertId;
        return new(new Alert
        {
            AccountId = source.Record.AccountId,
            AlertSourceId = source.Record.Id,
            EventId = string.Create(CultureInfo.InvariantCulture, $"{alertId}/{eventType}/{occurredAtMs}"),
            AlertId = alertId,
            Status = status,
            Priority = payload.TextAt(GenericAlert.PriorityMax, "priority") ?? "",
            Summary = Texts.Cut(Texts.FirstLine(summary), Texts.SummaryMax),
            OccurredAtMs = occurredAtMs,
            UpdatedAtMs = updatedAtMs,
            ResolvedAtMs = status == AlertStatus.RESOLVED ? updatedAtMs : null,
            Service = source.ServiceOf(labels),
            Environment = source.EnvironmentOf(labels),
            Labels = labels,
            Link = Link(payload),
        });
    }

    private static AlertStatus? StatusOf(string eventType) => eventType switch
    {
        Created => AlertStatus.OPEN,
        Acknowledged => AlertStatus.ACCEPTED,
        Resolved or AutoResolved => AlertStatus.RESOLVED,
        _ => null,
    };

    private static long After(long occurredAtMs, long arrivedAtMs, long? reportedMs) => Math.Max(occurredAtMs, reportedMs ?? arrivedAtMs);

    private static string? Link(JsonElement payload)
    {
        if (payload.At("links") is not { ValueKind: JsonValueKind.Array } links)
            return null;
        foreach (var link in links.EnumerateArray())
        {
            if (link.TextAt(Texts.HrefMax, "href") is { } href && Texts.IsWebAddress(href))
                return href;
        }

        return null;
    }
}
