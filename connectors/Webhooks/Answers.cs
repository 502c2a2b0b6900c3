using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Writes what the ingest answers.</summary>
internal static class Answers
{
    private const string Json = "application/json";

    /// <summary>How many of a request's refused events an answer names: they may all have the same fault.</summary>
    private const int RefusedShownMax = 10;

    /// <summary>The header of a sender that asks whether it may send: https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md.</summary>
    public const string HandshakeOrigin = "WebHook-Request-Origin";

    public static Task Accepted(HttpContext context) => Accepted(context, []);

    /// <param name="context">The request.</param>
    /// <param name="refused">Which of its events were not taken; none, as a rule, and then there is no body.</param>
    public static async Task Accepted(HttpContext context, IReadOnlyList<Refusal> refused)
    {
        var response = context.Response;
        var outcome = RequestOutcome.Of(context);
        (outcome.Code, outcome.Refused) = ("ACCEPTED", refused);
        response.StatusCode = StatusCodes.Status202Accepted;
        if (refused.Count == 0)
            return;
        response.ContentType = Json;
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteNumber("refusedCount", refused.Count);
        json.WriteStartArray("refused");
        foreach (var refusal in refused.Take(RefusedShownMax))
        {
            json.WriteStartObject();
            json.WriteString("code", refusal.Code);
            json.WriteString("message", refusal.Message);
            json.WriteString("field", refusal.Field);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Whoever asks may send, so many requests a minute.</summary>
    public static Task Handshake(HttpContext context, int requestsPerMinute)
    {
        context.Response.Headers.Allow = HttpMethods.Post;
        context.Response.Headers["WebHook-Allowed-Origin"] = "*";
        context.Response.Headers["WebHook-Allowed-Rate"] = requestsPerMinute.ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    public static Task Refused(HttpContext context, Refusal refusal) => RefuseAsync(context, refusal, json =>
    {
        json.WriteString("code", refusal.Code);
        json.WriteString(refusal.Status == StatusCodes.Status200OK ? "reason" : "message", refusal.Message);
    });

    /// <summary>As PagerDuty answers a change event.</summary>
    public static async Task ChangeAccepted(HttpContext context)
    {
        RequestOutcome.Of(context).Code = "ACCEPTED";
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = Json;
        await context.Response.WriteAsync("""{"status":"success","message":"Change event processed"}""");
    }

    /// <summary>As PagerDuty refuses one, and what its clients do not look for: code and field. They give up on a 4xx, and try again after 429 and 5xx.</summary>
    public static Task ChangeRefused(HttpContext context, Refusal refusal) => RefuseAsync(context, refusal, json =>
    {
        json.WriteString("status", refusal.Status switch { 429 => "throttle exceeded", >= 500 => "unavailable", _ => "invalid event" });
        json.WriteString("message", refusal.Status is 429 or >= 500 ? "Event was not taken" : "Event object is invalid");
        json.WriteStartArray("errors");
        json.WriteStringValue(refusal.Message);
        json.WriteEndArray();
        json.WriteString("code", refusal.Code);
    });

    private static async Task RefuseAsync(HttpContext context, Refusal refusal, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        var outcome = RequestOutcome.Of(context);
        (outcome.Code, outcome.Refused) = (refusal.Code, [refusal]);
        if (response.HasStarted)
            return;
        response.StatusCode = refusal.Status;
        response.ContentType = Json;
        if (refusal.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";

        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        write(json);
        if (refusal.Status == StatusCodes.Status400BadRequest || refusal.Field is not null)
            json.WriteString("field", refusal.Field);
        json.WriteEndObject();
    }
}
