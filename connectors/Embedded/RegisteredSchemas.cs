using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>What a registry refuses, with Confluent's HTTP status and error code.</summary>
internal sealed class RegistryRefusal(int status, int code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public int Code { get; } = code;
}

/// <summary>One version of a subject.</summary>
internal sealed record RegisteredVersion(string Subject, int Version, int Id, AvroSchema Schema);

/// <summary>A registry's memory: subjects, versions, ids and levels. Safe to share between threads; nothing outlives it.</summary>
/// <remarks>A schema has the same id under every subject. Two texts that differ in white space or in the order of members are one schema.</remarks>
internal sealed class RegisteredSchemas
{
    private const int SchemasMax = 10_000;
    private const string LevelByDefault = "BACKWARD";

    private static readonly string[] Levels =
        ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"];

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = AvroSchema.JsonDepthMax };
    private static readonly JsonSerializerOptions DeepWriting = new() { MaxDepth = AvroSchema.JsonDepthMax };

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, List<RegisteredVersion>> subjects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly List<AvroSchema> schemas = [];
    private readonly Dictionary<string, string> levels = new(StringComparer.Ordinal);
    private string level = LevelByDefault;

    public string[] Subjects
    {
        get
        {
            lock (gate)
                return [.. subjects.Keys];
        }
    }

    public int Register(string subject, string json)
    {
        AvroSchema schema = Parse(json);
        string content = Normal(schema.Json);
        lock (gate)
        {
            List<RegisteredVersion> versions = subjects.GetValueOrDefault(subject) ?? [];
            if (Known(versions, content) is { } known)
                return known.Id;
            if (Incompatible(subject, schema, versions) is { } problem)
                throw new RegistryRefusal(409, 409, $"Schema being registered is incompatible with an earlier schema for subject \"{subject}\": {problem}");
            int id = IdOf(content, schema);
            versions.Add(new RegisteredVersion(subject, versions.Count + 1, id, schema));
            subjects[subject] = versions;
            return id;
        }
    }

    public RegisteredVersion Lookup(string subject, string json)
    {
        string content = Normal(Parse(json).Json);
        lock (gate)
            return Known(Versions(subject), content) ?? throw new RegistryRefusal(404, 40403, "Schema not found");
    }

    public AvroSchema ById(int id)
    {
        lock (gate)
            return id >= 1 && id <= schemas.Count ? schemas[id - 1] : throw new RegistryRefusal(404, 40403, $"Schema {id} not found");
    }

    public RegisteredVersion[] UsesOf(int id)
    {
        ById(id);
        lock (gate)
            return [.. subjects.Values.SelectMany(versions => versions).Where(version => version.Id == id)];
    }

    public RegisteredVersion[] VersionsOf(string subject)
    {
        lock (gate)
            return [.. Versions(subject)];
    }

    /// <param name="subject">The subject.</param>
    /// <param name="version">A number from 1, "latest" or its other name -1.</param>
    public RegisteredVersion Version(string subject, string version)
    {
        if (version is not ("latest" or "-1") && !(int.TryParse(version, out int number) && number > 0))
            throw new RegistryRefusal(422, 42202, $"The specified version '{version}' is not a valid version id");
        RegisteredVersion[] versions = VersionsOf(subject);
        return version is "latest" or "-1" ? versions[^1]
            : versions.FirstOrDefault(found => found.Version == int.Parse(version, null)) ?? throw new RegistryRefusal(404, 40402, $"Version {version} not found");
    }

    /// <summary>Null if the schema may follow this version, or all of them, under the subject's level; else why not.</summary>
    public string? Problem(string subject, string json, string? version)
    {
        AvroSchema schema = Parse(json);
        lock (gate)
        {
            if (!subjects.TryGetValue(subject, out List<RegisteredVersion>? versions) && version is "latest" or "-1")
                return null;
        }
        return Incompatible(subject, schema, version is null ? VersionsOf(subject) : [Version(subject, version)]);
    }

    /// <summary>Of a subject that has one of its own, or null; without a subject the level of all others.</summary>
    public string? LevelOf(string? subject)
    {
        lock (gate)
            return subject is null ? level : levels.GetValueOrDefault(subject);
    }

    public void SetLevel(string? subject, string? wanted)
    {
        if (!Levels.Contains(wanted, StringComparer.Ordinal))
            throw new RegistryRefusal(422, 42203, $"Invalid compatibility level. Valid values are {string.Join(", ", Levels)}");
        lock (gate)
        {
            if (subject is null)
                level = wanted!;
            else
                levels[subject] = wanted!;
        }
    }

    private List<RegisteredVersion> Versions(string subject) =>
        subjects.GetValueOrDefault(subject) ?? throw new RegistryRefusal(404, 40401, $"Subject '{subject}' not found.");

    private RegisteredVersion? Known(List<RegisteredVersion> versions, string content) =>
        ids.TryGetValue(content, out int id) ? versions.Find(version => version.Id == id) : null;

    private int IdOf(string content, AvroSchema schema)
    {
        if (ids.TryGetValue(content, out int id))
            return id;
        if (schemas.Count == SchemasMax)
            throw new RegistryRefusal(500, 50001, $"this registry holds {SchemasMax} schemas and no more");
        schemas.Add(schema);
        ids[content] = schemas.Count;
        return schemas.Count;
    }

    private string? Incompatible(string subject, AvroSchema schema, IReadOnlyList<RegisteredVersion> versions)
    {
        string rule = LevelOf(subject) ?? LevelOf(null)!;
        IEnumerable<RegisteredVersion> compared = rule.EndsWith("_TRANSITIVE", StringComparison.Ordinal) ? versions : versions.TakeLast(1);
        bool backward = rule.StartsWith("BACKWARD", StringComparison.Ordinal) || rule.StartsWith("FULL", StringComparison.Ordinal);
        bool forward = rule.StartsWith("FORWARD", StringComparison.Ordinal) || rule.StartsWith("FULL", StringComparison.Ordinal);
        foreach (RegisteredVersion older in compared)
        {
            if (backward && SchemaCompatibility.Problem(reader: schema, writer: older.Schema) is { } lost)
                return $"it cannot read version {older.Version}: {lost}";
            if (forward && SchemaCompatibility.Problem(reader: older.Schema, writer: schema) is { } ahead)
                return $"version {older.Version} cannot read it: {ahead}";
        }
        return null;
    }

    private static AvroSchema Parse(string json)
    {
        try
        {
            return AvroSchema.Parse(json);
        }
        catch (AvroSchemaException e)
        {
            throw new RegistryRefusal(422, 42201, $"Invalid schema: {e.Message}");
        }
    }

    private static string Normal(string json) => Sorted(JsonNode.Parse(json, documentOptions: Deep))?.ToJsonString(DeepWriting) ?? "null";

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
