using System.Text.Json;
using StreamDeploy.Schemas;
using static StreamDeploy.Connectors.Webhooks.Webhook;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a GitLab webhook's payload to a deployment event, or the reason why there is none. Pure.</summary>
/// <remarks>
/// What counts: a push to a branch, a merge request that was merged, a release that was created, a deployment (running, success, failed, canceled) and a feature
/// flag. Shapes: https://docs.gitlab.com/user/project/integrations/webhook_events/.
/// <para>
/// A push, its merge and its deployment share repository and commit: the commit is the push's <c>after</c>, the merge request's <c>merge_commit_sha</c> (of a
/// fast-forward, which makes none, the squash's or the last one's) and the one that the deployment links to, because it says no more than the first eight digits
/// of it. A push and a feature flag say no time: theirs is that of arrival, and marked so.
/// </para>
/// </remarks>
public static class GitLab
{
    public const string EventHeader = "X-Gitlab-Event";
    public const string Source = "gitlab";

    private const string PushHook = "Push Hook";
    private const string MergeHook = "Merge Request Hook";
    private const string ReleaseHook = "Release Hook";
    private const string DeploymentHook = "Deployment Hook";
    private const string FlagHook = "Feature Flag Hook";

    /// <summary>The events that may stand in a pipeline's event filters: values of the header.</summary>
    public static IReadOnlyList<string> Events { get; } = [PushHook, MergeHook, ReleaseHook, DeploymentHook, FlagHook];

    /// <param name="eventName">The header X-Gitlab-Event.</param>
    /// <param name="identity">What the headers say of the delivery.</param>
    /// <param name="payload">The body, an object.</param>
    /// <param name="pipeline">Whose filters hold.</param>
    /// <param name="arrivedAtMs">When the request came in: the event time of what names none that can be.</param>
    public static Reading<Deployment> Read(string eventName, RequestIdentity identity, JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (!Events.Contains(eventName))
            return NotWanted("EVENT_NOT_WANTED", $"only {string.Join(", ", Events)} report changes");
        if (FilteredOut(eventName, pipeline) is { } filtered)
            return filtered;
        if (payload.NameAt("project", "path_with_namespace") is not { } repository)
            return new(Refusal.Missing("project.path_with_namespace"));

        // A flag that is switched on, off and on again says the same twice, and no time.
        var eventId = identity.For(payload, isDated: eventName != FlagHook);
        var common = Common(pipeline, Source, eventId, repository, pipeline.ServiceOf(repository), arrivedAtMs);
        return eventName switch
        {
            PushHook => Push(payload, common, pipeline, arrivedAtMs),
            MergeHook => MergeRequest(payload, common, pipeline, arrivedAtMs),
            ReleaseHook => Release(payload, common, arrivedAtMs),
            DeploymentHook => DeploymentEvent(payload, common, arrivedAtMs),
            _ => FeatureFlag(payload, WithTime(null, arrivedAtMs, common)),
        };
    }

    private static Reading<Deployment> Push(JsonElement payload, Deployment common, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (payload.TextAt(1024, "ref") is not { } gitRef)
            return new(Refusal.Missing("ref"));
        if (!gitRef.StartsWith(BranchPrefix, StringComparison.Ordinal))
            return NotWanted("REF_NOT_WANTED", "a push to something that is not a branch");
        if (payload.NameAt("after") is not { } commit)
            return new(Refusal.Missing("after"));
        if (IsNoCommit(commit))
            return NotWanted("REF_NOT_WANTED", "the branch was deleted");
        var branch = gitRef[BranchPrefix.Length..];
        if (BranchFilteredOut(branch, pipeline) is { } filtered)
            return filtered;

        var head = CommitOf(payload, commit);
        var message = head?.TextAt(Texts.SummaryMax, "title") ?? head?.TextAt(int.MaxValue, "message");
        return new(WithTime(null, arrivedAtMs, common) with
        {
            Kind = DeploymentKind.PUSH,
            DeploymentId = PushId(common.Repository, branch, payload.NameAt("before"), commit),
            Summary = PushSummary(message, branch),
            Commit = commit,
            Branch = branch,
            CommittedAtMs = head?.TimeAt(arrivedAtMs, "timestamp"),
            Author = Author(payload.NameAt("user_name"), payload.NameAt("user_email")),
            Links = Links((head?.TextAt(Texts.HrefMax, "url"), "commit")),
        });
    }

