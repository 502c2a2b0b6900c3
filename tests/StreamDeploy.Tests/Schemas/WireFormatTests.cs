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
    public void A_record_header_holds_an_id_after_a_zero_or_a_GUID_after_a_one()
    {
        Assert.True(WireFormat.TryReadIdHeader(Convert.FromHexString("0000000102"), out SchemaId number, out _));
        Assert.True(WireFormat.TryReadIdHeader(Convert.FromHexString("0100112233445566778899AABBCCDDEEFF"), out SchemaId guid, out string error));

        Assert.Equal(SchemaId.Of(258), number);
        Assert.Equal(SchemaId.Of(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")), guid);
        Assert.Equal(("258", "00112233-4455-6677-8899-aabbccddeeff", ""), (number.ToString(), guid.ToString(), error));
    }

    [Theory]
    [InlineData("", "the header __value_schema_id has 0 bytes; expected are 0 and an id, 5 bytes, or 1 and a GUID, 17 bytes")]
    [InlineData("00", "the header __value_schema_id has 1 bytes and begins with 0; ")]
    [InlineData("0100000001", "the header __value_schema_id has 5 bytes and begins with 1; ")]
    [InlineData("0000112233445566778899AABBCCDDEEFF", "the header __value_schema_id has 17 bytes and begins with 0; ")]
    [InlineData("0100112233445566778899AABBCCDDEEFF00", "the header __value_schema_id has 18 bytes and begins with 1; ")]
    [InlineData("0200000001", "the header __value_schema_id has 5 bytes and begins with 2; ")]
    [InlineData("0000000000", "the header __value_schema_id holds the schema id 0; ids begin with 1")]
    [InlineData("00FFFFFFFF", "the header __value_schema_id holds the schema id -1; ids begin with 1")]
    public void A_record_header_that_holds_no_id_is_told_so(string hex, string expected)
    {
        Assert.False(WireFormat.TryReadIdHeader(Convert.FromHexString(hex), out _, out string error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_topics_subject_is_its_name_and_value() => Assert.Equal("deployments-value", Subjects.Of("deployments"));
}
