using System.Text.Json.Nodes;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What ilert's alert action sends by default, in the shape of its documentation.</summary>
internal static class SomeIlert
{
    public static JsonObject Event(string eventType = "alert-created", string status = "PENDING") => Json($$"""
        {
          "id": "12797430", "summary": "Checkout fails", "details": "5 % of requests fail", "reportTime": "2026-01-01T11:55:00.829Z", "status": "{{status}}",
          "eventType": "{{eventType}}", "priority": "HIGH", "alertKey": "zabbix-12345", "alertSource": { "id": 2101194, "name": "Hosts" },
          "assignedTo": { "id": 2193122, "username": "abr", "firstName": "A", "lastName": "B", "email": "example@example.com" },
          "escalationPolicy": { "id": 2256025, "name": "Default" }, "links": [ { "href": "https://monitoring.acme.example/12345", "text": "Monitoring" } ],
          "labels": { "service": "checkout" }, "customDetails": { "service": "ignored", "env": "production", "count": 3, "nested": { "a": "b" } }
        }
        """);

    public static JsonObject Resolved(string resolvedOn = "2026-01-01T11:58:00Z") => Event("alert-resolved", "RESOLVED").With("resolvedOn", $"\"{resolvedOn}\"");
}
