using System.Text.Json;
using StreamDeploy.Schemas;
using static StreamDeploy.Connectors.Webhooks.Webhook;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a change event of PagerDuty's Events API v2 to a deployment event. Pure.</summary>
/// <remarks>
/// https://developer.pagerduty.com/docs/events-api-v2/send-change-events/. A change event says what happened and when, and hardly what it was: its kind is OTHER
/// unless <c>custom_details</c> has one. There, texts under the names of the generic event's fields are evidence, and whatever else they are is passed over: the
/// object is the sender's own.
/// <para>
/// <c>source</c> is where the change comes from, in practice as often the tool's name or a host as a service: it is kept, and no service is made of it, for a guess
/// does harm. The payload is kept as it came.
/// </para>
/// </remarks>
public static class PagerDuty
{
    public const string Source = "pagerduty";

    private const int LinksMax = 20;

    public static Reading<Deployment> Read(JsonElement body, RequestIdentity identity, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (body.At("payload") is not { } payload)
            return new(Refusal.Missing("payload"));
        if (payload.ValueKind != JsonValueKind.Object)
            return new(Refusal.Invalid("payload", "payload must be an object"));

        var fields = new JsonFields(payload, arrivedAtMs);
        var summary = fields.Summary();
        var occurredAtMs = fields.Time("timestamp");
        if (fields.Refusal is { } refusal)
            return new(refusal with { Message = $"payload.{refusal.Message}", Field = $"payload.{refusal.Field}" });

        var details = payload.At("custom_details").GetValueOrDefault();
        // What it refuses is not looked at.
        var lenient = new JsonFields(details, arrivedAtMs);
        var repository = details.NameAt("repository");
        var eventId = identity.For(body, occurredAtMs is not null);
        return new(Common(pipeline, Source, eventId, repository, details.NameAt("service") ?? pipeline.ServiceOf(repository), arrivedAtMs) with
        {
            DeploymentId = details.TextAt(JsonFields.IdMax, "deploymentId") ?? details.TextAt(JsonFields.IdMax, "deployment_id") ?? eventId,
            Kind = lenient.OneOf("kind", Enum.GetValues<DeploymentKind>()) ?? DeploymentKind.OTHER,
            Status = lenient.OneOf("status", Enum.GetValues<DeploymentStatus>()) ?? DeploymentStatus.SUCCEEDED,
            Summary = summary,
            OccurredAtMs = occurredAtMs ?? arrivedAtMs,
            Environment = details.NameAt("environment"),
            Version = details.NameAt("version"),
            Commit = details.NameAt("commit"),
            Branch = details.NameAt("branch"),
            Links = LinksOf(body),
            CustomDetails = payload.GetRawText(),
        });
    }

    private static Link[] LinksOf(JsonElement body) =>
        body.At("links") is { ValueKind: JsonValueKind.Array } links
            ? Links([.. links.EnumerateArray().Take(LinksMax).Select(link => (link.TextAt(Texts.HrefMax, "href"), link.NameAt("text")))])
            : [];
}
