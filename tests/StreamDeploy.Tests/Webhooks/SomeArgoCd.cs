using System.Text.Json.Nodes;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What a notification template makes of an Application, with the fields that are read.</summary>
internal static class SomeArgoCd
{
    public const string StartedAt = "2026-01-01T11:50:00Z";
    public const string FinishedAt = "2026-01-01T11:52:00Z";

    public static JsonObject Sync(string phase = "Succeeded") => Json($$"""
        {
          "app": {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": { "name": "checkout", "namespace": "argocd", "uid": "5e1ab0c7-62c5-4e71-8d0e-a1bbd7c19e02", "labels": { "environment": "production" } },
            "spec": {
              "project": "shop", "destination": { "server": "https://kubernetes.default.svc", "namespace": "shop" },
              "source": { "repoURL": "https://github.com/acme/checkout-config.git", "path": "deploy", "targetRevision": "HEAD" }
            },
            "status": {
              "sync": { "status": "Synced", "revision": "{{Commit}}" }, "health": { "status": "Healthy" }, "reconciledAt": "2026-01-01T11:52:03Z",
              "operationState": {
                "phase": "{{phase}}", "message": "successfully synced (all tasks run)", "startedAt": "{{StartedAt}}", "finishedAt": "{{FinishedAt}}",
                "operation": { "initiatedBy": { "username": "ada" }, "sync": { "revision": "{{Commit}}" } },
                "syncResult": {
                  "revision": "{{Commit}}", "source": { "repoURL": "https://github.com/acme/checkout-config.git", "path": "deploy", "targetRevision": "HEAD" }
                }
              },
              "summary": { "externalURLs": ["https://shop.acme.example", "javascript:alert(1)"], "images": ["registry.acme.example:5000/checkout:1.4.0@sha256:0b31b1c0"] }
            }
          },
          "commit": { "Message": "Charge once\n\nRetries charged twice.", "Author": "Grace <grace@acme.example>", "Date": "2026-01-01T09:00:00+01:00", "Tags": null }
        }
        """);

    /// <summary>As it is when the operation has just been taken up: nothing is resolved, and the summary is that of what runs.</summary>
    public static JsonObject Running()
    {
        var sync = Sync("Running");
        var operation = sync["app"]!["status"]!["operationState"]!.AsObject();
        operation.Remove("finishedAt");
        operation.Remove("syncResult");
        operation["operation"]!["sync"] = new JsonObject();
        return sync;
    }

    /// <summary>A chart and its values from two places.</summary>
    public static JsonObject OfTwoSources()
    {
        var sync = Sync();
        var app = sync["app"]!;
        app["spec"]!.AsObject().Remove("source");
        app["status"]!["sync"] = Json("""{ "status": "Synced", "revision": "" }""");
        app["status"]!["operationState"]!["syncResult"] = Json($$"""
            {
              "revision": "", "revisions": ["7.2.1", "{{Commit}}"],
              "sources": [
                { "repoURL": "https://charts.acme.example", "chart": "checkout", "targetRevision": "7.*" },
                { "repoURL": "git@gitlab.acme.example:shop/values/checkout.git", "ref": "values", "targetRevision": "main" }
              ]
            }
            """);
        return sync;
    }
}
