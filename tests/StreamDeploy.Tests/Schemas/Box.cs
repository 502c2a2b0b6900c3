using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>A record around one value, to test what our own records do not use.</summary>
public sealed record Box<T>
{
    public required T Value { get; init; }

    public static AvroSchema SchemaOf(string type) => AvroSchema.Parse(Json(type));

    public static string Json(string type) => $$"""{"type":"record","name":"Box","fields":[{"name":"value","type":{{type}}}]}""";

    /// <summary>What bytes written with one type are, read as another.</summary>
    public static T Read(string writer, string reader, params byte[] body) =>
        AvroCodec<Box<T>>.Bind(SchemaOf(reader)).ReaderFor(SchemaOf(writer)).Read(body).Value;

    public static byte[] Write(string type, T value) => AvroCodec<Box<T>>.Bind(SchemaOf(type)).Encode(new Box<T> { Value = value });
}

public enum Colour { RED, GREEN, BLUE }

/// <summary>A record that holds itself.</summary>
public sealed record Node
{
    public const string Json = """
        {"type":"record","name":"Node","fields":[
          {"name":"label","type":"string","default":"?"},
          {"name":"next","type":["null","Node"],"default":null},
          {"name":"children","type":{"type":"array","items":"Node"},"default":[]}]}
        """;

    public string Label { get; init; } = "";
    public Node? Next { get; init; }
    public Node[] Children { get; init; } = [];
}
