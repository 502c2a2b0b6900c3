using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class RecordJsonTests
{
    private const string Required = "\"accountId\":\"a\",\"eventId\":\"e\",\"deploymentId\":\"d\",\"pipelineId\":1";

    [Fact]
    public void Every_field_is_written_under_its_schemas_name()
    {
        var team = new Team { AccountId = "acme", Id = (1L << 53) + 1, Name = "ops" };

        Assert.Equal("""{"accountId":"acme","id":9007199254740993,"name":"ops","validFrom":null}""", Write(team));
        Assert.Contains("\"validFrom\":1767268800000", Write(team with { ValidFromMs = Some.Noon }), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_fields_take_their_defaults_and_unknown_ones_are_ignored()
    {
        Deployment read = Read($$"""{{{Required}},"occurredAt":5,"status":"SUCCEEDED","whatever":{"a":[1]},"accountID":"not it"}""");

        var expected = new Deployment { AccountId = "a", EventId = "e", DeploymentId = "d", PipelineId = 1, OccurredAtMs = 5, Status = DeploymentStatus.SUCCEEDED };
        Assert.Equal(RandomRecords.Describe(expected), RandomRecords.Describe(read));
    }

    [Theory]
    [InlineData("1767268800000", 1_767_268_800_000)]
    [InlineData("-1", -1)]
    [InlineData("\"2026-01-01T12:00:00Z\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01t12:00:00z\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01 12:00:00Z\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01T13:00:00+01:00\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01T06:30:00-0530\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01T13:00:00+01\"", 1_767_268_800_000)]
    [InlineData("\"2026-01-01T12:00:00.1Z\"", 1_767_268_800_100)]
    [InlineData("\"2026-01-01T12:00:00.123456789Z\"", 1_767_268_800_123)]
    [InlineData("\"2024-02-29T00:00:00Z\"", 1_709_164_800_000)]
    [InlineData("\"1969-12-31T23:59:59.999Z\"", -1)]
    [InlineData("\"0001-01-01T00:00:00Z\"", -62_135_596_800_000)]
    [InlineData("\"9999-12-31T23:59:59.999Z\"", 253_402_300_799_999)]
    public void A_time_is_epoch_milliseconds_or_ISO_8601(string json, long expected) =>
        Assert.Equal(expected, Read($$"""{{{Required}},"occurredAt":{{json}}}""").OccurredAtMs);

    [Theory]
    [InlineData("\"2026-01-01T12:00:00\"")]
    [InlineData("\"2026-01-01T12:00:00.5\"")]
    [InlineData("\"2026-01-01\"")]
    [InlineData("\"2026-13-01T12:00:00Z\"")]
    [InlineData("\"2025-02-29T12:00:00Z\"")]
    [InlineData("\"2026-01-01T24:00:00Z\"")]
    [InlineData("\"2026-01-01T12:00:60Z\"")]
    [InlineData("\"2026-01-01T12:00:00.Z\"")]
    [InlineData("\"2026-01-01T12:00:00Zulu\"")]
    [InlineData("\"2026-01-01T12:00:00+1\"")]
    [InlineData("\"2026-01-01T12:00:00+24:00\"")]
    [InlineData("\"2026-01-01T12:00:00+01.00\"")]
    [InlineData("\"2026-01-01T12:00:00 CET\"")]
    [InlineData("\"+026-01-01T12:00:00Z\"")]
    [InlineData("\"0000-01-01T12:00:00Z\"")]
    [InlineData("\"0001-01-01T00:00:00+01:00\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"\"")]
    [InlineData("1767268800.5")]
    [InlineData("\"1767268800000\"")]
    [InlineData("true")]
    [InlineData("null")]
    public void What_may_be_another_time_elsewhere_or_is_none_is_refused(string json) => Refused(
        $$"""{{{Required}},"occurredAt":{{json}}}""",
        $"deployment.occurredAt: {json} was read; a time, as epoch milliseconds or as ISO 8601 with an offset (2026-01-01T12:00:00Z) is expected");

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("253402300800000")]
    [InlineData("-62135596800001")]
    public void A_time_outside_the_calendar_is_refused(string json) => Refused(
        $$"""{{{Required}},"occurredAt":{{json}}}""", $"deployment.occurredAt: {json} ms is not in the years 1 to 9999");

    [Theory]
    [InlineData("\"pipelineId\":\"1\"", "deployment.pipelineId: \"1\" was read; an integer of 64 bits is expected")]
    [InlineData("\"pipelineId\":1.0", "deployment.pipelineId: 1.0 was read; an integer of 64 bits is expected")]
    [InlineData("\"pipelineId\":9223372036854775808", "deployment.pipelineId: 9223372036854775808 was read; an integer of 64 bits is expected")]
    [InlineData("\"accountId\":7", "deployment.accountId: 7 was read; a string is expected")]
    [InlineData("\"accountId\":null", "deployment.accountId: null was read; a string is expected")]
    [InlineData("\"accountId\":{}", "deployment.accountId: an object was read; a string is expected")]
    [InlineData("\"accountId\":\"\\ud800\"", "deployment.accountId: a string with half of a surrogate pair")]
    [InlineData("\"source\":null", "deployment.source: null was read; a string is expected")]
    [InlineData("\"kind\":7", "deployment.kind: 7 was read; one of OTHER, PUSH, MERGE")]
    [InlineData("\"author\":[]", "deployment.author: an array was read; an object is expected")]
    [InlineData("\"author\":{\"name\":true}", "deployment.author.name: true was read; a string is expected")]
    [InlineData("\"links\":{}", "deployment.links: an object was read; an array is expected")]
    [InlineData("\"links\":[{\"href\":\"x\"},{}]", "deployment.links[1].href: is missing; a string is expected")]
    [InlineData("\"links\":[7]", "deployment.links[0]: 7 was read; an object is expected")]
    [InlineData("\"\\ud800\":1", "deployment: a name with half of a surrogate pair")]
    public void An_error_names_the_path_what_was_read_and_what_is_expected(string field, string problem)
    {
        string name = field.Split(':')[0];
        string others = string.Join(',', (Required + ",\"occurredAt\":1").Split(',').Where(other => !other.StartsWith(name + ":", StringComparison.Ordinal)));
        Refused($$"""{{{field}},{{others}}}""", problem);
    }

    [Fact]
    public void A_field_that_is_missing_or_there_twice_is_named()
    {
        Refused("{}", "deployment.accountId: is missing; a string is expected");
        Refused($$"""{{{Required}}}""", "deployment.occurredAt: is missing; a time");
        Refused($$"""{{{Required}},"occurredAt":1,"eventId":"f"}""", "deployment.eventId: is there twice");
        Refused("[]", "deployment: an array was read; an object is expected");
        Assert.StartsWith("accountId: is missing", Assert.Throws<RecordJsonException>(() => RecordJson<Deployment>.Instance.Read(Parse("{}"), "")).Message, StringComparison.Ordinal);
        RecordJsonException e = Assert.Throws<RecordJsonException>(() => RecordJson<Alert>.Instance.Read(
            Parse("""{"accountId":"a","eventId":"e","alertId":"x","occurredAt":1,"updatedAt":1,"labels":{"k":"1","k":"2"}}"""), "alert"));
        Assert.Equal("alert.labels.k: is there twice", e.Message);
    }

    [Fact]
    public void An_unknown_symbol_is_the_enums_default_or_an_error_where_it_has_none()
    {
        Assert.Equal(DeploymentKind.OTHER, Read($$"""{{{Required}},"occurredAt":1,"kind":"TELEPORT"}""").Kind);

        const string enrichment = """
            {"accountId":"a","alertId":"x","alertOccurredAt":1,"revision":1,"settled":true,"outcome":"SUSPECTS","reason":"WHO_KNOWS","headline":"h","scope":"ACCOUNT",
             "windowFrom":1,"windowTo":2,"considered":0,"outOfScope":0,"probabilityNone":1}
            """;
        RecordJsonException e = Assert.Throws<RecordJsonException>(() => RecordJson<Enrichment>.Instance.Read(Parse(enrichment), "enrichment"));
        Assert.Equal("enrichment.reason: \"WHO_KNOWS\" was read; one of NOTHING_NEAR, OUT_OF_SCOPE is expected", e.Message);
    }

    [Fact]
    public void Numbers_that_JSON_has_no_word_for_are_strings()
    {
        AvroSchema schema = Box<double>.SchemaOf("\"double\"");
        double Read(string json) => RecordJson<Box<double>>.Bind(schema).Read(Parse($$"""{"value":{{json}}}"""), "box").Value;

        Assert.True(double.IsNaN(Read("\"NaN\"")));
        Assert.Equal(double.NegativeInfinity, Read("\"-Infinity\""));
        Assert.Equal(1e300, Read("1e300"));
        Assert.Throws<RecordJsonException>(() => Read("1e999"));
        Assert.Throws<RecordJsonException>(() => Read("\"1\""));
    }

    [Fact]
    public void A_record_that_does_not_fit_its_schema_is_not_written()
    {
        Assert.Equal("Deployment.accountId: null, which the schema does not allow",
            Assert.Throws<RecordJsonException>(() => Write(Some.Deployment() with { AccountId = null! })).Message);
        Assert.Equal("Deployment.kind: 99 is no symbol of streamdeploy.DeploymentKind",
            Assert.Throws<RecordJsonException>(() => Write(Some.Deployment() with { Kind = (DeploymentKind)99 })).Message);
    }

    [Fact]
    public void Depth_is_bounded()
    {
        RecordJson<Node> json = RecordJson<Node>.Bind(AvroSchema.Parse(Node.Json));
        string deep = string.Concat(Enumerable.Repeat("{\"next\":", 500)) + "null" + new string('}', 500);
        using var document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 1000 });

        RecordJsonException e = Assert.Throws<RecordJsonException>(() => json.Read(document.RootElement, "node"));

        Assert.EndsWith("nests deeper than 64 levels", e.Message, StringComparison.Ordinal);
    }

    private static void Refused(string json, string problem)
    {
        RecordJsonException e = Assert.Throws<RecordJsonException>(() => Read(json));
        Assert.StartsWith(problem, e.Message, StringComparison.Ordinal);
        Assert.Equal(e.Message, $"{e.Path}: {e.Problem}");
    }

    private static Deployment Read(string json) => RecordJson<Deployment>.Instance.Read(Parse(json), "deployment");

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static string Write<T>(T value)
    {
        var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            RecordJson<T>.Instance.Write(writer, value);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
