using System.Text.Json;
using StreamDeploy.Schemas;
using static StreamDeploy.Connectors.Webhooks.Webhook;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From one of CDEvents' events to a deployment event, or the reason why there is none. Pure.</summary>
/// <remarks>
/// What counts is what changes what runs: the events of services and of environments, in any version of the specification
/// (https://github.com/cdevents/spec/blob/main/continuous-deployment.md). Runs of pipelines, artifacts and changes of code come before that.
/// <para>
/// A service that was deployed, upgraded or rolled back runs another artifact: a deployment. One that was removed runs none, and nothing new is delivered: a
/// configuration, as is a change of an environment. Published is when users can reach what was deployed before: a release.
/// </para>
/// <para>
/// The subject of a service's event is the service, by its id. An environment is called by its name where it has one, else by its id. Each event stands for itself:
/// nothing in it names the deployment that it belongs to.
/// </para>
/// </remarks>
internal static class CdEvents
{
    public const string Source = "cdevents";

    private const string ServicePrefix = "dev.cdevents.service.";
    private const string EnvironmentPrefix = "dev.cdevents.environment.";

    /// <summary>The events that may stand in a pipeline's event filters: types without their version.</summary>
    public static IReadOnlyList<string> Events { get; } =
    [
        ServicePrefix + "deployed", ServicePrefix + "upgraded", ServicePrefix + "rolledback", ServicePrefix + "removed", ServicePrefix + "published",
        EnvironmentPrefix + "created", EnvironmentPrefix + "modified", EnvironmentPrefix + "deleted",
    ];

    /// <param name="cloudEvent">The envelope; its type is the event's.</param>
    /// <param name="pipeline">Whose filters hold.</param>
    /// <param name="arrivedAtMs">When the request came in: the event time of what names none that can be.</param>
    public static Reading<Deployment> Read(CloudEvent cloudEvent, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (Events.FirstOrDefault(name => IsOfType(cloudEvent.Type, name)) is not { } eventName)
            return NotWanted("EVENT_NOT_WANTED", "only the events of services and environments report changes");
        if (FilteredOut(eventName, pipeline) is { } filtered)
            return filtered;
        if (cloudEvent.Data is not { ValueKind: JsonValueKind.Object } data)
            return new(Refusal.Missing("data"));
        if (data.At("subject") is not { } subject)
            return new(Refusal.Missing("data.subject"));

        var dated = WithTime(
            data.At("context", "timestamp") ?? cloudEvent.Time, arrivedAtMs,
            Common(pipeline, Source, IdOf(cloudEvent.Source, cloudEvent.Id), repository: null, pipeline.ServiceOf(null), arrivedAtMs), data.At("customData"));
        return eventName.StartsWith(ServicePrefix, StringComparison.Ordinal)
            ? new(Service(eventName[ServicePrefix.Length..], subject, dated, pipeline))
            : Environment(eventName[EnvironmentPrefix.Length..], subject, dated);
    }

    private static Deployment Service(string predicate, JsonElement subject, Deployment common, CatalogPipeline pipeline)
    {
        var package = PackageUrl.Read(subject.TextAt(Texts.HrefMax, "content", "artifactId"));
        var service = subject.NameAt("id") ?? pipeline.ServiceOf(package.Repository);
        var environment = subject.NameAt("content", "environment", "name") ?? subject.NameAt("content", "environment", "id");
        var (kind, status, verb, where) = predicate switch
        {
            "deployed" => (DeploymentKind.DEPLOYMENT, DeploymentStatus.SUCCEEDED, "deploy", "to"),
            "upgraded" => (DeploymentKind.DEPLOYMENT, DeploymentStatus.SUCCEEDED, "upgrade", "in"),
            "rolledback" => (DeploymentKind.DEPLOYMENT, DeploymentStatus.ROLLED_BACK, "roll back", "in"),
            "published" => (DeploymentKind.RELEASE, DeploymentStatus.SUCCEEDED, "publish", "in"),
            _ => (DeploymentKind.CONFIGURATION, DeploymentStatus.SUCCEEDED, "remove", "from"),
        };
        var what = package.Version is null ? service ?? "a service" : $"{service ?? "a service"} {package.Version}";
        return common with
        {
            Kind = kind,
            Status = status,
            Summary = Texts.Cut($"{verb} {what} {where} {environment ?? "an environment"}", Texts.SummaryMax),
            Environment = environment,
            Service = service,
            Version = package.Version,
            Commit = package.Commit,
            Repository = package.Repository,
            Links = Links((subject.TextAt(Texts.HrefMax, "content", "environment", "url"), "environment")),
        };
    }

    private static Reading<Deployment> Environment(string predicate, JsonElement subject, Deployment common)
    {
        if ((subject.NameAt("content", "name") ?? subject.NameAt("id")) is not { } environment)
            return new(Refusal.Missing("data.subject.id"));
        var verb = predicate switch { "created" => "create", "modified" => "modify", _ => "delete" };
        return new(common with
        {
            Kind = DeploymentKind.CONFIGURATION,
            Summary = $"{verb} the environment {environment}",
            Environment = environment,
            Links = Links((subject.TextAt(Texts.HrefMax, "content", "url"), "environment")),
        });
    }

    // dev.cdevents.service.deployed.0.2.0, and from drafts 0.3.0-draft.
    private static bool IsOfType(string type, string name) =>
        type.StartsWith(name, StringComparison.Ordinal) && (type.Length == name.Length || type[name.Length] == '.');
}