    private static Reading<Deployment> MergeRequest(JsonElement payload, Deployment common, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (payload.At("object_attributes") is not { } merge)
            return new(Refusal.Missing("object_attributes"));
        if (merge.NameAt("action") != "merge")
            return NotWanted("ACTION_NOT_WANTED", "a merge request counts when it is merged");
        if (merge.IdAt("id") is not { } id)
            return new(Refusal.Missing("object_attributes.id"));
        if (merge.TextAt(1024, "target_branch") is not { } branch)
            return new(Refusal.Missing("object_attributes.target_branch"));
        if (BranchFilteredOut(branch, pipeline) is { } filtered)
            return filtered;

        return new(WithTime(merge.At("updated_at"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.MERGE,
            DeploymentId = "merge_request/" + id,
            Summary = Texts.Cut($"!{merge.IdAt("iid")} {merge.TextAt(Texts.SummaryMax, "title")}".TrimEnd(), Texts.SummaryMax),
            Commit = merge.NameAt("merge_commit_sha") ?? merge.NameAt("squash_commit_sha") ?? merge.NameAt("last_commit", "id"),
            Branch = branch,
            Author = Author(payload.NameAt("user", "name"), payload.NameAt("user", "email")),
            Links = Links((merge.TextAt(Texts.HrefMax, "url"), "merge request")),
        });
    }

    private static Reading<Deployment> Release(JsonElement payload, Deployment common, long arrivedAtMs)
    {
        if (payload.NameAt("action") != "create")
            return NotWanted("ACTION_NOT_WANTED", "a release counts when it is created");
        if (payload.IdAt("id") is not { } id)
            return new(Refusal.Missing("id"));

        var tag = payload.NameAt("tag");
        var name = payload.TextAt(Texts.SummaryMax, "name");
        return new(WithTime(payload.At("released_at") ?? payload.At("created_at"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.RELEASE,
            DeploymentId = "release/" + id,
            Summary = ReleaseSummary(tag, name),
            Version = tag,
            Commit = payload.NameAt("commit", "id"),
            CommittedAtMs = payload.TimeAt(arrivedAtMs, "commit", "timestamp"),
            Author = Author(payload.NameAt("commit", "author", "name"), payload.NameAt("commit", "author", "email")),
            Links = Links((payload.TextAt(Texts.HrefMax, "url"), "release")),
        });
    }

    private static Reading<Deployment> DeploymentEvent(JsonElement payload, Deployment common, long arrivedAtMs)
    {
        if (payload.IdAt("deployment_id") is not { } id)
            return new(Refusal.Missing("deployment_id"));
        if (StatusOf(payload.NameAt("status")) is not { } status)
            return NotWanted("STATUS_NOT_WANTED", "the status says nothing about the change: only running, success, failed and canceled do");

        var environment = payload.NameAt("environment");
        var commitUrl = payload.TextAt(Texts.HrefMax, "commit_url");
        var title = payload.TextAt(Texts.SummaryMax, "commit_title");
        var gitRef = payload.NameAt("ref");
        var summary = $"deploy {gitRef ?? payload.NameAt("short_sha")} to {environment ?? "an environment"}";
        var dated = WithTime(payload.At("status_changed_at"), arrivedAtMs, common);
        return new(dated with
        {
            Kind = DeploymentKind.DEPLOYMENT,
            Status = status,
            DeploymentId = "deployment/" + id,
            Summary = Texts.Cut(title is null ? summary : $"{summary}: {title}", Texts.SummaryMax),
            // Its running said when it began; the end says no more than itself.
            StartedAtMs = status == DeploymentStatus.STARTED ? dated.OccurredAtMs : null,
            FinishedAtMs = status == DeploymentStatus.STARTED ? null : dated.OccurredAtMs,
            Environment = environment,
            Commit = commitUrl is not null && commitUrl[(commitUrl.LastIndexOf('/') + 1)..] is var last && IsCommit(last) ? last : null,
            Branch = gitRef,
            Author = Author(payload.NameAt("user", "name"), payload.NameAt("user", "email")),
            Links = Links(
                (payload.TextAt(Texts.HrefMax, "environment_external_url"), "environment"), (payload.TextAt(Texts.HrefMax, "deployable_url"), "job"), (commitUrl, "commit")),
        });
    }

    private static Reading<Deployment> FeatureFlag(JsonElement payload, Deployment common)
    {
        if (payload.At("object_attributes") is not { } flag)
            return new(Refusal.Missing("object_attributes"));
        if (flag.NameAt("name") is not { } name)
            return new(Refusal.Missing("object_attributes.name"));

        var what = flag.TextAt(Texts.SummaryMax, "description");
        var summary = $"feature flag {name} {(flag.IsTrueAt("active") ? "on" : "off")}";
        return new(common with
        {
            Kind = DeploymentKind.FEATURE_FLAG,
            Summary = Texts.Cut(what is null ? summary : $"{summary}: {Texts.FirstLine(what)}", Texts.SummaryMax),
            Author = Author(payload.NameAt("user", "name"), payload.NameAt("user", "email")),
            Links = Links((payload.TextAt(Texts.HrefMax, "project", "web_url") + "/-/feature_flags", "feature flags")),
        });
    }

    private static DeploymentStatus? StatusOf(string? status) => status switch
    {
        "running" => DeploymentStatus.STARTED,
        "success" => DeploymentStatus.SUCCEEDED,
        "failed" => DeploymentStatus.FAILED,
        "canceled" => DeploymentStatus.CANCELLED,
        _ => null,
    };

    private static JsonElement? CommitOf(JsonElement payload, string id)
    {
        if (payload.At("commits") is not { ValueKind: JsonValueKind.Array } commits)
            return null;
        foreach (var commit in commits.EnumerateArray())
        {
            if (commit.NameAt("id") == id)
                return commit;
        }

        return null;
    }

    private static Author? Author(string? name, string? email)
    {
        // GitLab writes this where an address is hidden.
        var shown = email == "[REDACTED]" ? null : email;
        return name is null && shown is null ? null : new Author { Name = name, Email = shown };
    }
}
