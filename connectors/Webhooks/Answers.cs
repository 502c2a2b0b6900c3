using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Writes what the ingest answers.</summary>
internal static class Answers
{
    /// <summary>The header of a sender that asks whether it may send: https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md.</summary>
    public const string HandshakeOrigin = "WebHook-Request-Origin";

    public static Task Accepted(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    /// <summary>Whoever asks may send, so many requests a minute.</summary>
    public static Task Handshake(HttpContext context, int requestsPerMinute)
    {
        context.Response.Headers.Allow = HttpMethods.Post;
        context.Response.Headers["WebHook-Allowed-Origin"] = "*";
        context.Response.Headers["WebHook-Allowed-Rate"] = requestsPerMinute.ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    public static async Task Refused(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        if (response.HasStarted)
            return;
        response.StatusCode = refusal.Status;
        response.ContentType = "application/json";
        if (refusal.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";

        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("code", refusal.Code);
        json.WriteString(refusal.Status == StatusCodes.Status200OK ? "reason" : "message", refusal.Message);
        if (refusal.Status == StatusCodes.Status400BadRequest)
            json.WriteString("field", refusal.Field);
        json.WriteEndObject();
    }
}
