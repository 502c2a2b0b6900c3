using System.Text.Json;
using System.Text.RegularExpressions;
using StreamDeploy.Schemas;
using static StreamDeploy.Connectors.Webhooks.Webhook;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From what an Argo CD notification's webhook template sends to a deployment event, or the reason why there is none. Pure.</summary>
/// <remarks>
/// The body is the template's: <c>app</c>, the Application resource as it is, and where the template calls for them <c>commit</c> (what
/// <c>repo.GetCommitMetadata</c> gives) and <c>repositoryName</c>. https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/.
/// <para>
/// Triggers send the same state again and again, and without an id: the event is known by application, phase, times and, once it is over, revisions. An application
/// has one operation at a time, so application and start name the deployment; the revision may not be resolved yet when the sync begins.
/// </para>
/// <para>
/// The commit is the first source's whose revision is one, and the repository that source's; the version is a chart's. Else it is the tag of the only image, of a
/// sync that succeeded and was looked at since: until then <c>status.summary</c> lists what ran before.
/// </para>
/// <para>
/// Service and environment are what a label or an annotation of the Application says (<c>service</c> or <c>app.kubernetes.io/name</c>; <c>environment</c> or
/// <c>env</c>), else what the catalog says for the pipeline. The application's name is taken only where the catalog says so (<c>service: "{app}"</c>), its namespace
/// never: a guess does harm.
/// </para>
/// </remarks>
public static partial class ArgoCd
{
    public const string Source = "argocd";

    private const int LinksMax = 20;

    /// <param name="payload">The body, an object.</param>
    /// <param name="pipeline">Whose service it may be.</param>
    /// <param name="arrivedAtMs">When the request came in: the event time of what names none that can be.</param>
    public static Reading<Deployment> Read(JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (payload.At("app") is not { } app)
            return new(Refusal.Missing("app"));
        if (app.NameAt("metadata", "name") is not { } name)
            return new(Refusal.Missing("app.metadata.name"));
        if (app.At("status", "operationState") is not { } operation)
            return NotWanted("NO_OPERATION", "the application was not synced yet");
        if (operation.NameAt("phase") is not { } phase)
            return new(Refusal.Missing("app.status.operationState.phase"));
        if (StatusOf(phase) is not { } status)
            return NotWanted("STATUS_NOT_WANTED", "the phase says nothing about the change: only Running, Succeeded, Failed and Error do");
        if (operation.IsTrueAt("operation", "sync", "dryRun"))
            return NotWanted("DRY_RUN", "a dry run changes nothing");
        if (operation.NameAt("startedAt") is not { } startedAt)
            return new(Refusal.Missing("app.status.operationState.startedAt"));

        var revisions = Revisions(app, operation);
        var (commit, sourceRepository, chartVersion) = Change(Sources(app, operation), revisions);
        var repository = payload.NameAt("repositoryName") ?? sourceRepository;
        var version = chartVersion ?? (status == DeploymentStatus.SUCCEEDED ? ImageVersion(app, operation, arrivedAtMs) : null);
        // Two Argo CDs may each have an application of this name.
        var application = app.NameAt("metadata", "uid") ?? $"{app.NameAt("metadata", "namespace")}/{name}";
        var finishedAt = status == DeploymentStatus.STARTED ? null : operation.NameAt("finishedAt");
        var eventId = IdOf([application, phase, startedAt, finishedAt, .. status == DeploymentStatus.STARTED ? [] : revisions]);
        var service = Stated(app, "service", "app.kubernetes.io/name") ?? pipeline.ServiceOf(repository, name);
        var common = Common(pipeline, Source, eventId, repository, service, arrivedAtMs);
        var message = Field(payload.At("commit"), "message", int.MaxValue)
            ?? (status == DeploymentStatus.FAILED ? operation.TextAt(int.MaxValue, "message") : null);
        var summary = $"sync {name} to {(commit is null ? version ?? "its source" : Short(commit))}";
        return new(WithTime(operation.At(status == DeploymentStatus.STARTED ? "startedAt" : "finishedAt"), arrivedAtMs, common) with
        {
            Kind = DeploymentKind.SYNC,
            Status = status,
            DeploymentId = $"sync/{application}/{startedAt}",
            Summary = Texts.Cut(message is null ? summary : $"{summary}: {Texts.FirstLine(message)}", Texts.SummaryMax),
            StartedAtMs = operation.TimeAt(arrivedAtMs, "startedAt"),
            FinishedAtMs = finishedAt is null ? null : operation.TimeAt(arrivedAtMs, "finishedAt"),
            CommittedAtMs = CommittedAtMs(payload, arrivedAtMs),
            Environment = Stated(app, "environment", "env"),
            Version = version,
            Commit = commit,
            Author = Author(operation, payload),
            Links = ExternalLinks(app),
        });
    }

    private static DeploymentStatus? StatusOf(string phase) => phase switch
    {
        "Running" => DeploymentStatus.STARTED,
        "Succeeded" => DeploymentStatus.SUCCEEDED,
        "Failed" or "Error" => DeploymentStatus.FAILED,
        // Terminating is on its way to Failed, which says when.
        _ => null,
    };

