using System.Text.Json;

namespace StreamDeploy.Schemas;

/// <summary>That a registered schema uses a type which another subject's version defines.</summary>
/// <remarks>https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#schema-references</remarks>
/// <param name="Name">The full name of the type, for Avro.</param>
/// <param name="Subject">Where it is registered.</param>
/// <param name="Version">Which version of the subject, from 1; -1 is the latest.</param>
public sealed record SchemaReference(string Name, string Subject, int Version)
{
    /// <summary>How many schemas one schema may need, those included that its references need.</summary>
    public const int CountMax = 200;

    /// <summary>How long a chain of references may be.</summary>
    public const int DepthMax = 16;

    private const int NameCharsMax = 1_000;
    private const int Latest = -1;

    /// <summary>The member <c>references</c> of what a registry takes and gives; none where it is missing or null.</summary>
    /// <exception cref="AvroSchemaException">It is not a list of references.</exception>
    public static IReadOnlyList<SchemaReference> In(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("references", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return [];
        if (list.ValueKind != JsonValueKind.Array)
            throw new AvroSchemaException("its references are not a list");
        // A reference may be there more than once.
        return list.GetArrayLength() > CountMax
            ? throw new AvroSchemaException($"it has {list.GetArrayLength()} references; at most {CountMax} are allowed")
            : [.. list.EnumerateArray().Select(Read)];
    }

    private static SchemaReference Read(JsonElement reference)
    {
        if (reference.ValueKind == JsonValueKind.Object && Text(reference, "name") is { } name && Text(reference, "subject") is { } subject
            && subject is not ("." or "..")
            && reference.TryGetProperty("version", out JsonElement version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number)
            && number is > 0 or Latest)
            return new SchemaReference(name, subject, number);
        throw new AvroSchemaException("it has a reference without a valid name, subject and version");
    }

    private static string? Text(JsonElement reference, string member) =>
        reference.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= NameCharsMax } text
        && !text.Any(char.IsControl)
            ? text
            : null;
}
