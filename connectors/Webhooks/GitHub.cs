using System.Text.Json;
using System.Text.RegularExpressions;
using StreamDeploy.Schemas;
using static StreamDeploy.Connectors.Webhooks.Webhook;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a GitHub webhook's payload to a deployment event, or the reason why there is none. Pure.</summary>
/// <remarks>
/// What counts: <c>push</c> to a branch, <c>pull_request</c> closed and merged, <c>release</c> published, <c>deployment_status</c>. Branch filters
/// are for pushes and merges; a release or a deployment counts whatever it was built from (a tag and a commit have no branch).
/// <para>
/// A push, its merge and its deployment share repository and commit, so that the join sees one change: the commit is the push's <c>after</c>, the
/// pull request's <c>merge_commit_sha</c> (its head never reaches the branch when it is squashed) and the deployment's <c>sha</c>. A release names its
/// commit only when its <c>target_commitish</c> is one.
/// </para>
/// <para>
/// Service is what the join weighs by eight, or by a quarter when it differs, so a guess does harm: it is the deployment payload's
/// <c>service</c>, else the repository's custom property <c>service</c>, else what the catalog says for the pipeline, else unknown. The
/// repository's name is taken only where the catalog says so (<c>service: "{repository}"</c>).
/// </para>
/// </remarks>
public static partial class GitHub
{
    public const string EventHeader = "X-GitHub-Event";
    public const string DeliveryHeader = "X-GitHub-Delivery";
    public const string Source = "github";

    private const string TagPrefix = "refs/tags/";

    /// <summary>The events that may stand in a pipeline's event filters.</summary>
    public static IReadOnlyList<string> Events { get; } = ["push", "pull_request", "release", "deployment_status"];

