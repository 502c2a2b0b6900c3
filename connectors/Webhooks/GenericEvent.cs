using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From the generic deployment event's body to a deployment event. Pure. The account comes from the key, never from the body.</summary>
/// <remarks>
/// Defaults: <c>timestamp</c> the arrival; <c>status</c> SUCCEEDED (a report without a status says that a change was made); <c>kind</c> DEPLOYMENT;
/// <c>deploymentId</c> the event's own id; <c>service</c> what the catalog says for the pipeline; <c>eventId</c> as <see cref="RequestIdentity"/> says.
/// </remarks>
public static class GenericEvent
{
    public const string Source = "api";

    public static Reading<Deployment> Read(JsonElement body, RequestIdentity identity, CatalogPipeline pipeline, long arrivedAtMs)
    {
        var fields = new JsonFields(body, arrivedAtMs);
        var summary = fields.Summary();
        var occurredAtMs = fields.Time("timestamp");
        var eventId = fields.Text("eventId", JsonFields.IdMax) ?? identity.For(body, occurredAtMs is not null);
        var repository = fields.Text("repository", Texts.NameMax);
        var deployment = new Deployment
        {
            AccountId = pipeline.Record.AccountId,
            PipelineId = pipeline.Record.Id,
            EventId = eventId,
            DeploymentId = fields.Text("deploymentId", JsonFields.IdMax) ?? eventId,
            Source = Source,
            Kind = fields.OneOf("kind", Enum.GetValues<DeploymentKind>()) ?? DeploymentKind.DEPLOYMENT,
            Status = fields.OneOf("status", Enum.GetValues<DeploymentStatus>()) ?? DeploymentStatus.SUCCEEDED,
            Summary = summary,
            OccurredAtMs = occurredAtMs ?? arrivedAtMs,
            StartedAtMs = fields.Time("startedAt"),
            FinishedAtMs = fields.Time("finishedAt"),
            Environment = fields.Text("environment", Texts.NameMax),
            Service = fields.Text("service", Texts.NameMax) ?? pipeline.ServiceOf(repository),
            Version = fields.Text("version", Texts.NameMax),
            Commit = fields.Text("commit", Texts.NameMax),
            Repository = repository,
            Branch = fields.Text("branch", Texts.NameMax),
            Author = Author(fields),
            Links = fields.Links("links"),
            CustomDetails = fields.ObjectText("customDetails"),
            ReceivedAtMs = arrivedAtMs,
        };
        if (deployment.FinishedAtMs < deployment.StartedAtMs)
            fields.Refuse<string>("finishedAt", "finishedAt is before startedAt");
        return fields.Refusal is { } refusal ? new(refusal) : new(deployment);
    }

    private static Author? Author(JsonFields fields)
    {
        var name = fields.Text("userName", Texts.NameMax);
        var email = fields.Text("userEmail", Texts.NameMax);
        return name is null && email is null ? null : new Author { Name = name, Email = email };
    }
}
