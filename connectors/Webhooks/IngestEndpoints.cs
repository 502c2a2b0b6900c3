using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>The routes by which deployment events and alerts come in.</summary>
/// <remarks>
/// Each is the same walk: who is it (key), may it (rate), in what form (headers), the bytes (bounded), is it true (signature over the raw bytes), what
/// does it say (one pure provider), and 202 only after the broker's acknowledgement. The first that fails is the answer.
/// </remarks>
internal sealed partial class IngestEndpoints(
    IngestSettings settings, Entities entities, Func<CancellationToken, Task> catchUp, RequestLimits limits, BodyBudget budget, EventProducer producer, ILogger<IngestEndpoints> log)
{
    private const string KeyRouteValue = "integrationKey";

    private long _lastFailureMs = long.MinValue / 2;

    public bool IsReady => WallTimeMs - Interlocked.Read(ref _lastFailureMs) >= settings.RetryAfter.TotalMilliseconds;

    internal long BodyBytesInFlight => budget.UsedBytes;

    private long WallTimeMs => settings.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Map(IEndpointRouteBuilder routes)
    {
        MapKeyed<CatalogPipeline, Deployment>(routes, new("/api/deployment-events", key => entities.FindPipeline(key, IntegrationType.API), GenericEvent.Read, producer.ProduceAsync)
        {
            OwnerField = "pipelineId",
            OwnerOf = entities.PipelineOf,
        });
        MapKeyed<CatalogAlertSource, Alert>(routes, new("/api/alerts", key => entities.FindAlertSource(key, IntegrationType.API), GenericAlert.Read, producer.ProduceAsync)
        {
            OwnerField = "alertSourceId",
            OwnerOf = entities.SourceOf,
        });
        MapKeyed<CatalogPipeline, Deployment>(routes, new("/v2/change/enqueue", key => entities.FindPipeline(key, IntegrationType.PAGERDUTY), PagerDuty.Read, producer.ProduceAsync)
        {
            KeyFields = ["routing_key"],
            Accepted = Answers.ChangeAccepted,
            Refused = Answers.ChangeRefused,
        });
        foreach (var provider in Providers.OfDeployments)
            MapWebhook(routes, "deployment-events", provider, entities.FindPipeline, producer.ProduceAsync);
        foreach (var provider in Providers.OfAlerts)
            MapWebhook(routes, "alerts", provider, entities.FindAlertSource, producer.ProduceAsync);
        routes.MapGet("/openapi.json", (RequestDelegate)OpenApi.Send);
        routes.MapGet("/healthz", (RequestDelegate)(context => context.Response.WriteAsync("ok"))).DisableRateLimiting();
        routes.MapGet("/readyz", (RequestDelegate)GetReady).DisableRateLimiting();
    }

    private void MapKeyed<TOwner, TEvent>(IEndpointRouteBuilder routes, KeyedRoute<TOwner, TEvent> route)
        where TOwner : class, IKeyOwner
        where TEvent : class => routes.MapPost(route.Path, limits.InFlight(context => PostKeyed(context, route)));

    private void MapWebhook<TOwner, TEvent>(
        IEndpointRouteBuilder routes, string events, Provider<TOwner, TEvent> provider, Func<string, IntegrationType, TOwner?> find, Func<TEvent, CancellationToken, Task> produce)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        var route = $"/api/v1/{events}/{provider.Name}/{{{KeyRouteValue}}}";
        routes.MapPost(route, limits.InFlight(context => PostWebhook(context, provider, find, produce)));
        if (provider.AnswersHandshake)
            routes.MapMethods(route, [HttpMethods.Options], limits.InFlight(context => AnswerHandshake(context, key => find(key, provider.Type))));
    }

    // It proves nothing about the sender, and is to spare a stranger's server: who has the key may send, wherever from. A callback that is asked for is not called.
    private async Task AnswerHandshake<TOwner>(HttpContext context, Func<string, TOwner?> find)
        where TOwner : class, IKeyOwner
    {
        var refusal = (await AdmitAsync(context, (string)context.Request.RouteValues[KeyRouteValue]!, find)).Refusal;
        if (refusal is null && string.IsNullOrWhiteSpace(context.Request.Headers[Answers.HandshakeOrigin]))
            refusal = Refusal.Missing(Answers.HandshakeOrigin);
        await (refusal is null ? Answers.Handshake(context, (int)Math.Max(1, settings.RequestsPerKeyMax / settings.RateWindow.TotalMinutes)) : Answers.Refused(context, refusal));
    }

    private async Task PostWebhook<TOwner, TEvent>(
        HttpContext context, Provider<TOwner, TEvent> provider, Func<string, IntegrationType, TOwner?> find, Func<TEvent, CancellationToken, Task> produce)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        var headers = context.Request.Headers;
        if (provider.EventHeader is { } eventHeader)
            RequestOutcome.Of(context).Event = headers[eventHeader].ToString();
        var key = (string)context.Request.RouteValues[KeyRouteValue]!;
        if (!(await AdmitAsync(context, key, known => find(known, provider.Type))).TryGet(out var owner, out var refusal))
        {
            await Answers.Refused(context, refusal);
            return;
        }

        if (!(await RequestBody.ReadAsync(context.Request, provider.FormAllowed, settings.WebhookBodyBytesMax, budget, settings.BodyTimeout)).TryGet(out var body, out refusal))
        {
            await Answers.Refused(context, refusal);
            return;
        }

        using (body)
        {
            if (owner.SigningSecrets.Count > 0 && !provider.IsProven(headers, body.Bytes.Span, owner.SecretsAt(WallTimeMs), WallTimeMs))
            {
                SignatureRefused(log, provider.Name, owner.AccountId, owner.Id);
                // Where a secret does not open here, it may have been the right one.
                await Answers.Refused(context, owner.SigningSecrets.Any(secret => secret.Bytes is null && secret.IsValidAt(WallTimeMs))
                    ? Unavailable("the proof of origin cannot be checked here: a secret does not open under this server's master keys")
                    : new Refusal(401, "INVALID_SIGNATURE", $"{provider.Proof} is missing or does not match"));
                return;
            }

            var reading = ReadWebhook(context, body, owner, provider);
            if (reading.Refused is [var first, ..])
                PartRefused(log, provider.Name, owner.AccountId, owner.Id, reading.Refused.Count, first.Message);
            var refused = await ProduceAsync(context, reading, (events, stop) => Task.WhenAll(events.Select(each => produce(each, stop))));
            await (refused is null ? Answers.Accepted(context, reading.Refused) : Answers.Refused(context, refused));
        }
    }

    private Reading<IReadOnlyList<TEvent>> ReadWebhook<TOwner, TEvent>(HttpContext context, RequestBody body, TOwner owner, Provider<TOwner, TEvent> provider)
    {
        if (body.Json() is not { } utf8)
            return new(Refusal.Missing("payload"));
        if (!JsonBody.Parse(utf8, settings.JsonDepthMax, provider.ListAllowed).TryGet(out var document, out var refusal))
            return new(refusal);
        using (document)
        {
            var outcome = RequestOutcome.Of(context);
            if (string.IsNullOrEmpty(outcome.Event) && provider.EventField is { } field)
                outcome.Event = document.RootElement.NameAt(field);
            return provider.Read(context.Request.Headers, document.RootElement, owner, WallTimeMs);
        }
    }

    private async Task PostKeyed<TOwner, TEvent>(HttpContext context, KeyedRoute<TOwner, TEvent> route)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        // A key in the header is checked before the body is read; one in the body as soon as the body can be read.
        TOwner? owner = null;
        Refusal? refusal = null;
        var key = TokenProof.BearerOf(context.Request.Headers);
        var apiKey = key is not null && route.OwnerField is not null ? entities.FindApiKey(key) : null;
        if (apiKey is not null)
        {
            RequestOutcome.Of(context).Addressee = new(apiKey.AccountId);
            refusal = apiKey.Scopes.Contains(ApiScope.INGEST) ? limits.CheckKey(apiKey.Hash) : new Refusal(403, "FORBIDDEN", "this needs an API key with the scope INGEST, or an integration key");
        }
        else if (key is not null)
            (await AdmitAsync(context, key, route.Find)).TryGet(out owner, out refusal);
        if (!RequestIdentity.Of(context.Request.Headers, RequestIdentity.IdempotencyHeader).TryGet(out var identity, out var tooLong))
            refusal ??= tooLong;
        if (refusal is not null)
        {
            await route.Refused(context, refusal);
            return;
        }

        if (!(await RequestBody.ReadAsync(context.Request, formAllowed: false, settings.GenericBodyBytesMax, budget, settings.BodyTimeout)).TryGet(out var body, out refusal))
        {
            await route.Refused(context, refusal);
            return;
        }

        using (body)
        {
            refusal = await ProduceAsync(context, await ReadKeyedAsync(context, body, owner, apiKey, identity!, route), route.Produce);
            await (refusal is null ? route.Accepted(context) : route.Refused(context, refusal));
        }
    }

    private async Task<Reading<TEvent>> ReadKeyedAsync<TOwner, TEvent>(
        HttpContext context, RequestBody body, TOwner? owner, ApiKey? apiKey, RequestIdentity identity, KeyedRoute<TOwner, TEvent> route)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        if (!JsonBody.Parse(body.Json()!.Value, settings.JsonDepthMax).TryGet(out var document, out var refusal))
            return new(refusal);
        using (document)
        {
            var root = document.RootElement;
            if (owner is null && !(apiKey is null ? await AdmitAsync(context, route.KeyIn(root), route.Find) : route.OwnerIn(root, apiKey.AccountId)).TryGet(out owner, out refusal))
                return new(refusal);
            Remember(context, owner);
            return route.Read(root, identity, owner, WallTimeMs);
        }
    }

    private async Task<Reading<TOwner>> AdmitAsync<TOwner>(HttpContext context, string key, Func<string, TOwner?> find)
        where TOwner : class, IKeyOwner
    {
        var owner = find(key);
        if (owner is null)
        {
            // Another instance may have made it this moment.
            try
            {
                await catchUp(context.RequestAborted);
            }
            catch (BrokerUnavailableException problem)
            {
                BrokerUnavailable(log, problem.Message);
                return new(Unavailable("whether the integration key is one cannot be told now, try again later"));
            }

            owner = find(key);
        }

        if (owner?.KeyHash is not { } hash)
            return new(UnknownKey);
        Remember(context, owner);
        return limits.CheckKey(hash) is { } tooMany ? new(tooMany) : new(owner);
    }

    private static void Remember(HttpContext context, IKeyOwner owner)
    {
        var outcome = RequestOutcome.Of(context);
        outcome.Owner = string.Create(CultureInfo.InvariantCulture, $"{owner.AccountId}/{owner.Id}");
        outcome.Addressee = Addressee.Of(owner);
    }

    private async Task<Refusal?> ProduceAsync<TEvent>(HttpContext context, Reading<TEvent> reading, Func<TEvent, CancellationToken, Task> produce)
        where TEvent : class
    {
        if (!reading.TryGet(out var value, out var refusal))
            return refusal;
        try
        {
            await produce(value, context.RequestAborted);
            RequestOutcome.Of(context).Events = value is System.Collections.ICollection { Count: var count } ? count : 1;
            return null;
        }
        catch (RecordTooLargeException)
        {
            return new Refusal(413, "TOO_LARGE", "the event is larger than a record may be");
        }
        catch (BrokerUnavailableException problem)
        {
            Interlocked.Exchange(ref _lastFailureMs, WallTimeMs);
            BrokerUnavailable(log, problem.Message);
            return Unavailable("the event was not written, try again later");
        }
    }

    // Red for as long as senders are told to wait, and then green again: with no traffic nothing else would show that the broker is back.
    private Task GetReady(HttpContext context) =>
        IsReady
            ? context.Response.WriteAsync("ready")
            : Answers.Refused(context, Unavailable("events cannot be written to Kafka"));

    private Refusal Unavailable(string message) => Refusal.Unavailable(message, settings.RetryAfter);

    private static Refusal UnknownKey { get; } = new(401, "UNKNOWN_KEY", "the integration key is missing or not one of this route's");

    [LoggerMessage(LogLevel.Warning, "Webhook of {Provider} {Account}/{Id} refused: its proof of origin is missing or does not match")]
    private static partial void SignatureRefused(ILogger log, string provider, string account, long id);

    [LoggerMessage(LogLevel.Warning, "Webhook of {Provider} {Account}/{Id}: {Count} of its events refused, the others taken: {Problem}")]
    private static partial void PartRefused(ILogger log, string provider, string account, long id, int count, string problem);

    [LoggerMessage(LogLevel.Warning, "Event not taken, its sender is told to try again: {Problem}")]
    private static partial void BrokerUnavailable(ILogger log, string problem);
}
