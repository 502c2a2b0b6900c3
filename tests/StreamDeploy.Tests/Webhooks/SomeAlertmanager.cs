using System.Text.Json.Nodes;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Notifications in the shape that Alertmanager's documentation gives.</summary>
internal static class SomeAlertmanager
{
    public const string Fingerprint = "1a30ba71cca2921f";
    public const string NoEnd = "0001-01-01T00:00:00Z";

    public static JsonObject Group(params JsonObject[] alerts) => Json("""
        {
          "version": "4", "groupKey": "{}:{alertname=\"HighErrorRate\"}", "truncatedAlerts": 0, "status": "firing", "receiver": "streamdeploy",
          "groupLabels": { "alertname": "HighErrorRate" }, "commonLabels": { "alertname": "HighErrorRate", "severity": "critical" }, "commonAnnotations": {},
          "externalURL": "http://alertmanager.acme.example:9093"
        }
        """).With("alerts", new JsonArray([.. (alerts.Length == 0 ? [Firing()] : alerts)]).ToJsonString());

    public static JsonObject Firing(string startsAt = "2026-01-01T11:55:00.123456789Z", string fingerprint = Fingerprint) => Json($$"""
        {
          "status": "firing", "startsAt": "{{startsAt}}", "endsAt": "{{NoEnd}}", "fingerprint": "{{fingerprint}}",
          "generatorURL": "http://prometheus.acme.example:9090/graph?g0.expr=errors&g0.tab=1",
          "labels": { "alertname": "HighErrorRate", "env": "production", "instance": "10.0.0.7:8080", "service": "checkout", "severity": "critical" },
          "annotations": { "description": "5 % of requests fail", "summary": "Checkout fails\nfor many" }
        }
        """);

    public static JsonObject Resolved(string endsAt = "2026-01-01T11:58:00Z", string startsAt = "2026-01-01T11:55:00.123456789Z") =>
        Firing(startsAt).With("status", "\"resolved\"").With("endsAt", $"\"{endsAt}\"");
}