    /// <param name="eventName">The header X-GitHub-Event.</param>
    /// <param name="deliveryId">The header X-GitHub-Delivery: the same when a delivery is sent again.</param>
    /// <param name="payload">The body, an object.</param>
    /// <param name="pipeline">Whose filters hold.</param>
    /// <param name="arrivedAtMs">When the request came in: the event time of what names none that can be.</param>
    public static Reading<Deployment> Read(string eventName, string deliveryId, JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (eventName == "ping")
            return NotWanted("PING", "ping: the webhook is set up");
        if (!Events.Contains(eventName))
            return NotWanted("EVENT_NOT_WANTED", "only push, pull_request, release and deployment_status report changes");
        if (FilteredOut(eventName, pipeline) is { } filtered)
            return filtered;
        if (payload.NameAt("repository", "full_name") is not { } repository)
            return new(Refusal.Missing("repository.full_name"));

        var common = Common(pipeline, Source, deliveryId, repository, Service(payload, repository, pipeline), arrivedAtMs);
        return eventName switch
        {
            "push" => Push(payload, common, pipeline, arrivedAtMs),
            "pull_request" => PullRequest(payload, common, pipeline, arrivedAtMs),
            "release" => Release(payload, common, arrivedAtMs),
            _ => DeploymentStatusEvent(payload, common, arrivedAtMs),
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
        if (payload.IsTrueAt("deleted") || IsNoCommit(commit))
            return NotWanted("REF_NOT_WANTED", "the branch was deleted");
        var branch = gitRef[BranchPrefix.Length..];
        if (BranchFilteredOut(branch, pipeline) is { } filtered)
            return filtered;

        var message = payload.TextAt(int.MaxValue, "head_commit", "message");
        // Not the commit's timestamp: a commit may be days old when it is pushed. In pushes pushed_at is a number of seconds.
        return new(WithTime(payload.At("repository", "pushed_at"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.PUSH,
            DeploymentId = PushId(common.Repository, branch, payload.NameAt("before"), commit),
            Summary = PushSummary(message, branch),
            Commit = commit,
            Branch = branch,
            CommittedAtMs = payload.TimeAt(arrivedAtMs, "head_commit", "timestamp"),
            Author = Author(payload, "head_commit", "author") ?? Author(payload, "pusher"),
            Links = Links((payload.TextAt(Texts.HrefMax, "compare"), "compare"), (payload.TextAt(Texts.HrefMax, "head_commit", "url"), "commit")),
        });
    }

    private static Reading<Deployment> PullRequest(JsonElement payload, Deployment common, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (payload.NameAt("action") != "closed")
            return NotWanted("ACTION_NOT_WANTED", "a pull request counts when it is closed and merged");
        if (payload.At("pull_request") is not { } pull)
            return new(Refusal.Missing("pull_request"));
        if (!pull.IsTrueAt("merged"))
            return NotWanted("ACTION_NOT_WANTED", "the pull request was closed without a merge");
        if (pull.IdAt("id") is not { } id)
            return new(Refusal.Missing("pull_request.id"));
        if (pull.TextAt(1024, "base", "ref") is not { } branch)
            return new(Refusal.Missing("pull_request.base.ref"));
        if (BranchFilteredOut(branch, pipeline) is { } filtered)
            return filtered;

        return new(WithTime(pull.At("merged_at"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.MERGE,
            DeploymentId = "pull_request/" + id,
            Summary = Texts.Cut($"#{pull.IdAt("number")} {pull.TextAt(Texts.SummaryMax, "title")}".TrimEnd(), Texts.SummaryMax),
            Commit = pull.NameAt("merge_commit_sha"),
            Branch = branch,
            Author = Author(pull, "user"),
            Links = Links((pull.TextAt(Texts.HrefMax, "html_url"), "pull request")),
        });
    }

    private static Reading<Deployment> Release(JsonElement payload, Deployment common, long arrivedAtMs)
    {
        if (payload.NameAt("action") != "published")
            return NotWanted("ACTION_NOT_WANTED", "a release counts when it is published");
        if (payload.At("release") is not { } release)
            return new(Refusal.Missing("release"));
        if (release.IdAt("id") is not { } id)
            return new(Refusal.Missing("release.id"));

        var tag = release.NameAt("tag_name");
        var name = release.TextAt(Texts.SummaryMax, "name");
        var target = release.NameAt("target_commitish");
        var targetIsCommit = target is not null && IsCommit(target);
        return new(WithTime(release.At("published_at"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.RELEASE,
            DeploymentId = "release/" + id,
            Summary = ReleaseSummary(tag, name),
            Version = tag,
            Commit = targetIsCommit ? target : null,
            Branch = targetIsCommit ? null : target,
            Author = Author(release, "author"),
            Links = Links((release.TextAt(Texts.HrefMax, "html_url"), "release")),
        });
    }

    private static Reading<Deployment> DeploymentStatusEvent(JsonElement payload, Deployment common, long arrivedAtMs)
    {
        if (payload.At("deployment_status") is not { } report)
            return new(Refusal.Missing("deployment_status"));
        if (payload.At("deployment") is not { } deployment)
            return new(Refusal.Missing("deployment"));
        if (deployment.IdAt("id") is not { } id)
            return new(Refusal.Missing("deployment.id"));
        if (StatusOf(report.NameAt("state")) is not { } status)
            return NotWanted("STATUS_NOT_WANTED", "the status says nothing about the change: only pending, queued, in_progress, success, failure and error do");

        var (branch, version) = BranchAndVersion(deployment, payload);
        var commit = deployment.NameAt("sha");
        var environment = report.NameAt("environment") ?? deployment.NameAt("environment");
        var what = deployment.TextAt(Texts.SummaryMax, "description") ?? payload.TextAt(Texts.SummaryMax, "workflow_run", "display_title");
        var summary = $"{deployment.NameAt("task") ?? "deploy"} {version ?? branch ?? Short(commit)} to {environment ?? "an environment"}";
        var dated = WithTime(report.At("created_at"), arrivedAtMs, common, deployment.At("payload"));
        return new(dated with
        {
            Kind = DeploymentKind.DEPLOYMENT,
            Status = status,
            DeploymentId = "deployment/" + id,
            Summary = Texts.Cut(what is null ? summary : $"{summary}: {Texts.FirstLine(what)}", Texts.SummaryMax),
            StartedAtMs = status == DeploymentStatus.STARTED ? dated.OccurredAtMs : StartOfFinished(payload, deployment, arrivedAtMs),
            FinishedAtMs = status == DeploymentStatus.STARTED ? null : dated.OccurredAtMs,
            CommittedAtMs = CommitTime(payload, commit, arrivedAtMs),
            Environment = environment,
            Version = version,
            Commit = commit,
            Branch = branch,
            Author = Author(deployment, "creator"),
            Links = Links(
                (report.TextAt(Texts.HrefMax, "environment_url"), "environment"),
                (report.TextAt(Texts.HrefMax, "log_url") ?? report.TextAt(Texts.HrefMax, "target_url"), "log"),
                (commit is null ? null : payload.TextAt(Texts.HrefMax, "repository", "html_url") + "/commit/" + commit, "commit")),
        });
    }

    private static DeploymentStatus? StatusOf(string? state) => state switch
    {
        "pending" or "queued" or "in_progress" => DeploymentStatus.STARTED,
        "success" => DeploymentStatus.SUCCEEDED,
        "failure" or "error" => DeploymentStatus.FAILED,
        // inactive is what GitHub writes on the deployment before; waiting is waiting for an approval.
        _ => null,
    };

    // Where a workflow deploys, its in_progress status says when it began, and created_at may be hours earlier (an approval was waited for).
    // Other tools often report nothing but the end: then the deployment's creation is the best there is.
    private static long? StartOfFinished(JsonElement payload, JsonElement deployment, long arrivedAtMs) =>
        payload.At("workflow_run") is null && payload.At("check_run") is null ? deployment.TimeAt(arrivedAtMs, "created_at") : null;

    private static long? CommitTime(JsonElement payload, string? commit, long arrivedAtMs) =>
        commit is not null && payload.NameAt("workflow_run", "head_commit", "id") == commit
            ? payload.TimeAt(arrivedAtMs, "workflow_run", "head_commit", "timestamp")
            : null;

    // A deployment's ref is a branch, a tag or a commit, and does not say which.
    private static (string? Branch, string? Version) BranchAndVersion(JsonElement deployment, JsonElement payload)
    {
        var version = deployment.NameAt("payload", "version");
        var gitRef = deployment.NameAt("ref");
        if (gitRef is null || IsCommit(gitRef))
            gitRef = payload.NameAt("workflow_run", "head_branch");
        if (gitRef is null)
            return (null, version);
        if (gitRef.StartsWith(BranchPrefix, StringComparison.Ordinal))
            return (gitRef[BranchPrefix.Length..], version);
        if (gitRef.StartsWith(TagPrefix, StringComparison.Ordinal))
            return (null, version ?? gitRef[TagPrefix.Length..]);
        return VersionPattern().IsMatch(gitRef) ? (null, version ?? gitRef) : (gitRef, version);
    }

    private static string? Service(JsonElement payload, string repository, CatalogPipeline pipeline) =>
        payload.NameAt("deployment", "payload", "service")
        ?? payload.NameAt("repository", "custom_properties", "service")
        ?? pipeline.ServiceOf(repository);

    private static Author? Author(JsonElement payload, params ReadOnlySpan<string> path)
    {
        if (payload.At(path) is not { } person)
            return null;
        var name = person.NameAt("name") ?? person.NameAt("login");
        var email = person.NameAt("email");
        return name is null && email is null ? null : new Author { Name = name, Email = email };
    }

    [GeneratedRegex(@"^v?\d+\.\d+", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();
}
