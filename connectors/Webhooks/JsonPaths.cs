using System.Text.Json;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Reaching into a provider's payload, where anything may be missing, null or of another type: then there is nothing, and no exception.</summary>
internal static class JsonPaths
{
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        }

        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    /// <summary>A text that holds something, cut to <paramref name="max"/>.</summary>
    public static string? TextAt(this JsonElement element, int max, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } value && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? Texts.Cut(text.Trim(), max)
            : null;

    public static string? NameAt(this JsonElement element, params ReadOnlySpan<string> path) => element.TextAt(Texts.NameMax, path);

    /// <summary>A whole number, as text: providers' ids.</summary>
    public static string? IdAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var id)
            ? id.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : null;

    public static bool IsTrueAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.True };

    /// <summary>A time that can be, or nothing.</summary>
    public static long? TimeAt(this JsonElement element, long arrivedAtMs, params ReadOnlySpan<string> path) =>
        element.At(path) is { } value && EventTime.TryRead(value, out var timeMs) && EventTime.IsReasonable(timeMs, arrivedAtMs) ? timeMs : null;
}
