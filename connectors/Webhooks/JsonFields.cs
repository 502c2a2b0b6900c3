using System.Globalization;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Strict reading of a generic body: the first field that is missing, of a wrong type or out of range is kept as the refusal.</summary>
/// <remarks>Null and "" are as absent. Fields nobody knows are ignored: a client may be newer than this server.</remarks>
internal sealed class JsonFields(JsonElement root, long arrivedAtMs)
{
    public const int IdMax = 255;
    private const int LinksMax = 20;
    public const int LabelsMax = 100;
    public const int LabelValueMax = 4096;
    private const int TeamsMax = 100;
    private const int TextsMax = 100;

    public Refusal? Refusal { get; private set; }

    public string? Text(string name, int max)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            return Refuse<string>(name, $"{name} must be a text");
        var text = value.GetString()!.Trim();
        if (text.Length > max)
            return Refuse<string>(name, $"{name} is {text.Length} characters long, at most {max} are allowed");
        return text.Length == 0 ? null : text;
    }

    public string Required(string? value, string name)
    {
        if (value is null && Refusal is null)
            Refusal = Refusal.Missing(name);
        return value ?? "";
    }

    /// <summary>A summary longer than 1024 characters is cut and marked, not refused.</summary>
    public string Summary() => Texts.Cut(Required(Text("summary", int.MaxValue), "summary"), Texts.SummaryMax);

    public long? Time(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (!EventTime.TryRead(value, out var timeMs))
            return RefuseValue<long>(name, $"{name} must be epoch seconds, epoch milliseconds or ISO 8601 such as 2026-01-31T12:00:00Z");
        return EventTime.IsReasonable(timeMs, arrivedAtMs)
            ? timeMs
            : RefuseValue<long>(name, $"{name} is before 2000 or more than 10 minutes ahead of the server's clock");
    }

    public T? OneOf<T>(string name, params ReadOnlySpan<T> allowed)
        where T : struct, Enum
    {
        if (Find(name) is not { } value)
            return null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        foreach (var symbol in allowed)
        {
            if (string.Equals(symbol.ToString(), text.Trim(), StringComparison.OrdinalIgnoreCase))
                return symbol;
        }

        return RefuseValue<T>(name, $"{name} must be one of {string.Join(", ", allowed.ToArray())}");
    }

    public long? Id(string name) =>
        Find(name) is not { } value ? null
        : IsId(value, out var id) ? id
        : RefuseValue<long>(name, $"{name} must be a whole number greater than 0");

    public long[] Ids(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > TeamsMax)
            return Refuse<long[]>(name, $"{name} must be a list of at most {TeamsMax} ids") ?? [];
        var ids = new SortedSet<long>();
        foreach (var item in value.EnumerateArray())
        {
            if (!IsId(item, out var id))
                return Refuse<long[]>(name, $"{name} must hold whole numbers greater than 0") ?? [];
            ids.Add(id);
        }

        return [.. ids];
    }

    /// <summary>Whether the field is there, be it null or empty.</summary>
    public bool IsGiven(string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out _);

    public bool IsNull(string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>What the body asks for does not go with what there is.</summary>
    public void Conflict(string code, string message, string field) => Refusal ??= new Refusal(409, code, message, field);

    /// <summary>A time that is yet to come.</summary>
    public long? FutureTime(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return EventTime.TryRead(value, out var timeMs) && timeMs > arrivedAtMs ? timeMs : RefuseValue<long>(name, $"{name} must be a time to come, such as 2030-01-31T12:00:00Z");
    }

    public bool? Flag(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : RefuseValue<bool>(name, $"{name} must be true or false");

    public long? Duration(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.String && Durations.TryParse(value.GetString()!, out var durationMs) && durationMs > 0
            ? durationMs
            : RefuseValue<long>(name, $"{name} must be a duration greater than 0 such as 30m, 24h or 1h30m");
    }

    /// <summary>A list of texts; null where there is none.</summary>
    public string[]? TextList(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > TextsMax)
            return Refuse<string[]>(name, $"{name} must be a list of at most {TextsMax} texts");
        var texts = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"{name}[{texts.Count}]");
            if (item.ValueKind != JsonValueKind.String || item.GetString()!.Trim() is not { Length: > 0 and <= IdMax } text)
                return Refuse<string[]>(field, $"{field} must be a text of 1 to {IdMax} characters");
            texts.Add(text);
        }

        return [.. texts];
    }

    /// <summary>A list of objects with an id each; null where there is none.</summary>
    public long[]? References(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > TeamsMax)
            return Refuse<long[]>(name, $"{name} must be a list of at most {TeamsMax} objects {{id}}");
        var ids = new SortedSet<long>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.At("id") is not { } given || !IsId(given, out var id))
                return Refuse<long[]>(name, $"{name} must hold objects whose id is a whole number greater than 0");
            ids.Add(id);
        }

        return [.. ids];
    }

    /// <summary>The fields of an object; what is wrong with them is this one's refusal.</summary>
    public void Object(string name, Action<JsonFields> read)
    {
        if (Find(name) is not { } value)
            return;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Refuse<string>(name, $"{name} must be an object");
            return;
        }

        var fields = new JsonFields(value, arrivedAtMs);
        read(fields);
        if (fields.Refusal is { } refusal)
            Refusal ??= refusal with { Field = $"{name}.{refusal.Field}", Message = $"{name}.{refusal.Message}" };
    }

    /// <summary>An object as its own JSON text.</summary>
    public string? ObjectText(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? value.GetRawText()
        : Refuse<string>(name, $"{name} must be an object");

    public string? WebAddress(string name) => CheckAddress(Text(name, Texts.HrefMax), name);

    public Link[] Links(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > LinksMax)
            return Refuse<Link[]>(name, $"{name} must be a list of at most {LinksMax} objects {{href, text}}") ?? [];

        var links = new List<Link>();
        foreach (var item in value.EnumerateArray())
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"{name}[{links.Count}]");
            var fields = new JsonFields(item, arrivedAtMs);
            var href = fields.Required(fields.WebAddress("href"), "href");
            var text = fields.Text("text", Texts.NameMax);
            if (item.ValueKind != JsonValueKind.Object)
                return Refuse<Link[]>(field, $"{field} must be an object {{href, text}}") ?? [];
            if (fields.Refusal is { } refusal)
                return Refuse<Link[]>($"{field}.{refusal.Field}", $"{field}.{refusal.Message}") ?? [];
            links.Add(new Link { Href = href, Text = text });
        }

        return [.. links];
    }

    public IReadOnlyDictionary<string, string> Labels(string name)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(name) is not { } value)
            return labels;
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() > LabelsMax)
            return Refuse<Dictionary<string, string>>(name, $"{name} must be an object of at most {LabelsMax} texts") ?? labels;
        foreach (var label in value.EnumerateObject())
        {
            var isText = label.Value.ValueKind == JsonValueKind.String && label.Name.Length is > 0 and <= IdMax;
            if (!isText || label.Value.GetString()!.Length > LabelValueMax)
                Refuse<string>(name, $"{name} must hold texts: names up to {IdMax} characters, values up to {LabelValueMax}");
            else
                labels[label.Name] = label.Value.GetString()!;
        }

        return labels;
    }

    public T? Refuse<T>(string field, string message)
        where T : class
    {
        Refusal ??= Refusal.Invalid(field, message);
        return null;
    }

    private T? RefuseValue<T>(string field, string message)
        where T : struct
    {
        Refusal ??= Refusal.Invalid(field, message);
        return null;
    }

    private string? CheckAddress(string? href, string name) =>
        href is null || Texts.IsWebAddress(href) ? href : Refuse<string>(name, $"{name} must be an address that starts with http:// or https://");

    private static bool IsId(JsonElement value, out long id)
    {
        id = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out id) && id > 0;
    }

    private JsonElement? Find(string name) =>
        root.At(name) is { } value && !(value.ValueKind == JsonValueKind.String && value.ValueEquals("")) ? value : null;
}
