using System.Globalization;
using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>https://avro.apache.org/docs/1.11.1/specification/#schema-resolution, rule by rule.</summary>
public class ResolutionTests
{
    private const string Int = "\"int\"";
    private const string Long = "\"long\"";
    private const string Float = "\"float\"";
    private const string Double = "\"double\"";
    private const string String = "\"string\"";
    private const string Bytes = "\"bytes\"";
    private const string Colours = """{"type":"enum","name":"Colour","symbols":["RED","GREEN","BLUE"],"default":"RED"}""";

    [Fact]
    public void Numbers_are_promoted()
    {
        Assert.Equal(-5L, Box<long>.Read(Int, Long, 0x09));
        Assert.Equal(-5f, Box<float>.Read(Int, Float, 0x09));
        Assert.Equal(-5d, Box<double>.Read(Int, Double, 0x09));
        Assert.Equal(64f, Box<float>.Read(Long, Float, 0x80, 0x01));
        Assert.Equal(64d, Box<double>.Read(Long, Double, 0x80, 0x01));
        Assert.Equal(1d, Box<double>.Read(Float, Double, 0, 0, 0x80, 0x3F));
        Assert.Equal(-5L, Box<long?>.Read(Int, """["null","long"]""", 0x09));
        Assert.True(double.IsNaN(Box<double>.Read(Float, Double, 0, 0, 0xC0, 0x7F)));
    }

    [Fact]
    public void Strings_and_bytes_are_read_as_each_other()
    {
        Assert.Equal("hi"u8.ToArray(), Box<byte[]>.Read(String, Bytes, 4, (byte)'h', (byte)'i'));
        Assert.Equal("hi", Box<string>.Read(Bytes, String, 4, (byte)'h', (byte)'i'));
        Assert.Throws<AvroException>(() => Box<string>.Read(Bytes, String, 2, 0xFF));
    }

