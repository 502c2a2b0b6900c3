using System.Security.Cryptography;
using System.Text;
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

/// <summary>A schema as it comes in.</summary>
internal sealed record SchemaText(string Json, IReadOnlyList<SchemaReference> References);

/// <summary>A schema under its id. The GUID follows from what the schema says, so that it is the same in every registry of this kind.</summary>
internal sealed record RegisteredSchema(int Id, Guid Guid, AvroSchema Schema, IReadOnlyList<SchemaReference> References);

/// <summary>One version of a subject.</summary>
internal sealed record RegisteredVersion(string Subject, int Version, RegisteredSchema Registered)
{
    public int Id => Registered.Id;

    public AvroSchema Schema => Registered.Schema;
}

/// <summary>A registry's memory: subjects, versions, ids and levels. Safe to share between threads; nothing outlives it.</summary>
/// <remarks>A schema has the same id under every subject. Two texts that differ in white space or in the order of members are one schema,
/// unless they refer to different versions of others.</remarks>
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
    private readonly Dictionary<string, RegisteredSchema> contents = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, RegisteredSchema> guids = [];
    private readonly List<RegisteredSchema> schemas = [];
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

    public RegisteredVersion Register(string subject, SchemaText text)
    {
        (AvroSchema schema, text) = Parse(text);
        string content = Content(schema, text.References);
        lock (gate)
        {
            List<RegisteredVersion> versions = subjects.GetValueOrDefault(subject) ?? [];
            if (Known(versions, content) is { } known)
                return known;
            if (Incompatible(subject, schema, versions) is { } problem)
                throw new RegistryRefusal(409, 409, $"Schema being registered is incompatible with an earlier schema for subject \"{subject}\": {problem}");
            versions.Add(new RegisteredVersion(subject, versions.Count + 1, Keep(content, schema, text.References)));
            subjects[subject] = versions;
            return versions[^1];
        }
    }

    public RegisteredVersion Lookup(string subject, SchemaText text)
    {
        (AvroSchema schema, text) = Parse(text);
        string content = Content(schema, text.References);
        lock (gate)
            return Known(Versions(subject), content) ?? throw new RegistryRefusal(404, 40403, "Schema not found");
    }

    public RegisteredSchema ById(int id)
    {
        lock (gate)
            return id >= 1 && id <= schemas.Count ? schemas[id - 1] : throw new RegistryRefusal(404, 40403, $"Schema {id} not found");
    }

    public RegisteredSchema ByGuid(Guid guid)
    {
        lock (gate)
            return guids.GetValueOrDefault(guid) ?? throw new RegistryRefusal(404, 40403, $"Schema {guid} not found");
    }

    /// <summary>The ids of the schemas that refer to this version.</summary>
    public int[] ReferrersOf(RegisteredVersion version)
    {
        lock (gate)
            return [.. schemas.Where(schema => schema.References.Any(to => to.Subject == version.Subject && to.Version == version.Version)).Select(schema => schema.Id)];
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
    public string? Problem(string subject, SchemaText text, string? version)
    {
        (AvroSchema schema, _) = Parse(text);
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
        contents.TryGetValue(content, out RegisteredSchema? known) ? versions.Find(version => version.Id == known.Id) : null;

    private RegisteredSchema Keep(string content, AvroSchema schema, IReadOnlyList<SchemaReference> references)
    {
        if (contents.TryGetValue(content, out RegisteredSchema? known))
            return known;
        if (schemas.Count == SchemasMax)
            throw new RegistryRefusal(500, 50001, $"this registry holds {SchemasMax} schemas and no more");
        var registered = new RegisteredSchema(schemas.Count + 1, GuidOf(content), schema, references);
        schemas.Add(registered);
        contents[content] = registered;
        guids[registered.Guid] = registered;
        return registered;
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

    /// <returns>The schema, and its text with the version in place of "latest".</returns>
    private (AvroSchema Schema, SchemaText Text) Parse(SchemaText text)
    {
        try
        {
            SchemaReference[] references = [.. text.References.Select(reference => reference with { Version = Target(reference).Version })];
            var texts = new List<string>();
            AddTexts(references, texts, [], depth: 1);
            return (AvroSchema.Parse(text.Json, texts), text with { References = references });
        }
        catch (AvroSchemaException e)
        {
            throw new RegistryRefusal(422, 42201, $"Invalid schema: {e.Message}");
        }
    }

    /// <summary>What the references refer to, each after what it refers to itself.</summary>
    private void AddTexts(IReadOnlyList<SchemaReference> references, List<string> texts, HashSet<int> seen, int depth)
    {
        if (depth > SchemaReference.DepthMax)
            throw new RegistryRefusal(422, 42201, $"Invalid schema: a chain of more than {SchemaReference.DepthMax} references");
        foreach (RegisteredSchema target in references.Select(reference => Target(reference).Registered).Where(target => seen.Add(target.Id)))
        {
            if (seen.Count > SchemaReference.CountMax)
                throw new RegistryRefusal(422, 42201, $"Invalid schema: it needs more than {SchemaReference.CountMax} other schemas");
            AddTexts(target.References, texts, seen, depth + 1);
            texts.Add(target.Schema.Json);
        }
    }

    private RegisteredVersion Target(SchemaReference reference)
    {
        try
        {
            return Version(reference.Subject, reference.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (RegistryRefusal)
        {
            throw new RegistryRefusal(422, 42201, $"Invalid schema: no schema reference found for subject \"{reference.Subject}\" and version {reference.Version}");
        }
    }

    private static string Content(AvroSchema schema, IReadOnlyList<SchemaReference> references) =>
        Normal(schema.Json) + string.Concat(references.Select(reference => "\n" + JsonSerializer.Serialize(reference)));

    private static Guid GuidOf(string content)
    {
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 16);
        // RFC 9562: version 8, whose bits are the maker's business.
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x80);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static string Normal(string json) => Sorted(JsonNode.Parse(json, documentOptions: Deep), "")?.ToJsonString(DeepWriting) ?? "null";

    /// <summary>Members by name, and the names of types with their namespace: Apache.Avro repeats it on nested types, and means the same schema.</summary>
    private static JsonNode? Sorted(JsonNode? node, string space)
    {
        if (node is JsonArray items)
            return new JsonArray([.. items.Select(item => Sorted(item, space))]);
        if (node is not JsonObject members)
            return node?.DeepClone();
        var sorted = new SortedDictionary<string, JsonNode?>(members.ToDictionary(), StringComparer.Ordinal);
        if (Text(members["type"]) is "record" or "enum" or "fixed" && Text(members["name"]) is { } name)
        {
            int dot = name.LastIndexOf('.');
            space = dot >= 0 ? name[..dot] : Text(members["namespace"]) ?? space;
            sorted["name"] = space.Length == 0 ? name : $"{space}.{name[(dot + 1)..]}";
            sorted.Remove("namespace");
        }
        return new JsonObject(sorted.Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value, space))));
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
