using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Writes what the ingest answers.</summary>
internal static class Answers
{
    /// <summary>How many of a request's refused events an answer names: they may all have the same fault.</summary>
    private const int RefusedShownMax = 10;

    /// <param name="context">The request.</param>
    /// <param name="refused">Which of its events were not taken; none, as a rule, and then there is no body.</param>
    public static async Task Accepted(HttpContext context, IReadOnlyList<Refusal> refused)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        if (refused.Count == 0)
            return;
        response.ContentType = "application/json";
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
        if (refusal.Status == StatusCodes.Status400BadRequest || refusal.Field is not null)
            json.WriteString("field", refusal.Field);
        json.WriteEndObject();
    }
}
