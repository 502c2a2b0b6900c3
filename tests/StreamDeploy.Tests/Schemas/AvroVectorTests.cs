namespace StreamDeploy.Tests.Schemas;

/// <summary>Bytes from the specification and from other implementations.</summary>
public class AvroVectorTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(-2, "03")]
    [InlineData(2, "04")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Numbers_are_zigzag_varints(long value, string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(Box<long>.Write("\"long\"", value)));
        Assert.Equal(value, Box<long>.Read("\"long\"", "\"long\"", Convert.FromHexString(hex)));
    }

    [Fact]
    public void The_examples_of_the_specification()
    {
        Assert.Equal("06666F6F", Convert.ToHexString(Box<string>.Write("\"string\"", "foo")));
        Assert.Equal("04063600", Convert.ToHexString(Box<long[]>.Write("""{"type":"array","items":"long"}""", [3, 27])));
        Assert.Equal("00", Convert.ToHexString(Box<string?>.Write("""["null","string"]""", null)));
        Assert.Equal("020261", Convert.ToHexString(Box<string?>.Write("""["null","string"]""", "a")));
        Assert.Equal("000261", Convert.ToHexString(Box<string?>.Write("""["string","null"]""", "a")));
        Assert.Equal("02", Convert.ToHexString(Box<string?>.Write("""["string","null"]""", null)));
        Assert.Equal("01", Convert.ToHexString(Box<bool>.Write("\"boolean\"", true)));
        Assert.Equal("0000803F", Convert.ToHexString(Box<float>.Write("\"float\"", 1f)));
        Assert.Equal("000000000000F03F", Convert.ToHexString(Box<double>.Write("\"double\"", 1d)));
    }

    [Fact]
    public void An_array_may_come_in_blocks_with_their_length_in_bytes()
    {
        // Two blocks: count -1, 1 byte; count 2; end.
        byte[] body = [0x01, 0x02, 0x06, 0x04, 0x36, 0x02, 0x00];

        Assert.Equal([3, 27, 1], Box<long[]>.Read("""{"type":"array","items":"long"}""", """{"type":"array","items":"long"}""", body));
    }

    [Fact]
    public void A_map_may_come_in_blocks()
    {
        byte[] body = [0x01, 0x08, 0x02, (byte)'a', 0x02, (byte)'1', 0x02, 0x02, (byte)'b', 0x02, (byte)'2', 0x00];

        IReadOnlyDictionary<string, string> map = Box<IReadOnlyDictionary<string, string>>.Read(
            """{"type":"map","values":"string"}""", """{"type":"map","values":"string"}""", body);

        Assert.Equal(["a=1", "b=2"], map.OrderBy(e => e.Key).Select(e => $"{e.Key}={e.Value}"));
    }
}
