using System.Text;
using System.Text.Json;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What a webhook's deployment carries beside its fields, as JSON text: the sender's own payload, and the flag for a time that was replaced.</summary>
internal static class CustomDetails
{
    /// <summary>A payload beyond this is left out and marked: it would crowd a Kafka message (1 MB) and every answer that shows it.</summary>
    public const int PayloadMax = 64 * 1024;

    public static string? Of(JsonElement? payload, JsonElement? reportedTime, bool arrivalIsEventTime)
    {
        var hasPayload = payload is { ValueKind: JsonValueKind.Object } given && given.EnumerateObject().Any();
        if (!hasPayload && !arrivalIsEventTime)
            return null;

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (arrivalIsEventTime)
                json.WriteString("eventTime", "arrival");
            if (reportedTime is { } time)
                json.WriteString("reportedTime", Texts.Cut(time.ToString(), 64));
            if (hasPayload)
                WritePayload(json, payload!.Value.GetRawText());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WritePayload(Utf8JsonWriter json, string text)
    {
        if (text.Length > PayloadMax)
        {
            json.WriteBoolean("payloadLeftOut", true);
            return;
        }

        json.WritePropertyName("payload");
        json.WriteRawValue(text, skipInputValidation: true);
    }
}
