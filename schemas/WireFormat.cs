using System.Buffers.Binary;

namespace StreamDeploy.Schemas;

/// <summary>Confluent's wire format: a zero byte, the schema's id in four bytes, most significant first, and the Avro body.</summary>
public static class WireFormat
{
    public const int HeaderLength = 5;
    private const byte Magic = 0;

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

    public static void WriteHeader(Span<byte> value, int id)
    {
        value[0] = Magic;
        BinaryPrimitives.WriteInt32BigEndian(value[1..], id);
    }
}
