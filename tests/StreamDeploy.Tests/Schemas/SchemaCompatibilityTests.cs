using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class SchemaCompatibilityTests
{
    [Theory]
    [InlineData("\"long\"", "\"int\"", null)]
    [InlineData("\"int\"", "\"long\"", "long: long was written, int is expected")]
    [InlineData("[\"null\",\"long\"]", "\"int\"", null)]
    [InlineData("\"long\"", "[\"null\",\"long\"]", "null was written, long is expected")]
    [InlineData("[\"long\",\"null\"]", "[\"null\",\"int\"]", null)]
    [InlineData("[\"null\",\"string\"]", "[\"null\",\"string\",\"int\"]", "int was written, which is no branch of the reader's union")]
    [InlineData("[\"null\",\"string\",\"double\"]", "[\"float\",\"bytes\"]", null)]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "the symbol B may have been written")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"A\"}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", null)]
    [InlineData("{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "a fixed of 2 bytes was written, 1 are expected")]
    [InlineData("{\"type\":\"array\",\"items\":\"string\"}", "{\"type\":\"array\",\"items\":\"bytes\"}", null)]
    [InlineData("{\"type\":\"map\",\"values\":\"int\"}", "{\"type\":\"map\",\"values\":\"string\"}", "string was written, int is expected")]
    public void Everything_that_can_be_written_must_be_readable(string reader, string writer, string? problem)
    {
        string? found = SchemaCompatibility.Problem(AvroSchema.Parse(reader), AvroSchema.Parse(writer));

        if (problem is null)
            Assert.Null(found);
        else
            Assert.Contains(problem.Split(": ")[^1], found, StringComparison.Ordinal);
    }

    [Fact]
    public void The_problem_names_the_field()
    {
        AvroSchema older = AvroSchema.Parse(AvroSchema.For<Deployment>().Json.Replace("\"name\":\"href\",\"type\":\"string\"", "\"name\":\"href\",\"type\":\"int\"", StringComparison.Ordinal));

        Assert.Equal("Deployment.links[].href: int was written, string is expected", SchemaCompatibility.Problem(AvroSchema.For<Deployment>(), older));
        Assert.Equal("Deployment.links[].href: string was written, int is expected", SchemaCompatibility.Problem(older, AvroSchema.For<Deployment>()));
    }

    [Fact]
    public void A_field_added_needs_a_default()
    {
        AvroSchema older = AvroSchema.Parse("""{"type":"record","name":"R","fields":[]}""");
        AvroSchema with = AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":1}]}""");
        AvroSchema without = AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}""");

        Assert.Null(SchemaCompatibility.Problem(with, older));
        Assert.Null(SchemaCompatibility.Problem(older, without));
        Assert.Equal("R.a: was not written and has no default", SchemaCompatibility.Problem(without, older));
    }

    [Fact]
    public void Records_that_hold_each_other_are_compared_to_the_end()
    {
        static AvroSchema Pair(string type) => AvroSchema.Parse($$"""
            {"type":"record","name":"A","fields":[
              {"name":"b","type":["null",{"type":"record","name":"B","fields":[{"name":"a","type":["null","A"]},{"name":"x","type":"{{type}}"}]}]}]}
            """);

        Assert.Null(SchemaCompatibility.Problem(Pair("long"), Pair("int")));
        Assert.NotNull(SchemaCompatibility.Problem(Pair("int"), Pair("long")));
    }
}
