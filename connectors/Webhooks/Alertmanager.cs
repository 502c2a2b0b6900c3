using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a webhook of Prometheus' Alertmanager (version 4) to the events of its alerts, or the reason why there are none. Pure.</summary>
/// <remarks>
/// Shape: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. A notification is a group of alerts; each is one event.
/// <para>
/// Alertmanager sends a group that goes on firing again after every <c>repeat_interval</c>, and each of its replicas may send it. So nothing of an event's identity
/// comes from the arrival: the alert is its fingerprint, the raising its <c>startsAt</c>, the event these and the status (and <c>endsAt</c>, for a resolved one). For
/// the same reason a <c>startsAt</c> that cannot be is refused and not replaced by the time of arrival, as that of other webhooks is: every repetition would raise
/// another alert. One that lies ahead of our clock is taken when it is sent again. An <c>endsAt</c> that cannot be, as the zero time 0001-01-01T00:00:00Z, is the
/// arrival: it identifies nothing.
/// </para>
/// <para>
/// What is wrong with one alert does not hold up the others of its group: Alertmanager does not send again what was answered with 400. The rest is written, and the
/// answer names the refused ones. Only where none is good the answer is 400.
/// </para>
/// </remarks>
public static class Alertmanager
{
    public const string Version = "4";

    /// <summary>More in one group is refused: the sender can bound it with <c>max_alerts</c>.</summary>
    public const int AlertsMax = 10_000;

    /// <summary>
    /// What has been firing for longer is told again and not for the first time: its event's time is the arrival, so that it is of no interest to the join and not
    /// late. As long as the join waits for an alert's revisions by default (settle and grace).
    /// </summary>
    public const long RepeatedAfterMs = 3 * 3_600_000;

    /// <summary>Which label names the service, where the alert source does not say.</summary>
    public static IReadOnlyList<string> ServiceLabels { get; } = ["service"];

    public static IReadOnlyList<string> EnvironmentLabels { get; } = ["environment", "env"];

    /// <param name="payload">The body, an object.</param>
    /// <param name="source">Whose alerts they are.</param>
    /// <param name="arrivedAtMs">When the request came in.</param>
    public static Reading<IReadOnlyList<Alert>> Read(JsonElement payload, CatalogAlertSource source, long arrivedAtMs)
    {
        if (payload.At("version") is not { } version)
            return new(Refusal.Missing("version"));
        if (version.ValueKind != JsonValueKind.String || !version.ValueEquals(Version))
            return new(Refusal.Invalid("version", $"version must be \"{Version}\""));
        if (payload.At("alerts") is not { } alerts)
            return new(Refusal.Missing("alerts"));
        if (alerts.ValueKind != JsonValueKind.Array || alerts.GetArrayLength() > AlertsMax)
            return new(Refusal.Invalid("alerts", $"alerts must be a list of at most {AlertsMax} alerts"));
        if (alerts.GetArrayLength() == 0)
            return new(Refusal.NotWanted("NO_ALERTS", "the group holds no alerts"));

        var read = new List<Alert>(alerts.GetArrayLength());
        var refused = new List<Refusal>();
        var groupLink = payload.TextAt(Texts.HrefMax, "externalURL");
        var index = 0;
        foreach (var element in alerts.EnumerateArray())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"alerts[{index++}]");
            if (Read(path, element, groupLink, source, arrivedAtMs).TryGet(out var alert, out var refusal))
                read.Add(alert);
            else
                refused.Add(refusal);
        }

        return read.Count == 0 ? new(refused[0]) : new((IReadOnlyList<Alert>)read) { Refused = refused };
    }

    private static Reading<Alert> Read(string path, JsonElement element, string? groupLink, CatalogAlertSource source, long arrivedAtMs)
    {
        var labels = AlertLabels.Of(element.At("labels"));
        if (labels.Count == 0)
            return new(Refusal.Missing($"{path}.labels"));
        if (element.At("status") is not { } reported)
            return new(Refusal.Missing($"{path}.status"));
        if (StatusOf(reported) is not { } status)
            return new(Refusal.Invalid($"{path}.status", $"{path}.status must be firing or resolved"));
        if (element.At("startsAt") is null)
            return new(Refusal.Missing($"{path}.startsAt"));
        if (element.TimeAt(arrivedAtMs, "startsAt") is not { } startsAtMs)
            return new(Refusal.Invalid($"{path}.startsAt", $"{path}.startsAt is no time, before 2000 or more than 10 minutes ahead of the server's clock"));

        var endsAtMs = element.TimeAt(arrivedAtMs, "endsAt") is { } end && end >= startsAtMs ? end : (long?)null;
        var resolvedAtMs = status == AlertStatus.RESOLVED ? endsAtMs ?? Math.Max(arrivedAtMs, startsAtMs) : (long?)null;
        var alertId = element.TextAt(JsonFields.IdMax, "fingerprint") ?? Fingerprint(labels);
        return new(new Alert
        {
            AccountId = source.Record.AccountId,
            AlertSourceId = source.Record.Id,
            EventId = string.Create(CultureInfo.InvariantCulture, $"{alertId}/{startsAtMs}/{(status == AlertStatus.RESOLVED ? $"resolved/{endsAtMs}" : "firing")}"),
            AlertId = alertId,
            Status = status,
            Priority = Texts.Cut(First(labels, "severity", "priority") ?? "", GenericAlert.PriorityMax),
            Summary = Summary(element, labels),
            OccurredAtMs = startsAtMs,
            UpdatedAtMs = resolvedAtMs ?? (arrivedAtMs - startsAtMs > RepeatedAfterMs ? arrivedAtMs : startsAtMs),
            ResolvedAtMs = resolvedAtMs,
            Service = source.ServiceOf(labels, ServiceLabels),
            Environment = source.EnvironmentOf(labels, EnvironmentLabels),
            Labels = labels,
            Link = WebAddress(element.TextAt(Texts.HrefMax, "generatorURL")) ?? WebAddress(groupLink),
        });
    }

    private static AlertStatus? StatusOf(JsonElement status) =>
        status.ValueKind != JsonValueKind.String ? null
        : status.ValueEquals("firing") ? AlertStatus.OPEN
        : status.ValueEquals("resolved") ? AlertStatus.RESOLVED
        : null;

    private static string Summary(JsonElement element, Dictionary<string, string> labels)
    {
        foreach (var annotation in (ReadOnlySpan<string>)["summary", "description", "message"])
        {
            if (element.TextAt(int.MaxValue, "annotations", annotation) is { } text)
                return Texts.Cut(Texts.FirstLine(text), Texts.SummaryMax);
        }

        return Texts.Cut(First(labels, "alertname") ?? "alert", Texts.SummaryMax);
    }

    // Alertmanager writes one since 0.19.
    private static string Fingerprint(Dictionary<string, string> labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{value}\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static string? First(Dictionary<string, string> labels, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (labels.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value))
                return value.Trim();
        }

        return null;
    }

    private static string? WebAddress(string? href) => href is not null && Texts.IsWebAddress(href) ? href : null;
}
