using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public sealed class SchemaRegistryServerTests : IAsyncLifetime, IDisposable
{
    private const string First = """{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}""";
    private const string SameAsFirst = """{ "name": "R", "type": "record", "fields": [ {"type":"int", "name":"a"} ] }""";
    private const string Promoted = """{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}""";
    private const string Incompatible = """{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}""";

    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
    private readonly HttpClient http = new();
    private SchemaRegistryServer server = null!;

    public async Task InitializeAsync() => server = await SchemaRegistryServer.StartAsync(0, limit.Token);

    public async Task DisposeAsync() => await server.DisposeAsync();

    public void Dispose()
    {
        http.Dispose();
        limit.Dispose();
    }

    [Fact]
    public async Task Ids_belong_to_contents_and_versions_to_subjects()
    {
        Assert.StartsWith("""200 {"id":1,"version":1,"guid":""", await PostAsync("/subjects/s/versions", Body(First)), StringComparison.Ordinal);
        Assert.StartsWith("""200 {"id":1,"version":1,"guid":""", await PostAsync("/subjects/s/versions", Body(SameAsFirst)), StringComparison.Ordinal);
        Assert.StartsWith("""200 {"id":2,"version":2,"guid":""", await PostAsync("/subjects/s/versions", Body(Promoted)), StringComparison.Ordinal);
        Assert.StartsWith("""200 {"id":2,"version":1,"guid":""", await PostAsync("/subjects/t%20u/versions", Body(Promoted)), StringComparison.Ordinal);

        Assert.Equal("""200 ["s","t u"]""", await GetAsync("/subjects"));
        Assert.Equal("200 [1,2]", await GetAsync("/subjects/s/versions"));
        Assert.Equal("""200 [{"subject":"s","version":2},{"subject":"t u","version":1}]""", await GetAsync("/schemas/ids/2/versions"));
        Assert.Equal("""200 ["s"]""", await GetAsync("/schemas/ids/1/subjects"));
        Assert.Equal(First, JsonNode.Parse((await GetAsync("/schemas/ids/1"))[4..])!["schema"]!.GetValue<string>());
        Assert.Equal("200 " + First, await GetAsync("/schemas/ids/1/schema"));
        Assert.Equal("200 " + Promoted, await GetAsync("/subjects/s/versions/latest/schema"));
        Assert.StartsWith("""200 {"subject":"s","version":2,"id":2,"guid":""", await GetAsync("/subjects/s/versions/latest"), StringComparison.Ordinal);
        Assert.StartsWith("""200 {"subject":"s","version":2,"id":2,"guid":""", await GetAsync("/subjects/s/versions/-1"), StringComparison.Ordinal);
        Assert.StartsWith("""200 {"subject":"s","version":1,"id":1,"guid":""", await PostAsync("/subjects/s", Body(SameAsFirst)), StringComparison.Ordinal);
    }

    /// <summary>Apache.Avro repeats the namespace on nested types; who registers nothing would not find what we registered.</summary>
    [Fact]
    public async Task A_schema_as_Apache_Avro_writes_it_is_the_same()
    {
        foreach (var ours in new[] { AvroSchema.For<Deployment>().Json, AvroSchema.For<Alert>().Json, AvroSchema.For<Enrichment>().Json, AvroSchema.For<DeploymentPipeline>().Json })
        {
            var theirs = Avro.Schema.Parse(ours).ToString();
            Assert.NotEqual(JsonNode.Parse(ours)!.ToJsonString(), JsonNode.Parse(theirs)!.ToJsonString());
            var subject = "/subjects/" + JsonNode.Parse(ours)!["name"];
            var registered = await PostAsync(subject + "/versions", Body(ours));

            Assert.StartsWith("200 ", registered, StringComparison.Ordinal);
            Assert.Equal(registered, await PostAsync(subject + "/versions", Body(theirs)));
            Assert.StartsWith("200 ", await PostAsync(subject, Body(theirs)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_not_there_has_Confluents_codes()
    {
        await PostAsync("/subjects/s/versions", Body(First));

        Assert.StartsWith("""404 {"error_code":40403,""", await GetAsync("/schemas/ids/7"), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40403,""", await GetAsync("/schemas/ids/7/versions"), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40401,""", await GetAsync("/subjects/x/versions"), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40401,""", await GetAsync("/subjects/x/versions/latest"), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40402,""", await GetAsync("/subjects/s/versions/2"), StringComparison.Ordinal);
        Assert.StartsWith("""422 {"error_code":42202,""", await GetAsync("/subjects/s/versions/zero"), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40401,""", await PostAsync("/subjects/x", Body(First)), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40403,""", await PostAsync("/subjects/s", Body(Promoted)), StringComparison.Ordinal);
        Assert.StartsWith("""404 {"error_code":40408,""", await GetAsync("/config/s"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_schema_is_refused()
    {
        Assert.StartsWith("""422 {"error_code":42201,"message":"Invalid schema: schema: no type 'x'""", await PostAsync("/subjects/s/versions", Body("\"x\"")), StringComparison.Ordinal);
        Assert.StartsWith("""422 {"error_code":42201,""", await PostAsync("/subjects/s/versions", "{}"), StringComparison.Ordinal);
        Assert.StartsWith("""422 {"error_code":42201,""", await PostAsync("/subjects/s/versions", """{"schema":"\"int\"","schemaType":"JSON"}"""), StringComparison.Ordinal);
        Assert.StartsWith("""422 {"error_code":42201,""", await PostAsync("/subjects/s/versions", """{"schema":"\"int\"","references":[{}]}"""), StringComparison.Ordinal);
        Assert.StartsWith("""400 {"error_code":400,""", await PostAsync("/subjects/s/versions", "nonsense"), StringComparison.Ordinal);
        Assert.StartsWith("""400 {"error_code":400,""", await PostAsync("/subjects/s/versions", "[]"), StringComparison.Ordinal);
        Assert.Equal("200 []", await GetAsync("/subjects"));
    }

    [Fact]
    public async Task A_schema_that_cannot_read_the_last_is_a_conflict()
    {
        await PostAsync("/subjects/s/versions", Body(First));

        string answer = await PostAsync("/subjects/s/versions", Body(Incompatible));

        Assert.StartsWith("""409 {"error_code":409,"message":"Schema being registered is incompatible with an earlier schema""", answer, StringComparison.Ordinal);
        Assert.Contains("R.a: int was written, string is expected", answer, StringComparison.Ordinal);
        Assert.Equal("200 [1]", await GetAsync("/subjects/s/versions"));
        Assert.Equal("""200 {"is_compatible":false}""", await PostAsync("/compatibility/subjects/s/versions/latest", Body(Incompatible)));
        Assert.Contains("string is expected", await PostAsync("/compatibility/subjects/s/versions/1?verbose=true", Body(Incompatible)), StringComparison.Ordinal);
        Assert.Equal("""200 {"is_compatible":true}""", await PostAsync("/compatibility/subjects/s/versions/1", Body(Promoted)));
        Assert.Equal("""200 {"is_compatible":true,"messages":[]}""", await PostAsync("/compatibility/subjects/x/versions/latest?verbose=true", Body(Promoted)));
        Assert.StartsWith("404 ", await PostAsync("/compatibility/subjects/s/versions/9", Body(Promoted)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NONE", First, Incompatible, true)]
    [InlineData("BACKWARD", First, Promoted, true)]
    [InlineData("BACKWARD", Promoted, First, false)]
    [InlineData("FORWARD", Promoted, First, true)]
    [InlineData("FORWARD", First, Promoted, false)]
    [InlineData("FULL", First, Promoted, false)]
    [InlineData("FULL_TRANSITIVE", First, SameAsFirst, true)]
    public async Task Each_level_compares_its_way(string level, string older, string newer, bool allowed)
    {
        Assert.Equal($$"""200 {"compatibility":"{{level}}"}""", await PutAsync("/config/s", $$"""{"compatibility":"{{level}}"}"""));
        Assert.Equal($$"""200 {"compatibilityLevel":"{{level}}"}""", await GetAsync("/config/s"));
        await PostAsync("/subjects/s/versions", Body(older));

        Assert.StartsWith(allowed ? "200" : "409", await PostAsync("/subjects/s/versions", Body(newer)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transitive_level_compares_all_versions()
    {
        const string withB = """{"type":"record","name":"R","fields":[{"name":"b","type":"string","default":""}]}""";
        const string withOtherA = """{"type":"record","name":"R","fields":[{"name":"a","type":"string","default":""}]}""";
        await PostAsync("/subjects/s/versions", Body(First));
        await PostAsync("/subjects/s/versions", Body(withB));
        await PutAsync("/config", """{"compatibility":"BACKWARD_TRANSITIVE"}""");

        Assert.StartsWith("409", await PostAsync("/subjects/s/versions", Body(withOtherA)), StringComparison.Ordinal);
        await PutAsync("/config", """{"compatibility":"BACKWARD"}""");
        Assert.StartsWith("200", await PostAsync("/subjects/s/versions", Body(withOtherA)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GUID_belongs_to_a_content_in_every_registry()
    {
        string guid = GuidIn(await PostAsync("/subjects/s/versions", Body(First)));
        await using SchemaRegistryServer other = await SchemaRegistryServer.StartAsync(0, limit.Token);
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = other.Url });
        await client.RegisterAsync("others", AvroSchema.Parse("\"int\""), limit.Token);
        int id = await client.RegisterAsync("others-2", AvroSchema.Parse(SameAsFirst), limit.Token);

        Assert.Equal(2, id);
        Assert.Equal((await client.GetAsync(id, limit.Token)).Json, (await client.GetAsync(SchemaId.Of(Guid.Parse(guid)), limit.Token)).Json);
        Assert.Equal(guid, GuidIn(await GetAsync("/schemas/ids/1")));
        Assert.Equal(guid, GuidIn(await GetAsync("/subjects/s/versions/1")));
        Assert.Equal(guid, GuidIn(await PostAsync("/subjects/s", Body(SameAsFirst))));
        Assert.Equal(First, JsonNode.Parse((await GetAsync("/schemas/guids/" + guid))[4..])!["schema"]!.GetValue<string>());
        Assert.Equal("""200 [{"context":".","id":1}]""", await GetAsync($"/schemas/guids/{guid}/ids"));
        Assert.NotEqual(guid, GuidIn(await PostAsync("/subjects/s/versions", Body(Promoted))));
        Assert.StartsWith("""404 {"error_code":40403,""", await GetAsync("/schemas/guids/" + Guid.Empty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Levels_types_and_mode_can_be_asked_for()
    {
        Assert.Equal("""200 {"compatibilityLevel":"BACKWARD"}""", await GetAsync("/config"));
        Assert.Equal("""200 {"compatibilityLevel":"BACKWARD"}""", await GetAsync("/config/s?defaultToGlobal=true"));
        Assert.StartsWith("""422 {"error_code":42203,""", await PutAsync("/config", """{"compatibility":"SIDEWAYS"}"""), StringComparison.Ordinal);
        Assert.Equal("""200 ["AVRO"]""", await GetAsync("/schemas/types"));
        Assert.Equal("""200 {"mode":"READWRITE"}""", await GetAsync("/mode"));
        Assert.Equal("200 {}", await GetAsync("/"));
    }

    [Fact]
    public async Task Our_client_registers_finds_and_is_refused()
    {
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = server.Url });
        await client.SetCompatibilityAsync("deployments-value", "BACKWARD", limit.Token);

        int id = await client.RegisterAsync("deployments-value", AvroSchema.For<Deployment>(), limit.Token);

        Assert.Equal(AvroSchema.For<Deployment>().Json, (await client.GetAsync(id, limit.Token)).Json);
        SchemaRejectedException e = await Assert.ThrowsAsync<SchemaRejectedException>(
            () => client.RegisterAsync("deployments-value", AvroSchema.For<Alert>(), limit.Token));
        Assert.Contains("Deployment was written", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnknownSchemaException>(() => client.GetAsync(99, limit.Token).AsTask());
        await Assert.ThrowsAsync<SchemaRejectedException>(() => client.SetCompatibilityAsync("x", "SIDEWAYS", limit.Token));
    }

    private static string GuidIn(string answer) => JsonNode.Parse(answer[4..])!["guid"]!.GetValue<string>();

    private static string Body(string schema) => new JsonObject { ["schema"] = schema }.ToJsonString();

    private Task<string> GetAsync(string path) => AskAsync(HttpMethod.Get, path, null);

    private Task<string> PostAsync(string path, string body) => AskAsync(HttpMethod.Post, path, body);

    private Task<string> PutAsync(string path, string body) => AskAsync(HttpMethod.Put, path, body);

    private async Task<string> AskAsync(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, server.Url + path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/vnd.schemaregistry.v1+json"));
        using HttpResponseMessage response = await http.SendAsync(request, limit.Token);
        Assert.Equal("application/vnd.schemaregistry.v1+json", response.Content.Headers.ContentType?.MediaType);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(limit.Token)}";
    }
}
