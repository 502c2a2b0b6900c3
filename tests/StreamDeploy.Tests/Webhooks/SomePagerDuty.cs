using System.Text.Json.Nodes;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>A change event in the shape of PagerDuty's documented example.</summary>
internal static class SomePagerDuty
{
    public static JsonObject Change() => Json($$"""
        {
          "routing_key": "{{IngestWorld.PagerDutyKey}}",
          "payload": {
            "summary": "Build Success: Increase snapshot create timeout to 30 seconds", "timestamp": "2026-01-01T11:42:58.315+0000", "source": "acme-build-pipeline-tool-default-i-9999",
            "custom_details": { "build_state": "passed", "build_number": 220, "run_time": "1236s" }
          },
          "links": [
            { "href": "https://acme.pagerduty.dev/build/2", "text": "View more details in Acme!" }, { "href": "https://acme.pagerduty.dev/build/3" }, { "href": "javascript:alert(1)" }
          ],
          "images": [{ "src": "https://acme.pagerduty.dev/chart.png" }]
        }
        """);
}
