using System.Buffers.Binary;

namespace StreamDeploy.Schemas;

/// <summary>Confluent's wire format: a zero byte, the schema's id in four bytes, most significant first, and the Avro body.</summary>
/// <remarks>
/// Newer serializers can put the id into a record header instead, and then the value is the Avro body alone: Confluent's <c>SchemaId</c>,
/// https://github.com/confluentinc/confluent-kafka-dotnet/blob/master/src/Confluent.SchemaRegistry/SchemaId.cs.
/// </remarks>
public static class WireFormat
{
    public const int HeaderLength = 5;

    /// <summary>The record header that names the schema of the value. The one of the key, <c>__key_schema_id</c>, does not concern us: our keys are text.</summary>
    public const string SchemaIdHeader = "__value_schema_id";

    private const byte Magic = 0;
    private const byte GuidMagic = 1;
    private const int GuidHeaderLength = 17;

    /// <param name="error">What is wrong, where false is returned.</param>
    public static bool TryReadId(ReadOnlySpan<byte> value, out int id, out string error)
    {
        id = 0;
        error = "";
        if (value.Length < HeaderLength)
            error = $"{value.Length} bytes; a schema header alone has {HeaderLength}";
        else if (value[0] != Magic)
            error = $"the first byte is {value[0]}, not {Magic}: not in Confluent's wire format";
        else if ((id = BinaryPrimitives.ReadInt32BigEndian(value[1..])) <= 0)
            error = $"the schema id is {id}; ids begin with 1";
        return error.Length == 0;
    }

    /// <summary>The id in the value of <see cref="SchemaIdHeader"/>: a zero byte and a number, or a one byte and a GUID; both most significant byte first.</summary>
    /// <param name="error">What is wrong, where false is returned.</param>
    public static bool TryReadIdHeader(ReadOnlySpan<byte> header, out SchemaId id, out string error)
    {
        id = default;
        error = "";
        if (header.Length == HeaderLength && header[0] == Magic)
        {
            int number = BinaryPrimitives.ReadInt32BigEndian(header[1..]);
            if (number > 0)
                id = SchemaId.Of(number);
            else
                error = $"the header {SchemaIdHeader} holds the schema id {number}; ids begin with 1";
        }
        else if (header.Length == GuidHeaderLength && header[0] == GuidMagic)
        {
            id = SchemaId.Of(new Guid(header[1..], bigEndian: true));
        }
        else
        {
            string first = header.Length == 0 ? "" : $" and begins with {header[0]}";
            error = $"the header {SchemaIdHeader} has {header.Length} bytes{first}; expected are 0 and an id, {HeaderLength} bytes, or 1 and a GUID, {GuidHeaderLength} bytes";
        }
        return error.Length == 0;
    }

    public static void WriteHeader(Span<byte> value, int id)
    {
        value[0] = Magic;
        BinaryPrimitives.WriteInt32BigEndian(value[1..], id);
    }
}
