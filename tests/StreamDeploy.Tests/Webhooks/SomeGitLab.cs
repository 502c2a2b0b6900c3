using System.Text.Json.Nodes;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Payloads in the shape of GitLab's documented examples, with the fields that are read.</summary>
internal static class SomeGitLab
{
    private const string Project = """
        "project": { "id": 15, "name": "Diaspora", "web_url": "http://example.com/mike/diaspora", "path_with_namespace": "mike/diaspora", "default_branch": "main" }
        """;

    public static JsonObject Of(string eventName) => eventName switch
    {
        "Push Hook" => Push(),
        "Merge Request Hook" => Merge(),
        "Release Hook" => Release(),
        "Deployment Hook" => Deployment(),
        _ => Flag(),
    };

    public static JsonObject Push() => Json($$"""
        {
          "object_kind": "push", "event_name": "push", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22", "after": "{{Commit}}", "ref": "refs/heads/main",
          "checkout_sha": "{{Commit}}", "user_id": 4, "user_name": "John Smith", "user_username": "jsmith", "user_email": "john@example.com", {{Project}},
          "commits": [
            {
              "id": "b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327", "message": "Update Catalan translation", "title": "Update Catalan translation",
              "timestamp": "2011-12-12T14:27:31+02:00", "url": "http://example.com/mike/diaspora/commit/b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327"
            },
            {
              "id": "{{Commit}}", "message": "fixed readme\n\nmore", "title": "fixed readme", "timestamp": "2012-01-03T23:36:29+02:00",
              "url": "http://example.com/mike/diaspora/commit/{{Commit}}", "author": { "name": "GitLab dev user", "email": "gitlabdev@dv6700.(none)" }
            }
          ],
          "total_commits_count": 2
        }
        """);

    public static JsonObject Merge() => Json($$"""
        {
          "object_kind": "merge_request", "event_type": "merge_request", "user": { "id": 1, "name": "Administrator", "username": "root", "email": "[REDACTED]" }, {{Project}},
          "object_attributes": {
            "id": 99, "iid": 1, "target_branch": "main", "source_branch": "ms-viewport", "title": "MS-Viewport", "created_at": "2013-12-03T17:23:34Z",
            "updated_at": "2026-01-01T11:50:00Z", "state": "merged", "action": "merge", "merge_commit_sha": "{{Commit}}",
            "last_commit": { "id": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "message": "fixed readme" }, "url": "http://example.com/diaspora/merge_requests/1"
          }
        }
        """);

    public static JsonObject Release() => Json($$"""
        {
          "id": 1, "created_at": "2026-01-01 11:40:12 UTC", "description": "v1.1 has been released", "name": "Winter", "released_at": "2026-01-01 11:40:13 UTC", "tag": "v1.1",
          "object_kind": "release", {{Project}}, "url": "https://example.com/mike/diaspora/-/releases/v1.1", "action": "create",
          "commit": { "id": "{{Commit}}", "title": "Update changelog", "timestamp": "2020-10-31T00:58:32+11:00", "author": { "name": "Example User", "email": "user@example.com" } }
        }
        """);

    public static JsonObject Deployment() => Json($$"""
        {
          "object_kind": "deployment", "status": "success", "status_changed_at": "2026-01-01 13:50:00 +0200", "deployment_id": 15, "deployable_id": 796,
          "deployable_url": "http://10.126.0.2:3000/mike/diaspora/-/jobs/796", "environment": "staging", "environment_tier": "staging",
          "environment_external_url": "https://staging.example.com", {{Project}}, "ref": "main", "short_sha": "61137128",
          "user": { "id": 1, "name": "Administrator", "username": "root", "email": "user@example.com" },
          "commit_url": "http://10.126.0.2:3000/mike/diaspora/-/commit/{{Commit}}", "commit_title": "Add new file"
        }
        """);

    public static JsonObject Flag() => Json($$"""
        {
          "object_kind": "feature_flag", {{Project}}, "user": { "id": 1, "name": "Administrator", "username": "root", "email": "admin@example.com" },
          "object_attributes": { "id": 6, "name": "test-feature-flag", "description": "A flag", "active": true }
        }
        """);
}
