using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Events in the shape of the conformance examples of CDEvents' specification, alone and in the envelopes of CloudEvents.</summary>
internal static class SomeCdEvents
{
    public const string Id = "271069a8-fc18-44f1-b38f-9d70a1695819";
    public const string Source = "/event/source/123";
    public const string OneType = "application/cloudevents+json";
    public const string BatchType = "application/cloudevents-batch+json";

    public static string TypeOf(string eventName) => eventName + ".0.2.0";

    public static JsonObject Of(string eventName) => Json($$"""
        {
          "context": {
            "version": "0.4.1", "id": "{{Id}}", "chainId": "4c8cb7dd-3448-41de-8768-eec704e2829b", "source": "{{Source}}", "type": "{{TypeOf(eventName)}}",
            "timestamp": "2023-03-20T14:27:05.315384Z", "schemaUri": "https://myorg.com/schema/custom"
          },
          "subject": {
            "id": "mySubject123", "source": "{{Source}}",
            {{(eventName.Contains(".service.", StringComparison.Ordinal)
                ? """
                  "type": "service",
                  "content": {
                    "environment": { "id": "test123" },
                    "artifactId": "pkg:oci/myapp@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427?repository_url=registry.acme.example&tag=1.4.0"
                  }
                  """
                : """ "type": "environment", "content": { "name": "testEnv", "url": "https://example.org/testEnv" } """)}}
          }
        }
        """);

    public static JsonObject Structured(string eventName = "dev.cdevents.service.deployed", string id = Id) => Structured(Of(eventName), eventName, id);

    public static JsonObject Structured(JsonNode data, string eventName, string id = Id) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = id,
        ["source"] = Source,
        ["type"] = TypeOf(eventName),
        ["time"] = "2023-03-20T14:27:05.315384Z",
        ["datacontenttype"] = "application/json",
        ["data"] = data,
    };

    public static JsonArray Batch(params JsonNode[] events) => [.. events];

    public static string Base64(JsonNode data) => Convert.ToBase64String(Encoding.UTF8.GetBytes(data.ToJsonString()));

    public static (string Name, string Value)[] Attributes(string eventName = "dev.cdevents.service.deployed") =>
        [("ce-specversion", "1.0"), ("ce-id", Id), ("ce-source", Source), ("ce-type", TypeOf(eventName)), ("ce-time", "2023-03-20T14:27:05.315384Z")];

    public static HeaderDictionary Headers(string contentType, params (string Name, string Value)[] attributes)
    {
        var headers = new HeaderDictionary { ["Content-Type"] = contentType };
        foreach (var (name, value) in attributes)
            headers[name] = value;
        return headers;
    }

    /// <summary>The event as it arrives, in structured mode.</summary>
    public static CloudEvent Envelope(JsonNode data, string eventName, string? type = null) => new(Id, Source, type ?? TypeOf(eventName), null, Element(data));
}
