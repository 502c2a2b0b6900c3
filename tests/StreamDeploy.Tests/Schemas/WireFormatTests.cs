using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class WireFormatTests
{
    [Theory]
    [InlineData(1, "0000000001")]
    [InlineData(258, "0000000102")]
    [InlineData(int.MaxValue, "007FFFFFFF")]
    public void An_id_is_four_bytes_after_a_zero(int id, string hex)
    {
        byte[] header = new byte[WireFormat.HeaderLength];
        WireFormat.WriteHeader(header, id);

        Assert.Equal(hex, Convert.ToHexString(header));
        Assert.True(WireFormat.TryReadId(header, out int read, out string error));
        Assert.Equal((id, ""), (read, error));
    }

    [Theory]
    [InlineData("", "0 bytes; a schema header alone has 5")]
    [InlineData("00000001", "4 bytes; a schema header alone has 5")]
    [InlineData("7B22613A31", "the first byte is 123, not 0: not in Confluent's wire format")]
    [InlineData("0000000000", "the schema id is 0; ids begin with 1")]
    [InlineData("00FFFFFFFF", "the schema id is -1; ids begin with 1")]
    public void What_has_no_header_is_told_so(string hex, string expected)
    {
        Assert.False(WireFormat.TryReadId(Convert.FromHexString(hex), out _, out string error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_topics_subject_is_its_name_and_value() => Assert.Equal("deployments-value", Subjects.Of("deployments"));
}
