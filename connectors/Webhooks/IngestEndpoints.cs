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
    IngestSettings settings, IntegrationKeys keys, RequestLimits limits, EventProducer producer, ILogger<IngestEndpoints> log)
{
    private const string KeyRouteValue = "integrationKey";

    private readonly BodyBudget _budget = new(settings.BodyBytesInFlightMax);
    private long _lastFailureMs = long.MinValue / 2;

    internal long BodyBytesInFlight => _budget.UsedBytes;

    private long WallTimeMs => settings.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Map(IEndpointRouteBuilder routes)
    {
        MapKeyed<CatalogPipeline, Deployment>(routes, new("/api/deployment-events", key => keys.FindPipeline(key, IntegrationType.API), GenericEvent.Read, producer.ProduceAsync));
        MapKeyed<CatalogAlertSource, Alert>(routes, new("/api/alerts", key => keys.FindAlertSource(key, IntegrationType.API), GenericAlert.Read, producer.ProduceAsync));
        MapKeyed<CatalogPipeline, Deployment>(routes, new("/v2/change/enqueue", key => keys.FindPipeline(key, IntegrationType.PAGERDUTY), PagerDuty.Read, producer.ProduceAsync)
        {
            KeyFields = ["routing_key"],
            Accepted = Answers.ChangeAccepted,
            Refused = Answers.ChangeRefused,
        });
        foreach (var provider in Providers.OfDeployments)
            MapWebhook(routes, "deployment-events", provider, keys.FindPipeline, producer.ProduceAsync);
        foreach (var provider in Providers.OfAlerts)
            MapWebhook(routes, "alerts", provider, keys.FindAlertSource, producer.ProduceAsync);
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
    private Task AnswerHandshake<TOwner>(HttpContext context, Func<string, TOwner?> find)
        where TOwner : class, IKeyOwner
    {
        var refusal = Admit((string)context.Request.RouteValues[KeyRouteValue]!, find, out _);
        if (refusal is null && string.IsNullOrWhiteSpace(context.Request.Headers[Answers.HandshakeOrigin]))
            refusal = Refusal.Missing(Answers.HandshakeOrigin);
        return refusal is null ? Answers.Handshake(context, (int)Math.Max(1, settings.RequestsPerKeyMax / settings.RateWindow.TotalMinutes)) : Answers.Refused(context, refusal);
    }

    private async Task PostWebhook<TOwner, TEvent>(
        HttpContext context, Provider<TOwner, TEvent> provider, Func<string, IntegrationType, TOwner?> find, Func<TEvent, CancellationToken, Task> produce)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        var headers = context.Request.Headers;
        if (Admit((string)context.Request.RouteValues[KeyRouteValue]!, key => find(key, provider.Type), out var owner) is { } unknown)
        {
            await Answers.Refused(context, unknown);
            return;
        }

        if (!(await ReadBodyAsync(context.Request, provider.FormAllowed, settings.WebhookBodyBytesMax)).TryGet(out var body, out var refusal))
        {
            await Answers.Refused(context, refusal);
            return;
        }

        using (body)
        {
            if (owner!.SigningSecrets.Count > 0 && !provider.IsProven(headers, body.Bytes.Span, owner.SigningSecrets, WallTimeMs))
            {
                SignatureRefused(log, provider.Name, owner.AccountId, owner.Id);
                await Answers.Refused(context, new Refusal(401, "INVALID_SIGNATURE", $"{provider.Proof} is missing or does not match"));
                return;
            }

            var refused = await ProduceAsync(
                ReadWebhook(headers, body, owner, provider), (events, stop) => Task.WhenAll(events.Select(each => produce(each, stop))), context.RequestAborted);
            await (refused is null ? Answers.Accepted(context) : Answers.Refused(context, refused));
        }
    }

    private Reading<IReadOnlyList<TEvent>> ReadWebhook<TOwner, TEvent>(IHeaderDictionary headers, RequestBody body, TOwner owner, Provider<TOwner, TEvent> provider)
    {
        if (body.Json() is not { } utf8)
            return new(Refusal.Missing("payload"));
        if (!JsonBody.Parse(utf8, settings.JsonDepthMax, provider.ListAllowed).TryGet(out var document, out var refusal))
            return new(refusal);
        using (document)
            return provider.Read(headers, document.RootElement, owner, WallTimeMs);
    }

    private Task<Reading<RequestBody>> ReadBodyAsync(HttpRequest request, bool formAllowed, int bytesMax) =>
        ContentFormat.Read(request.Headers, formAllowed).TryGet(out var format, out var refusal)
            ? RequestBody.ReadAsync(request, format, bytesMax, _budget, settings.BodyTimeout)
            : Task.FromResult(new Reading<RequestBody>(refusal));

    private async Task PostKeyed<TOwner, TEvent>(HttpContext context, KeyedRoute<TOwner, TEvent> route)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        // A key in the header is checked before the body is read; one in the body as soon as the body can be read.
        TOwner? owner = null;
        var refusal = BearerProof.Token(context.Request.Headers) is { } key ? Admit(key, route.Find, out owner) : null;
        if (!RequestIdentity.Of(context.Request.Headers, RequestIdentity.IdempotencyHeader).TryGet(out var identity, out var tooLong))
            refusal ??= tooLong;
        if (refusal is not null)
        {
            await route.Refused(context, refusal);
            return;
        }

        if (!(await ReadBodyAsync(context.Request, formAllowed: false, settings.GenericBodyBytesMax)).TryGet(out var body, out refusal))
        {
            await route.Refused(context, refusal);
            return;
        }

        using (body)
        {
            refusal = await ProduceAsync(ReadKeyed(body, owner, identity!, route), route.Produce, context.RequestAborted);
            await (refusal is null ? route.Accepted(context) : route.Refused(context, refusal));
        }
    }

    private Reading<TEvent> ReadKeyed<TOwner, TEvent>(RequestBody body, TOwner? owner, RequestIdentity identity, KeyedRoute<TOwner, TEvent> route)
        where TOwner : class, IKeyOwner
        where TEvent : class
    {
        if (!JsonBody.Parse(body.Json()!.Value, settings.JsonDepthMax).TryGet(out var document, out var refusal))
            return new(refusal);
        using (document)
        {
            var root = document.RootElement;
            if (owner is null && Admit(route.KeyIn(root), route.Find, out owner) is { } refused)
                return new(refused);
            return route.Read(root, identity, owner!, WallTimeMs);
        }
    }

    private Refusal? Admit<TOwner>(string key, Func<string, TOwner?> find, out TOwner? owner)
        where TOwner : class, IKeyOwner
    {
        owner = find(key);
        return owner?.KeyHash is { } hash ? limits.CheckKey(hash) : UnknownKey;
    }

    private async Task<Refusal?> ProduceAsync<TEvent>(Reading<TEvent> reading, Func<TEvent, CancellationToken, Task> produce, CancellationToken cancellationToken)
        where TEvent : class
    {
        if (!reading.TryGet(out var value, out var refusal))
            return refusal;
        try
        {
            await produce(value, cancellationToken);
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
            return new Refusal(503, "UNAVAILABLE", "the event was not written, try again later") { RetryAfterSeconds = RetryAfterSeconds };
        }
    }

    // Red for as long as senders are told to wait, and then green again: with no traffic nothing else would show that the broker is back.
    private Task GetReady(HttpContext context) =>
        WallTimeMs - Interlocked.Read(ref _lastFailureMs) >= settings.RetryAfter.TotalMilliseconds
            ? context.Response.WriteAsync("ready")
            : Answers.Refused(context, new Refusal(503, "UNAVAILABLE", "events cannot be written to Kafka") { RetryAfterSeconds = RetryAfterSeconds });

    private int RetryAfterSeconds => (int)Math.Ceiling(settings.RetryAfter.TotalSeconds);

    private static Refusal UnknownKey { get; } = new(401, "UNKNOWN_KEY", "the integration key is missing or not one of this route's");

    [LoggerMessage(LogLevel.Warning, "Webhook of {Provider} {Account}/{Id} refused: its proof of origin is missing or does not match")]
    private static partial void SignatureRefused(ILogger log, string provider, string account, long id);

    [LoggerMessage(LogLevel.Warning, "Event not taken, its sender is told to try again: {Problem}")]
    private static partial void BrokerUnavailable(ILogger log, string problem);
}
