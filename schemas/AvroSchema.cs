using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas;

/// <summary>A parsed Avro 1.11 schema. Immutable; share it.</summary>
public sealed class AvroSchema
{
    /// <summary>How deep a schema's JSON may nest.</summary>
    public const int JsonDepthMax = SchemaParser.JsonDepthMax;

    /// <summary>How long a schema may be, what it refers to included.</summary>
    public const int TextCharsMax = SchemaParser.TextCharsMax;

    private AvroSchema(string json, AvroType root) => (Json, Root) = (json, root);

    /// <summary>The schema's text without needless white space, as a registry takes it.</summary>
    public string Json { get; }

    internal AvroType Root { get; }

    /// <exception cref="AvroSchemaException">The text is no schema; the message says where and why.</exception>
    public static AvroSchema Parse(string json) => Parse(json, [], strict: true);

    /// <summary>As <see cref="Parse(string)"/>, for a schema that uses types which other schemas define.</summary>
    /// <param name="json">The schema.</param>
    /// <param name="references">The schemas of those types, each after what it uses itself.</param>
    /// <exception cref="AvroSchemaException">One of the texts is no schema; the message says where and why.</exception>
    public static AvroSchema Parse(string json, IReadOnlyList<string> references) => Parse(json, references, strict: true);

    /// <summary>As <see cref="Parse(string)"/>, for a schema that others wrote records with: its defaults and namespaces are not checked.</summary>
    /// <remarks>They do not matter to a reader, and null defaults for ["string", "null"] and namespaces with a hyphen are met in registries.</remarks>
    /// <exception cref="AvroSchemaException">The text is no schema; the message says where and why.</exception>
    public static AvroSchema ParseWriter(string json) => Parse(json, [], strict: false);

    /// <inheritdoc cref="ParseWriter(string)"/>
    /// <param name="json">The schema.</param>
    /// <param name="references">The schemas of the types that it uses without defining them, each after what it uses itself.</param>
    public static AvroSchema ParseWriter(string json, IReadOnlyList<string> references) => Parse(json, references, strict: false);

    /// <summary>The schema of one of our records: the .avsc of its name beside it.</summary>
    public static AvroSchema For<T>() => Embedded<T>.Schema.Value;

    public override string ToString() => Json;

    private static AvroSchema Parse(string json, IReadOnlyList<string> references, bool strict)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(references);
        long chars = json.Length + references.Sum(reference => (long)reference.Length);
        if (chars > SchemaParser.TextCharsMax)
            throw new AvroSchemaException($"schema: {chars} characters{(references.Count > 0 ? " with its references" : "")}; at most {SchemaParser.TextCharsMax} are allowed");
        try
        {
            var parser = new SchemaParser(strict);
            for (int i = 0; i < references.Count; i++)
                Define(parser, references[i], $"referenced schema {i + 1} of {references.Count}");
            JsonElement schema = Read(json);
            AvroType root = parser.Parse(schema);
            return new AvroSchema(Compact(schema), root);
        }
        catch (JsonException e)
        {
            throw new AvroSchemaException($"schema: not the JSON of a schema: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new AvroSchemaException("schema: a string holds half of a surrogate pair", e);
        }
    }

    private static void Define(SchemaParser parser, string reference, string which)
    {
        try
        {
            parser.Parse(Read(reference));
        }
        catch (Exception e) when (e is AvroSchemaException or JsonException)
        {
            throw new AvroSchemaException($"{which}: {e.Message}", e);
        }
    }

    private static JsonElement Read(string json)
    {
        var options = new JsonDocumentOptions { MaxDepth = SchemaParser.JsonDepthMax, AllowDuplicateProperties = false };
        using var document = JsonDocument.Parse(json, options);
        return document.RootElement.Clone();
    }

    private static string Compact(JsonElement schema)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = SchemaParser.JsonDepthMax }))
            schema.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static class Embedded<T>
    {
        public static readonly Lazy<AvroSchema> Schema = new(Read);

        private static AvroSchema Read()
        {
            string name = typeof(T).Name + ".avsc";
            using Stream stream = typeof(T).Assembly.GetManifestResourceStream(name)
                ?? throw new AvroSchemaException($"{typeof(T)} has no schema: {name} is not embedded in {typeof(T).Assembly.GetName().Name}");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return Parse(reader.ReadToEnd());
        }
    }
}