    [Theory]
    [InlineData(Long, Int)]
    [InlineData(Double, Int)]
    [InlineData(Float, Int)]
    [InlineData(String, Int)]
    [InlineData("\"boolean\"", Int)]
    [InlineData("\"null\"", Int)]
    [InlineData("[\"null\",\"string\"]", Int)]
    [InlineData("{\"type\":\"array\",\"items\":\"int\"}", Int)]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}", Int)]
    public void What_does_not_match_is_refused_before_anything_is_read(string writer, string reader)
    {
        AvroResolutionException e = Assert.Throws<AvroResolutionException>(() => Box<int>.Read(writer, reader));

        Assert.StartsWith("Box.value: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("int is expected", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_union_of_the_writer_is_resolved_by_the_branch_that_was_written()
    {
        const string union = """["null","int","string"]""";

        Assert.Null(Box<long?>.Read(union, """["null","long"]""", 0x00));
        Assert.Equal(-5L, Box<long?>.Read(union, """["null","long"]""", 0x02, 0x09));
        Assert.Equal(-5L, Box<long>.Read(union, Long, 0x02, 0x09));
        AvroException e = Assert.Throws<AvroException>(() => Box<long>.Read(union, Long, 0x04, 0x02, (byte)'x'));
        Assert.StartsWith("Box.value at byte 0: a value was written that long of the reader does not take", e.Message, StringComparison.Ordinal);
        Assert.Throws<AvroException>(() => Box<long>.Read(union, Long, 0x00));
    }

    [Fact]
    public void A_null_that_the_reader_does_not_take_is_laid_on_its_own_field()
    {
        AvroSchema writer = AvroSchema.Parse("""
            {"type":"record","name":"Link","fields":[{"name":"href","type":["null","string"]},{"name":"text","type":["null","string"]}]}
            """);
        AvroCodec<Link> codec = AvroCodec<Link>.Bind(AvroSchema.Parse("""
            {"type":"record","name":"Link","fields":[{"name":"href","type":"string"},{"name":"text","type":["null","string"]}]}
            """));

        AvroException e = Assert.Throws<AvroException>(() => codec.ReaderFor(writer).Read([0x00, 0x00]));

        Assert.Equal("Link.href", e.Path);
    }

    [Fact]
    public void A_union_of_the_reader_takes_a_plain_value()
    {
        Assert.Equal("a", Box<string?>.Read(String, """["null","string"]""", 2, (byte)'a'));
        Assert.Equal("a", Box<string?>.Read(String, """["string","null"]""", 2, (byte)'a'));
        Assert.Null(Box<string?>.Read("\"null\"", """["null","string"]"""));
        Assert.Equal("a", Box<string?>.Read("""["string","null"]""", """["null","string"]""", 0, 2, (byte)'a'));
    }

    [Fact]
    public void Symbols_are_matched_by_name_and_unknown_ones_take_the_default()
    {
        const string writer = """{"type":"enum","name":"Colour","symbols":["BLUE","PINK","GREEN"]}""";

        Assert.Equal(Colour.BLUE, Box<Colour>.Read(writer, Colours, 0x00));
        Assert.Equal(Colour.RED, Box<Colour>.Read(writer, Colours, 0x02));
        Assert.Equal(Colour.GREEN, Box<Colour>.Read(writer, Colours, 0x04));
    }

    [Fact]
    public void An_unknown_symbol_without_a_default_is_an_error_where_it_is_met()
    {
        const string writer = """{"type":"enum","name":"Colour","symbols":["BLUE","PINK"]}""";
        const string reader = """{"type":"enum","name":"Colour","symbols":["RED","GREEN","BLUE"]}""";

        Assert.Equal(Colour.BLUE, Box<Colour>.Read(writer, reader, 0x00));
        AvroException e = Assert.Throws<AvroException>(() => Box<Colour>.Read(writer, reader, 0x02));
        Assert.Equal("Box.value at byte 0: Colour has no symbol PINK and no default", e.Message);
    }

    [Fact]
    public void Named_types_match_by_their_short_name_or_an_alias()
    {
        const string renamed = """{"type":"enum","name":"x.Hue","symbols":["RED"]}""";
        const string aliased = """{"type":"enum","name":"Colour","aliases":["x.Hue"],"symbols":["RED","GREEN","BLUE"]}""";

        Assert.Equal(Colour.RED, Box<Colour>.Read("""{"type":"enum","name":"other.space.Colour","symbols":["RED"]}""", Colours, 0x00));
        Assert.Equal(Colour.RED, Box<Colour>.Read(renamed, aliased, 0x00));
        AvroResolutionException e = Assert.Throws<AvroResolutionException>(() => Box<Colour>.Read(renamed, Colours, 0x00));
        Assert.Equal("Box.value: enum x.Hue was written, enum Colour is expected", e.Message);
    }

    [Fact]
    public void Fixed_types_match_by_name_and_size()
    {
        const string two = """{"type":"fixed","name":"F","size":2}""";

        Assert.Equal([7, 8], Box<byte[]>.Read(two, two, 7, 8));
        Assert.Throws<AvroResolutionException>(() => Box<byte[]>.Read(two, """{"type":"fixed","name":"F","size":3}"""));
        Assert.Throws<AvroResolutionException>(() => Box<byte[]>.Read(two, """{"type":"fixed","name":"G","size":2}"""));
        Assert.Throws<AvroResolutionException>(() => Box<byte[]>.Read(two, Bytes));
    }

    [Fact]
    public void Items_and_values_are_resolved()
    {
        Assert.Equal([1L, -1L], Box<long[]>.Read("""{"type":"array","items":"int"}""", """{"type":"array","items":"long"}""", 4, 2, 1, 0));
        IReadOnlyDictionary<string, double> map = Box<IReadOnlyDictionary<string, double>>.Read(
            """{"type":"map","values":"int"}""", """{"type":"map","values":"double"}""", 2, 2, (byte)'k', 2, 0);
        Assert.Equal(1d, map["k"]);
    }

    [Fact]
    public void Fields_are_matched_by_name_whatever_their_order_and_unknown_ones_are_skipped()
    {
        AvroSchema writer = AvroSchema.Parse("""
            {"type":"record","name":"Account","fields":[
              {"name":"colour","type":{"type":"enum","name":"C","symbols":["A"]}},
              {"name":"tree","type":{"type":"record","name":"Tree","fields":[{"name":"kids","type":{"type":"array","items":"Tree"}}]}},
              {"name":"beforeMs","type":"int"},
              {"name":"any","type":["null",{"type":"map","values":"bytes"},"float"]},
              {"name":"mark","type":{"type":"fixed","name":"Mark","size":2}},
              {"name":"accountId","type":"bytes"},
              {"name":"nothing","type":"null"},
              {"name":"ratio","type":"double"},
              {"name":"yes","type":"boolean"}]}
            """);
        byte[] body = [0, 2, 0, 0, 14, 2, 2, 2, (byte)'k', 2, 9, 0, 1, 2, 2, (byte)'a', 0, 0, 0, 0, 0, 0, 0, 0, 1];

        Account account = AvroCodec<Account>.Instance.ReaderFor(writer).Read(body);

        Assert.Equal(new Account { AccountId = "a", BeforeMs = 7 }, account);
    }

    [Fact]
    public void A_field_that_was_not_written_takes_its_default()
    {
        AvroSchema writer = AvroSchema.Parse("""
            {"type":"record","name":"Deployment","fields":[
              {"name":"accountId","type":"string"},{"name":"eventId","type":"string"},{"name":"deploymentId","type":"string"},
              {"name":"pipelineId","type":"int"},{"name":"occurredAt","type":"long"}]}
            """);

        Deployment read = AvroCodec<Deployment>.Instance.ReaderFor(writer).Read([2, (byte)'a', 2, (byte)'e', 2, (byte)'d', 2, 4]);

        var expected = new Deployment { AccountId = "a", EventId = "e", DeploymentId = "d", PipelineId = 1, OccurredAtMs = 2 };
        Assert.Equal(RandomRecords.Describe(expected), RandomRecords.Describe(read));
    }

    [Fact]
    public void Defaults_may_be_of_any_type()
    {
        static T Default<T>(string type, string value) => AvroCodec<Box<T>>
            .Bind(AvroSchema.Parse($$"""{"type":"record","name":"Box","fields":[{"name":"value","type":{{type}},"default":{{value}}}]}"""))
            .ReaderFor(AvroSchema.Parse("""{"type":"record","name":"Box","fields":[]}""")).Read([]).Value;

        Assert.True(Default<bool>("\"boolean\"", "true"));
        Assert.Equal(-7, Default<int>(Int, "-7"));
        Assert.Equal((1L << 53) + 1, Default<long>(Long, "9007199254740993"));
        Assert.Equal(1.5f, Default<float>(Float, "1.5"));
        Assert.Equal(-1e300, Default<double>(Double, "-1e300"));
        Assert.Equal("ü", Default<string>(String, "\"ü\""));
        Assert.Equal([0xFF, 0x00], Default<byte[]>(Bytes, "\"ÿ\\u0000\""));
        Assert.Equal([1, 2], Default<byte[]>("""{"type":"fixed","name":"F","size":2}""", "\"\\u0001\\u0002\""));
        Assert.Equal(Colour.BLUE, Default<Colour>(Colours, "\"BLUE\""));
        Assert.Equal([1L, 2L], Default<long[]>("""{"type":"array","items":"long"}""", "[1,2]"));
        Assert.Equal("v", Default<IReadOnlyDictionary<string, string>>("""{"type":"map","values":"string"}""", """{"k":"v"}""")["k"]);
        Assert.Null(Default<string?>("""["null","string"]""", "null"));
        Assert.Equal("x", Default<string?>("""["string","null"]""", "\"x\""));
        Node node = Default<Node>(Node.Json, """{"label":"n","children":[{"next":null}]}""");
        Assert.Equal("n", node.Label);
        Assert.Equal("?", Assert.Single(node.Children).Label);
    }

    [Fact]
    public void A_field_without_default_that_was_not_written_is_refused()
    {
        AvroResolutionException e = Assert.Throws<AvroResolutionException>(
            () => AvroCodec<Account>.Instance.ReaderFor(AvroSchema.Parse("""{"type":"record","name":"Account","fields":[]}""")));

        Assert.Equal("Account.accountId: was not written and has no default", e.Message);
    }

    [Fact]
    public void A_field_of_an_alias_feeds_the_field_unless_one_bears_its_name()
    {
        static string Read(string aliases, params string[] written)
        {
            AvroSchema reader = AvroSchema.Parse($$"""{"type":"record","name":"Box","fields":[{"name":"value","aliases":[{{aliases}}],"type":"string","default":"-"}]}""");
            string fields = string.Join(',', written.Select(name => $$"""{"name":"{{name}}","type":"string"}"""));
            AvroSchema writer = AvroSchema.Parse($$"""{"type":"record","name":"Box","fields":[{{fields}}]}""");
            byte[] body = [.. written.SelectMany(name => Box<string>.Write(String, name))];
            return AvroCodec<Box<string>>.Bind(reader).ReaderFor(writer).Read(body).Value;
        }

        Assert.Equal("old", Read("\"older\",\"old\"", "old"));
        Assert.Equal("value", Read("\"old\"", "old", "value"));
        Assert.Equal("-", Read("\"old\"", "other"));
    }

    [Fact]
    public void A_record_that_holds_itself_evolves()
    {
        AvroSchema writer = AvroSchema.Parse("""
            {"type":"record","name":"Node","fields":[
              {"name":"weight","type":"int"},
              {"name":"next","type":["Node","null"]},
              {"name":"label","type":"bytes"}]}
            """);
        byte[] body = [2, 0, 4, 2, 2, (byte)'b', 2, (byte)'a'];

        Node node = AvroCodec<Node>.Bind(AvroSchema.Parse(Node.Json)).ReaderFor(writer).Read(body);

        Assert.Equal(("a", "b"), (node.Label, node.Next!.Label));
        Assert.Null(node.Next.Next);
    }

    [Theory]
    [InlineData("timestamp-micros", 1_767_268_800_000_999, 1_767_268_800_000)]
    [InlineData("timestamp-micros", -1, -1)]
    [InlineData("timestamp-nanos", 1_767_268_800_000_999_999, 1_767_268_800_000)]
    [InlineData("timestamp-millis", 1_767_268_800_000, 1_767_268_800_000)]
    public void A_time_of_another_unit_is_read_in_milliseconds(string logicalType, long written, long read)
    {
        string writer = Account.Replace("timestamp-millis", logicalType, StringComparison.Ordinal);
        byte[] body = [2, (byte)'a', 0, 0, 2, .. Box<long>.Write(Long, written)];

        Assert.Equal(read, AvroCodec<Account>.Instance.ReaderFor(AvroSchema.Parse(writer)).Read(body).ValidFromMs);
    }

    private static readonly string Account = AvroSchema.For<Account>().Json;

    [Fact]
    public void Every_error_in_a_body_names_the_field_and_the_offset()
    {
        AvroCodec<Deployment> codec = AvroCodec<Deployment>.Instance;
        byte[] body = codec.Encode(Some.Deployment() with { Links = [new Link { Href = "one" }, new Link { Href = "two" }] });
        int at = body.AsSpan().IndexOf("two"u8);
        body[at] = 0xFF;

        AvroException e = Assert.Throws<AvroException>(() => codec.ReaderFor(codec.Schema).Read(body));

        Assert.Equal(("Deployment.links[1].href", at - 1), (e.Path, e.Offset));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"Deployment.links[1].href at byte {at - 1}: a string that is not UTF-8"), e.Message);
        Assert.Equal("two", Encoding.UTF8.GetString([(byte)'t', body[at + 1], body[at + 2]]));
    }

    [Fact]
    public void A_type_that_does_not_fit_its_schema_is_refused_when_it_is_bound()
    {
        static string Problem<T>(string type) => Assert.Throws<AvroSchemaException>(() => AvroCodec<Box<T>>.Bind(Box<T>.SchemaOf(type))).Message;

        Assert.Contains("long cannot be held by System.Int32", Problem<int>(Long), StringComparison.Ordinal);
        Assert.Contains("allows null", Problem<long?>(Long), StringComparison.Ordinal);
        Assert.Contains("the schema allows null", Problem<long>("""["null","long"]"""), StringComparison.Ordinal);
        Assert.Contains("has no member PINK", Problem<Colour>("""{"type":"enum","name":"Colour","symbols":["PINK"]}"""), StringComparison.Ordinal);
        Assert.Contains("of the unions only", Problem<string>("""["int","string"]"""), StringComparison.Ordinal);
        Assert.Contains("no such field", Assert.Throws<AvroSchemaException>(
            () => AvroCodec<Account>.Bind(AvroSchema.Parse("""{"type":"record","name":"Account","fields":[]}"""))).Message, StringComparison.Ordinal);
    }
}
