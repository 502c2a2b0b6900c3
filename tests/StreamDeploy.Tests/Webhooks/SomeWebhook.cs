using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Payloads as GitHub sends them, with the fields that are read, and pipelines to take them.</summary>
internal static class SomeWebhook
{
    public const string Commit = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
    public const string NoCommit = "0000000000000000000000000000000000000000";
    public const long ArrivedAtMs = Some.Noon;

    public static readonly RequestIdentity Identity = new(null, "unique-1");

    public static CatalogPipeline GitHubPipeline(string[]? branches = null, string[]? events = null, string? service = null) =>
        new(Some.Pipeline() with { IntegrationType = IntegrationType.GITHUB, BranchFilters = branches ?? [], EventFilters = events ?? [], Service = service });

    public static Reading<Deployment> Read(string eventName, JsonNode payload, CatalogPipeline? pipeline = null) =>
        GitHub.Read(eventName, "delivery-1", Element(payload), pipeline ?? GitHubPipeline(), ArrivedAtMs);

    public static long At(string iso) => DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    /// <summary>The event that was made.</summary>
    public static Deployment Taken(Reading<Deployment> reading)
    {
        Assert.Null(reading.Refusal);
        return reading.Event!;
    }

    /// <summary>Why it is real but not wanted.</summary>
    public static string NotWanted(Reading<Deployment> reading)
    {
        var refusal = reading.Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(200, refusal.Status);
        Assert.NotEmpty(refusal.Message);
        return refusal.Code;
    }

    public static JsonElement Element(JsonNode payload) => JsonDocument.Parse(payload.ToJsonString()).RootElement;

    public static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement;

    public static JsonObject Push(string gitRef = "refs/heads/main") => Json($$"""
        {
          "ref": "{{gitRef}}", "before": "76ae82c7b1a177c8d03f9e96e0adf2466113728f", "after": "{{Commit}}", "deleted": false,
          "compare": "https://github.com/acme/checkout/compare/76ae82c7b1a1...6113728f27ae",
          "head_commit": {
            "id": "{{Commit}}", "message": "Charge once\n\nRetries charged twice.", "timestamp": "2026-01-01T09:00:00+01:00",
            "url": "https://github.com/acme/checkout/commit/{{Commit}}", "author": { "name": "Ada", "email": "ada@acme.example", "username": "ada" }
          },
          "repository": { "name": "checkout", "full_name": "acme/checkout", "html_url": "https://github.com/acme/checkout", "pushed_at": 1767268500, "custom_properties": {} },
          "pusher": { "name": "grace", "email": "grace@acme.example" }
        }
        """);

    public static JsonObject MergedPullRequest() => Json($$"""
        {
          "action": "closed", "number": 12,
          "pull_request": {
            "id": 279147437, "number": 12, "title": "Charge once", "html_url": "https://github.com/acme/checkout/pull/12", "merged": true,
            "merged_at": "2026-01-01T11:50:00Z", "merge_commit_sha": "{{Commit}}", "user": { "login": "ada" }, "merged_by": { "login": "grace" },
            "head": { "ref": "charge-once", "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821" }, "base": { "ref": "main" }
          },
          "repository": { "name": "checkout", "full_name": "acme/checkout", "pushed_at": "2026-01-01T11:50:00Z" }
        }
        """);

    public static JsonObject Release() => Json("""
        {
          "action": "published",
          "release": {
            "id": 17372790, "tag_name": "v1.4.0", "name": "Winter", "target_commitish": "main", "author": { "login": "ada" },
            "html_url": "https://github.com/acme/checkout/releases/tag/v1.4.0", "published_at": "2026-01-01T11:40:00Z"
          },
          "repository": { "name": "checkout", "full_name": "acme/checkout" }
        }
        """);

    public static JsonObject StatusReport(string state = "success", string at = "2026-01-01T11:55:00Z") => Json($$"""
        {
          "action": "created",
          "deployment_status": {
            "id": 209916254, "state": "{{state}}", "environment": "production", "created_at": "{{at}}",
            "log_url": "https://ci.acme.example/1", "environment_url": "https://shop.acme.example"
          },
          "deployment": {
            "id": 145988746, "sha": "{{Commit}}", "ref": "main", "task": "deploy", "payload": {}, "environment": "production", "description": "Nightly",
            "creator": { "login": "ada" }, "created_at": "2026-01-01T11:50:00Z"
          },
          "repository": { "name": "checkout", "full_name": "acme/checkout", "html_url": "https://github.com/acme/checkout" }
        }
        """);

    public static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>Sets the value at a path such as <c>deployment.payload.service</c>.</summary>
    public static JsonObject With(this JsonObject payload, string path, string json)
    {
        JsonNode at = payload;
        var names = path.Split('.');
        foreach (var name in names[..^1])
            at = at[name] ??= new JsonObject();
        at[names[^1]] = JsonNode.Parse(json);
        return payload;
    }

    public static JsonObject Without(this JsonObject payload, string name)
    {
        payload.Remove(name);
        return payload;
    }
}
