using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>One event of CloudEvents 1.0. Source and id together are its identity.</summary>
/// <param name="Time">As it was written, for whoever knows what to do with a time that cannot be.</param>
/// <param name="Data">Null where there is none, or it is not JSON.</param>
internal sealed record CloudEvent(string Id, string Source, string Type, JsonElement? Time, JsonElement? Data);

/// <summary>What a request brought: one event, or a batch of any number.</summary>
internal sealed record CloudEventMessage(IReadOnlyList<CloudEvent> Events, bool IsBatch);

/// <summary>From an HTTP request to the CloudEvents in it, in any of the binding's three modes.</summary>
/// <remarks>
/// https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md. The content type says which: <c>application/cloudevents+json</c> is
/// one event, <c>application/cloudevents-batch+json</c> a list of them, and with any other JSON the body is the data and the attributes are <c>ce-</c> headers. A
/// batch is read as a whole or not at all.
/// </remarks>
internal static partial class CloudEvents
{
    /// <summary>A batch holds small events, and each becomes a record: 25 MiB of them would be more work than one request may ask for.</summary>
    public const int BatchMax = 1000;

    private const string Prefix = "application/cloudevents";
    private const string BatchPrefix = "application/cloudevents-batch";
    private const string SpecVersion = "1.0";
    private const int DataDepthMax = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static Reading<CloudEventMessage> Read(IHeaderDictionary headers, JsonElement body)
    {
        var type = MediaTypeHeaderValue.TryParse(headers.ContentType.ToString(), out var parsed) ? parsed.MediaType.ToString() : "";
        if (type.StartsWith(BatchPrefix, StringComparison.OrdinalIgnoreCase))
            return Batch(body);
        if (body.ValueKind != JsonValueKind.Object)
            return new(new Refusal(400, "INVALID_JSON", $"the body is not a JSON object; a list is for {BatchPrefix}+json"));
        var reading = type.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Structured(body) : Binary(headers, body);
        return reading.TryGet(out var single, out var refusal) ? new(new CloudEventMessage([single], IsBatch: false)) : new(refusal);
    }

    /// <summary>A refusal that says which event of a batch it is about.</summary>
    public static Refusal At(int index, Refusal refusal) =>
        refusal with { Message = $"[{index}]: {refusal.Message}", Field = refusal.Field is { Length: > 0 } field ? $"[{index}].{field}" : $"[{index}]" };

    private static Reading<CloudEventMessage> Batch(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Array)
            return new(new Refusal(400, "INVALID_JSON", $"the body is not a JSON list, as {BatchPrefix}+json is"));
        if (body.GetArrayLength() > BatchMax)
            return new(new Refusal(413, "TOO_LARGE", $"the batch holds more than {BatchMax} events"));
        var events = new List<CloudEvent>();
        foreach (var item in body.EnumerateArray())
        {
            if (!Structured(item).TryGet(out var single, out var refusal))
                return new(At(events.Count, refusal));
            events.Add(single);
        }

        return new(new CloudEventMessage(events, IsBatch: true));
    }

    private static Reading<CloudEvent> Structured(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return new(Refusal.Invalid("", "the event must be an object"));
        if (!Data(body).TryGet(out var data, out var refusal))
            return new(refusal);
        return Checked("", name => new(body.TextAt(int.MaxValue, name) ?? ""), body.At("time"), data.Value);
    }

    private static Reading<CloudEvent> Binary(IHeaderDictionary headers, JsonElement body)
    {
        if (!Attribute(headers, "time").TryGet(out var time, out var refusal))
            return new(refusal);
        return Checked("ce-", name => Attribute(headers, name), time.Length == 0 ? null : JsonSerializer.SerializeToElement(time), body);
    }

    private static Reading<CloudEvent> Checked(string prefix, Func<string, Reading<string>> attribute, JsonElement? time, JsonElement? data)
    {
        // The version first: what another one calls its attributes is not known here.
        string[] names = ["specversion", "id", "source", "type"];
        var values = new string[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            if (!attribute(names[i]).TryGet(out var value, out var refusal))
                return new(refusal);
            if (value.Length == 0)
                return new(Refusal.Missing(prefix + names[i]));
            if (i == 0 && value != SpecVersion)
                return new(Refusal.Invalid(prefix + names[i], $"{prefix}specversion must be {SpecVersion}"));
            values[i] = value;
        }

        return new(new CloudEvent(values[1], values[2], values[3], time, data));
    }

    /// <summary>An attribute in a header: quotes are taken off, and one round of percent-decoding. "" where it is not there.</summary>
    private static Reading<string> Attribute(IHeaderDictionary headers, string name)
    {
        var header = "ce-" + name;
        if (headers[header].Count > 1)
            return new(Refusal.Invalid(header, $"{header} must be there once"));
        var value = headers[header].ToString().Trim();
        if (value is ['"', .., '"'])
            value = Escaped().Replace(value[1..^1], "$1");
        try
        {
            return new(PercentDecoded(value).Trim());
        }
        catch (DecoderFallbackException)
        {
            return new(Refusal.Invalid(header, $"{header} is not UTF-8 in percent-encoding"));
        }
    }

    // A percent sign that encodes nothing is one: senders older than the rule write it so.
    private static string PercentDecoded(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEncoded = bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length++] = isEncoded ? byte.Parse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : bytes[i];
            i += isEncoded ? 2 : 0;
        }

        return StrictUtf8.GetString(bytes, 0, length);
    }

    private static Reading<EventData> Data(JsonElement body)
    {
        if (body.At("data_base64") is not { } encoded)
            return new(new EventData(body.At("data")));
        if (body.At("data") is not null || encoded.ValueKind != JsonValueKind.String || !encoded.TryGetBytesFromBase64(out var bytes))
            return new(Refusal.Invalid("data_base64", "data_base64 must be base64, and stand in the place of data"));
        if (!JsonBody.Parse(bytes, DataDepthMax).TryGet(out var document, out _))
            return new(new EventData(null));
        // The document is gone before the event is read.
        using (document)
            return new(new EventData(document.RootElement.Clone()));
    }

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant)]
    private static partial Regex Escaped();

    private sealed record EventData(JsonElement? Value);
}
