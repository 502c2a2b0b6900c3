using StreamDeploy.Schemas.Avro;

namespace StreamDeploy.Schemas;

/// <summary>Whether all that one schema can write can be read with another: what BACKWARD means in a registry.</summary>
public static class SchemaCompatibility
{
    /// <summary>Null if it can; else where and why not.</summary>
    public static string? Problem(AvroSchema reader, AvroSchema writer)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(writer);
        return new Resolution(everyValue: true).Problem(writer.Root, reader.Root, reader.Root is NamedType named ? named.Name : reader.Root.Label);
    }
}
