using System.Text.Json;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>The providers whose webhooks are known: for each the route's name, the proof of origin and what its headers have to say.</summary>
internal static class Providers
{
    public static IReadOnlyList<Provider<CatalogPipeline, Deployment>> OfDeployments { get; } =
    [
        new("github", IntegrationType.GITHUB, GitHubSignature.Header,
            (headers, body, secrets, _) => GitHubSignature.IsValid(body, headers[GitHubSignature.Header] is [var signature] ? signature : null, secrets), ReadGitHub)
        {
            FormAllowed = true,
            EventHeader = GitHub.EventHeader,
        },
        new("gitlab", IntegrationType.GITLAB, $"{GitLabProof.SignatureHeader} or {GitLabProof.TokenHeader}", GitLabProof.IsValid, ReadGitLab)
        {
            EventHeader = GitLab.EventHeader,
        },
        new("argocd", IntegrationType.ARGOCD, TokenProof.Header, (headers, _, secrets, _) => TokenProof.IsAuthorized(headers, secrets),
            (_, payload, pipeline, arrivedAtMs) => One(ArgoCd.Read(payload, pipeline, arrivedAtMs))),
        new("cdevents", IntegrationType.CDEVENTS, TokenProof.Header, (headers, _, secrets, _) => TokenProof.IsAuthorized(headers, secrets), ReadCdEvents)
        {
            ListAllowed = true,
            AnswersHandshake = true,
            EventHeader = "ce-type",
            EventField = "type",
        },
    ];

    public static IReadOnlyList<Provider<CatalogAlertSource, Alert>> OfAlerts { get; } =
    [
        new("alertmanager", IntegrationType.ALERTMANAGER, TokenProof.Header, (headers, _, secrets, _) => TokenProof.IsAuthorized(headers, secrets),
            (_, payload, source, arrivedAtMs) => Alertmanager.Read(payload, source, arrivedAtMs)),
        new("ilert", IntegrationType.ILERT, TokenProof.Header, (headers, _, secrets, _) => TokenProof.IsAuthorized(headers, secrets),
            (_, payload, source, arrivedAtMs) => One(Ilert.Read(payload, source, arrivedAtMs)))
        {
            EventField = "eventType",
        },
    ];

    /// <summary>Whose pushes and merges may be filtered by branch.</summary>
    public static bool HasBranches(IntegrationType type) => type is IntegrationType.GITHUB or IntegrationType.GITLAB;

    /// <summary>What may stand in the event filters of a pipeline; nothing where it has none.</summary>
    public static IReadOnlyList<string> EventsOf(IntegrationType type) => type switch
    {
        IntegrationType.GITHUB => GitHub.Events,
        IntegrationType.GITLAB => GitLab.Events,
        IntegrationType.CDEVENTS => CdEvents.Events,
        _ => [],
    };

    private static Reading<IReadOnlyList<Deployment>> ReadGitHub(IHeaderDictionary headers, JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        var eventName = headers[GitHub.EventHeader].ToString();
        if (eventName.Length == 0)
            return new(Refusal.Missing(GitHub.EventHeader));
        var deliveryId = headers[GitHub.DeliveryHeader].ToString();
        if (deliveryId.Length is 0 or > JsonFields.IdMax)
            return new(Refusal.Invalid(GitHub.DeliveryHeader, $"{GitHub.DeliveryHeader} must be 1 to {JsonFields.IdMax} characters long"));
        return One(GitHub.Read(eventName, deliveryId, payload, pipeline, arrivedAtMs));
    }

    private static Reading<IReadOnlyList<Deployment>> ReadGitLab(IHeaderDictionary headers, JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        var eventName = headers[GitLab.EventHeader].ToString();
        if (eventName.Length == 0)
            return new(Refusal.Missing(GitLab.EventHeader));
        if (!RequestIdentity.Of(headers, RequestIdentity.IdempotencyHeader, GitLabProof.IdHeader).TryGet(out var identity, out var refusal))
            return new(refusal);
        return One(GitLab.Read(eventName, identity, payload, pipeline, arrivedAtMs));
    }

    // Of a batch, what is not wanted is passed over, and what is wrong refuses all of it: nothing is half taken.
    private static Reading<IReadOnlyList<Deployment>> ReadCdEvents(IHeaderDictionary headers, JsonElement payload, CatalogPipeline pipeline, long arrivedAtMs)
    {
        if (!CloudEvents.Read(headers, payload).TryGet(out var message, out var refusal))
            return new(refusal);
        var taken = new List<Deployment>();
        Refusal? notWanted = null;
        for (var i = 0; i < message.Events.Count; i++)
        {
            if (CdEvents.Read(message.Events[i], pipeline, arrivedAtMs).TryGet(out var deployment, out refusal))
                taken.Add(deployment);
            else if (refusal.Status == StatusCodes.Status200OK)
                notWanted ??= refusal;
            else
                return new(message.IsBatch ? CloudEvents.At(i, refusal) : refusal);
        }

        return taken.Count > 0 ? new(taken) : new(notWanted ?? Refusal.NotWanted("EMPTY_BATCH", "the batch holds no event"));
    }

    private static Reading<IReadOnlyList<T>> One<T>(Reading<T> reading)
        where T : class => reading.TryGet(out var value, out var refusal) ? new((IReadOnlyList<T>)[value]) : new(refusal);
}
