using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class AvroSchemaTests
{
    [Theory]
    [InlineData("\"string\"")]
    [InlineData("{\"type\":\"string\"}")]
    [InlineData("{\"type\":{\"type\":\"array\",\"items\":\"int\"}}")]
    [InlineData("[\"null\",\"int\",{\"type\":\"array\",\"items\":\"int\"},{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}]")]
    [InlineData("{\"type\":\"record\",\"name\":\"a.b.R\",\"aliases\":[\"Q\",\"c.Q\"],\"doc\":\"d\",\"fields\":[{\"name\":\"r\",\"type\":[\"null\",\"R\"],\"order\":\"ignore\",\"aliases\":[\"s\"]}]}")]
    [InlineData("{\"type\":\"error\",\"name\":\"E\",\"fields\":[]}")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"fields\":[{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}},{\"name\":\"f\",\"type\":\"n.E\"},{\"name\":\"g\",\"type\":{\"type\":\"E\"}}]}")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"fields\":[{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"\",\"symbols\":[\"A\"]}},{\"name\":\"f\",\"type\":\"E\"}]}")]
    [InlineData("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}")]
    [InlineData("{\"type\":\"string\",\"logicalType\":\"never-heard-of\"}")]
    public void The_schema_language_is_understood(string json) => Assert.NotNull(AvroSchema.Parse(json));

    [Theory]
    [InlineData("", "schema: not the JSON of a schema")]
    [InlineData("{", "schema: not the JSON of a schema")]
    [InlineData("7", "schema: a schema is a name, an object or an array of schemas, not number")]
    [InlineData("\"strin\"", "schema: no type 'strin' is defined before this place")]
    [InlineData("{\"type\":\"int\",\"type\":\"int\"}", "schema: not the JSON of a schema")]
    [InlineData("{\"items\":\"int\"}", "schema: 'type' is missing")]
    [InlineData("{\"type\":\"array\"}", "schema: 'items' is missing")]
    [InlineData("{\"type\":\"map\"}", "schema: 'values' is missing")]
    [InlineData("{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":\"x\"}}", "schema.items.values: no type 'x'")]
    [InlineData("[]", "schema: a union of 0 branches")]
    [InlineData("[\"int\",[\"null\"]]", "schema: a union directly inside a union")]
    [InlineData("[\"int\",\"int\"]", "schema: the union has int twice")]
    [InlineData("[{\"type\":\"array\",\"items\":\"int\"},{\"type\":\"array\",\"items\":\"long\"}]", "schema: the union has array twice")]
    [InlineData("{\"type\":\"record\",\"fields\":[]}", "schema: 'name' is missing")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\"}", "R: 'fields' is missing")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":{}}", "R: 'fields' must be an array, not object")]
    [InlineData("{\"type\":\"record\",\"name\":\"1R\",\"fields\":[]}", "schema.name: '1R' is no name")]
    [InlineData("{\"type\":\"record\",\"name\":\"a..R\",\"fields\":[]}", "schema.name: '' is no name")]
    [InlineData("{\"type\":\"record\",\"name\":\"string\",\"fields\":[]}", "schema: 'string' is a primitive type")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}]}", "R: the field 'a' is there twice")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"type\":\"int\"}]}", "R.fields[0]: 'name' is missing")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\"}]}", "R.a: 'type' is missing")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a b\",\"type\":\"int\"}]}", "R.fields[0].name: 'a b' is no name")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}}]}", "R.a: 'R' is defined twice")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"S\"},{\"name\":\"b\",\"type\":{\"type\":\"fixed\",\"name\":\"S\",\"size\":1}}]}", "R.a: no type 'S' is defined before this place")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\"}", "E: 'symbols' is missing")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"A\"]}", "E: a symbol is there twice")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A-B\"]}", "E.symbols: 'A-B' is no name")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"B\"}", "E: the default 'B' is none of the symbols")]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\"}", "F: 'size' is missing")]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "F: 'size' must be an integer, 0 or greater")]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\",\"size\":1e3}", "F: 'size' must be an integer, 0 or greater")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"\\ud800\"]}", "half of a surrogate pair")]
    public void An_error_says_where_it_is(string json, string problem)
    {
        AvroSchemaException e = Assert.Throws<AvroSchemaException>(() => AvroSchema.Parse(json));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"int\"", "2147483648", "R.a does not fit int: 2147483648")]
    [InlineData("\"long\"", "1.5", "R.a does not fit long: 1.5")]
    [InlineData("\"boolean\"", "0", "R.a does not fit boolean: 0")]
    [InlineData("\"string\"", "null", "R.a does not fit string: null")]
    [InlineData("\"bytes\"", "\"\u0100\"", "R.a does not fit bytes")]
    [InlineData("\"double\"", "\"1\"", "R.a does not fit double: \"1\"")]
    [InlineData("[\"null\",\"string\"]", "\"x\"", "R.a does not fit null: \"x\" (the default of a union is one of its first branch)")]
    [InlineData("[\"string\",\"null\"]", "null", "R.a does not fit string: null (the default")]
    [InlineData("{\"type\":\"array\",\"items\":\"int\"}", "[1,\"2\"]", "R.a[1] does not fit int: \"2\"")]
    [InlineData("{\"type\":\"map\",\"values\":\"int\"}", "{\"k\":[]}", "R.a.k does not fit int: []")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "\"B\"", "R.a is no symbol of E: \"B\"")]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "\"abc\"", "R.a has 3 bytes, F has 2")]
    [InlineData("{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"}]}", "{}", "R.a lacks 'b', which has no default of its own")]
    [InlineData("{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"}]}", "{\"b\":true}", "R.a.b does not fit int: true")]
    public void A_default_that_does_not_fit_is_an_error_in_our_schemas_and_none_in_a_writers(string type, string value, string problem)
    {
        string json = $$"""{"type":"record","name":"R","fields":[{"name":"a","type":{{type}},"default":{{value}}}]}""";

        Assert.Contains(problem, Assert.Throws<AvroSchemaException>(() => AvroSchema.Parse(json)).Message, StringComparison.Ordinal);
        Assert.NotNull(AvroSchema.ParseWriter(json));
    }

    [Fact]
    public void A_writers_namespace_may_be_any()
    {
        const string json = """{"type":"record","name":"R","namespace":"com.some-company","fields":[]}""";

        Assert.Throws<AvroSchemaException>(() => AvroSchema.Parse(json));
        Assert.Null(SchemaCompatibility.Problem(AvroSchema.Parse("""{"type":"record","name":"R","fields":[]}"""), AvroSchema.ParseWriter(json)));
    }

    [Fact]
    public void The_text_is_kept_without_white_space()
    {
        const string json = """{ "type" : "record", "name":"R", "doc": "é <&> \"q\"", "fields": [ ] }""";

        Assert.Equal("""{"type":"record","name":"R","doc":"é <&> \"q\"","fields":[]}""", AvroSchema.Parse(json).Json);
    }

    [Fact]
    public void What_a_registry_may_send_is_bounded()
    {
        static void Refused(string json, string problem) =>
            Assert.Contains(problem, Assert.Throws<AvroSchemaException>(() => AvroSchema.Parse(json)).Message, StringComparison.Ordinal);

        string deep = string.Concat(Enumerable.Repeat("{\"type\":\"array\",\"items\":", 100_000));
        Refused(deep[..1_000_000], "not the JSON of a schema");
        Refused(new string(' ', 2_000_000) + "\"int\"", "2000005 characters; at most 1048576 are allowed");
        Refused($$"""{"type":"fixed","name":"{{new string('x', 600)}}","size":1}""", "a name of 600 characters; at most 512 are allowed");
        Refused("[" + string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"type":"fixed","name":"F{{i}}","size":1}""")) + "]", "a union of 300 branches");
        Refused(Record(Enumerable.Range(0, 3_000).Select(i => $$"""{"type":"fixed","name":"F{{i}}","size":1}""")), "more than 2000 named types");
        Refused(Record(Enumerable.Repeat("\"int\"", 20_001)), "more than 20000 fields");
        Assert.NotNull(AvroSchema.Parse(Record(Enumerable.Repeat("\"int\"", 20_000))));
    }

    [Fact]
    public void Defaults_that_nest_by_themselves_take_no_time()
    {
        var types = new List<string> { """{"type":"record","name":"R0","fields":[]}""" };
        for (int i = 1; i < 60; i++)
        {
            types.Add($$"""
                {"type":"record","name":"R{{i}}","fields":[{"name":"a","type":"R{{i - 1}}","default":{} },{"name":"b","type":"R{{i - 1}}","default":{} }]}
                """);
        }

        AvroSchema schema = AvroSchema.Parse(Record(types));

        Assert.Null(SchemaCompatibility.Problem(schema, AvroSchema.Parse(Record(types))));
    }

    [Fact]
    public void A_writers_schema_of_thousands_of_unwanted_fields_is_planned_in_no_time()
    {
        string fields = string.Join(',', Enumerable.Range(0, 19_000).Select(i => $$"""{"name":"f{{i}}","type":"int"}"""));
        AvroSchema writer = AvroSchema.Parse($$"""{"type":"record","name":"Box","fields":[{"name":"value","type":"int"},{{fields}}]}""");

        Assert.Equal(-1, AvroCodec<Box<int>>.Bind(Box<int>.SchemaOf("\"int\"")).ReaderFor(writer).Read([1, .. new byte[19_000]]).Value);
    }

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void Our_schemas_are_valid_and_compatible_with_themselves(Type type)
    {
        using Stream stream = typeof(Deployment).Assembly.GetManifestResourceStream(type.Name + ".avsc")!;
        AvroSchema schema = AvroSchema.Parse(new StreamReader(stream, Encoding.UTF8).ReadToEnd());

        Assert.Null(SchemaCompatibility.Problem(schema, schema));
    }

    private static string Record(IEnumerable<string> types) =>
        """{"type":"record","name":"Outer","fields":[""" + string.Join(',', types.Select((type, i) => $"{{\"name\":\"f{i}\",\"type\":{type}}}")) + "]}";
}
