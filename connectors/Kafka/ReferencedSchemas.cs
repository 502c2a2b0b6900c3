using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Fetches the schemas that a schema refers to, and those that they refer to.</summary>
/// <remarks>For one schema. The limits are here because others write to the registry.</remarks>
/// <param name="connection">To the registry.</param>
/// <param name="whose">The schema, as messages call it.</param>
internal sealed class ReferencedSchemas(SchemaRegistryConnection connection, string whose)
{
    private const int SubjectNotFound = 40401;
    private const int VersionNotFound = 40402;

    private readonly List<string> texts = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly HashSet<(string Subject, int Version)> versions = [];
    private int chars;

    /// <summary>The text of a schema as the registry answers with it.</summary>
    /// <exception cref="UnreadableSchemaException">It is not Avro.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">The answer holds no schema.</exception>
    public static string TextOf(JsonElement answer, string whose)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("schema", out JsonElement schema) || schema.ValueKind != JsonValueKind.String)
            throw new SchemaRegistryUnavailableException($"the schema registry answered for {whose} without a schema");
        if (answer.TryGetProperty("schemaType", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.GetString() is { } name && name != "AVRO")
            throw new UnreadableSchemaException($"{whose} is {(name.All(char.IsAsciiLetterOrDigit) && name.Length < 40 ? name : "of another type")}, not AVRO");
        return schema.GetString()!;
    }

    /// <param name="answer">What the registry answered for the schema.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The schemas' texts, each after those that it refers to itself.</returns>
    /// <exception cref="UnreadableSchemaException">One is not there or not Avro, or there are too many.</exception>
    /// <exception cref="AvroSchemaException">The references are not a list of references.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">No answer for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">401 or 403.</exception>
    public async Task<IReadOnlyList<string>> FetchAsync(JsonElement answer, CancellationToken ct)
    {
        await AddAsync(answer, depth: 1, ct);
        return texts;
    }

    private async Task AddAsync(JsonElement schema, int depth, CancellationToken ct)
    {
        foreach (SchemaReference reference in SchemaReference.In(schema))
        {
            // As in Confluent's clients the first of a name counts. Schemas that refer to each other end here too, and are refused by the parser.
            if (!names.Add(reference.Name) || !versions.Add((reference.Subject, reference.Version)))
                continue;
            if (depth > SchemaReference.DepthMax)
                throw new UnreadableSchemaException($"{whose} has a chain of more than {SchemaReference.DepthMax} references");
            if (versions.Count > SchemaReference.CountMax)
                throw new UnreadableSchemaException($"{whose} needs more than {SchemaReference.CountMax} other schemas");
            JsonElement found = await FindAsync(reference, ct);
            string text = TextOf(found, $"version {reference.Version} of subject {reference.Subject}, to which {whose} refers,");
            if ((chars += text.Length) > AvroSchema.TextCharsMax)
                throw new UnreadableSchemaException($"the schemas to which {whose} refers have more than {AvroSchema.TextCharsMax} characters");
            await AddAsync(found, depth + 1, ct);
            texts.Add(text);
        }
    }

    private async Task<JsonElement> FindAsync(SchemaReference reference, CancellationToken ct)
    {
        // Deleted ones too, as Confluent's clients ask: a deleted version only takes no new records.
        string path = $"/subjects/{Uri.EscapeDataString(reference.Subject)}/versions/{reference.Version}?deleted=true";
        return (await connection.AskAsync(HttpMethod.Get, path, null, [SubjectNotFound, VersionNotFound], ct)).Json
            ?? throw new UnreadableSchemaException($"{whose} refers to version {reference.Version} of subject {reference.Subject}, which the schema registry does not have");
    }
}