    // What was synced, else what was asked for, else what it is compared with. A branch that was asked for is no revision, but it stands in the id all the same.
    private static string[] Revisions(JsonElement app, JsonElement operation)
    {
        JsonElement?[] places = [operation.At("syncResult"), operation.At("operation", "sync"), app.At("status", "sync")];
        foreach (var place in places)
        {
            string[] found = place is { } at ? [.. OneOrMany(at, "revision", "revisions").Select(revision => revision.NameAt() ?? "")] : [];
            if (found.Any(revision => revision.Length > 0))
                return found;
        }

        return [];
    }

    private static JsonElement[] Sources(JsonElement app, JsonElement operation) =>
        operation.At("syncResult") is { } result && OneOrMany(result, "source", "sources") is { Length: > 0 } synced ? synced
        : app.At("spec") is { } spec ? OneOrMany(spec, "source", "sources")
        : [];

    // An application of several sources has the list; the single field is then absent or empty.
    private static JsonElement[] OneOrMany(JsonElement at, string one, string many) =>
        at.At(many) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? [.. list.EnumerateArray()]
        : at.At(one) is { } single ? [single]
        : [];

    private static (string? Commit, string? Repository, string? ChartVersion) Change(JsonElement[] sources, string[] revisions)
    {
        string? commit = null, repository = null, version = null;
        for (var i = 0; i < sources.Length; i++)
        {
            var revision = i < revisions.Length ? revisions[i] : "";
            var isChart = sources[i].NameAt("chart") is not null;
            if (isChart && revision.Length > 0)
                version ??= revision;
            if (isChart || commit is not null)
                continue;
            var name = sources[i].TextAt(Texts.HrefMax, "repoURL") is { } url ? RepositoryUrl.NameOf(url) : null;
            if (IsCommit(revision))
                (commit, repository) = (revision, name);
            else if (sources.Length == 1)
                repository = name;
        }

        return (commit, repository, version);
    }

    private static string? ImageVersion(JsonElement app, JsonElement operation, long arrivedAtMs)
    {
        if (app.TimeAt(arrivedAtMs, "status", "reconciledAt") is not { } reconciledAtMs || operation.TimeAt(arrivedAtMs, "finishedAt") is not { } finishedAtMs)
            return null;
        if (reconciledAtMs < finishedAtMs || app.At("status", "summary", "images") is not { ValueKind: JsonValueKind.Array } images || images.GetArrayLength() != 1)
            return null;
        return images[0].TextAt(Texts.HrefMax) is { } image && ImageTag().Match(image) is { Success: true } tag ? tag.Groups[1].Value : null;
    }

    private static string? Stated(JsonElement app, params ReadOnlySpan<string> names)
    {
        foreach (var place in (string[])["labels", "annotations"])
        {
            foreach (var name in names)
            {
                if (app.NameAt("metadata", place, name) is { } value)
                    return value;
            }
        }

        return null;
    }

    private static Author? Author(JsonElement operation, JsonElement payload)
    {
        if (!operation.IsTrueAt("operation", "initiatedBy", "automated") && operation.NameAt("operation", "initiatedBy", "username") is { } user)
            return new Author { Name = user };
        if (Field(payload.At("commit"), "author", Texts.SummaryMax) is not { } author)
            return null;
        var parts = NameAndAddress().Match(author);
        return parts.Success
            ? new Author { Name = parts.Groups[1].Value is { Length: > 0 } name ? Texts.Cut(name, Texts.NameMax) : null, Email = Texts.Cut(parts.Groups[2].Value, Texts.NameMax) }
            : new Author { Name = Texts.Cut(author, Texts.NameMax) };
    }

    private static long? CommittedAtMs(JsonElement payload, long arrivedAtMs) =>
        Field(payload.At("commit"), "date", Texts.NameMax) is { } date && EventTime.TryParse(date, out var timeMs) && EventTime.IsReasonable(timeMs, arrivedAtMs) ? timeMs : null;

    // Go's names are Message, Author, Date; templates often write them small.
    private static string? Field(JsonElement? commit, string name, int max)
    {
        if (commit is not { ValueKind: JsonValueKind.Object } fields)
            return null;
        foreach (var field in fields.EnumerateObject())
        {
            if (string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase) && field.Value.TextAt(max) is { } text)
                return text;
        }

        return null;
    }

    private static Link[] ExternalLinks(JsonElement app) =>
        app.At("status", "summary", "externalURLs") is { ValueKind: JsonValueKind.Array } urls
            ? Links([.. urls.EnumerateArray().Take(LinksMax).Select(url => (url.TextAt(Texts.HrefMax), "application"))])
            : [];

    // The tag before a digest; the colon of a registry's port has a slash behind it.
    [GeneratedRegex(@"^[^@]*:([^/:@]+)(?:@.*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ImageTag();

    [GeneratedRegex(@"^([^<>]*?)\s*<([^<>]+)>\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameAndAddress();
}
