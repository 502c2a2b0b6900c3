using System.Text.Json;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The OpenAPI document, and whether an answer is one that it describes.</summary>
internal sealed class OpenApiDocument
{
    private readonly JsonElement _root = JsonDocument.Parse(OpenApi.Document).RootElement;

    public IEnumerable<(string Method, string Path, JsonElement Operation)> Operations =>
        from path in _root.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name.ToUpperInvariant(), path.Name, operation.Value);

    /// <summary>What is not as described; null where all is.</summary>
    public string? Problem(string method, string requestPath, int status, string body)
    {
        var operation = Find(method, requestPath);
        if (operation.ValueKind == JsonValueKind.Undefined)
            return "no such operation";
        if (!operation.GetProperty("responses").TryGetProperty(status.ToString(System.Globalization.CultureInfo.InvariantCulture), out var response))
            return $"status {status} is not described";
        response = Resolve(response);
        if (!response.TryGetProperty("content", out var content) || body.Length == 0)
            return content.ValueKind == JsonValueKind.Undefined && body.Length > 0 ? "a body where none is described" : status is 202 or < 300 and not 200 and not 201 || body.Length > 0 ? null : "no body";
        if (!content.TryGetProperty("application/json", out var media))
            return null;
        return Problem(media.GetProperty("schema"), JsonDocument.Parse(body).RootElement, "$");
    }

    public JsonElement Find(string method, string requestPath)
    {
        var segments = requestPath.Split('?')[0].Split('/');
        return Operations.FirstOrDefault(known => known.Method == method && Matches(known.Path.Split('/'), segments)).Operation;
    }

    /// <summary>The part of JSON Schema that the document uses.</summary>
    public string? Problem(JsonElement schema, JsonElement value, string at)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("oneOf", out var oneOf))
            return oneOf.EnumerateArray().Any(choice => Problem(choice, value, at) is null) ? null : $"{at} is none of the choices";
        if (schema.TryGetProperty("type", out var type) && !Types(type).Contains(TypeOf(value), StringComparer.Ordinal) && !(TypeOf(value) == "integer" && Types(type).Contains("number")))
            return $"{at} is {TypeOf(value)}, not {type}";
        if (schema.TryGetProperty("enum", out var symbols) && !symbols.EnumerateArray().Any(symbol => symbol.ToString() == value.ToString()))
            return $"{at} is {value}, not of {symbols}";
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            return value.EnumerateArray().Select((item, i) => Problem(items, item, $"{at}[{i}]")).FirstOrDefault(problem => problem is not null);
        return value.ValueKind == JsonValueKind.Object ? ObjectProblem(schema, value, at) : null;
    }

    /// <summary>References that lead nowhere.</summary>
    public IEnumerable<string> BrokenReferences() => References(_root).Where(reference => Find(reference) is null);

    public JsonElement Schema(string name) => _root.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private string? ObjectProblem(JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("required", out var required) && required.EnumerateArray().FirstOrDefault(name => !value.TryGetProperty(name.GetString()!, out _)) is { ValueKind: JsonValueKind.String } missing)
            return $"{at}.{missing} is missing";
        if (!schema.TryGetProperty("properties", out var properties))
            return null;
        foreach (var property in value.EnumerateObject())
        {
            if (properties.TryGetProperty(property.Name, out var known))
            {
                if (Problem(known, property.Value, $"{at}.{property.Name}") is { } problem)
                    return problem;
            }
            else if (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False)
            {
                return $"{at}.{property.Name} is not described";
            }
        }

        return null;
    }

    private JsonElement Resolve(JsonElement element) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference) ? Resolve(Find(reference.GetString()!)!.Value) : element;

    private JsonElement? Find(string reference)
    {
        var found = _root;
        foreach (var part in reference.Split('/').Skip(1))
        {
            if (!found.TryGetProperty(part, out found))
                return null;
        }

        return found;
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Matches(string[] pattern, string[] path) =>
        pattern.Length == path.Length && pattern.Zip(path).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second.Length > 0));

    private static string[] Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(each => each.GetString()!)] : [type.GetString()!];

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };
}
