using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Schemas that use types which other subjects define.</summary>
public sealed class SchemaReferenceTests : IAsyncLifetime, IDisposable
{
    private const string Link = """{"type":"record","name":"Link","namespace":"n","fields":[{"name":"href","type":"string"}]}""";
    private const string Links = """{"type":"record","name":"Links","namespace":"n","fields":[{"name":"all","type":{"type":"array","items":"Link"}}]}""";
    private const string Page = """{"type":"record","name":"Page","namespace":"n","fields":[{"name":"first","type":"Link"},{"name":"links","type":"n.Links"}]}""";

    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
    private readonly HttpClient http = new();
    private SchemaRegistryServer server = null!;
    private SchemaRegistryClient client = null!;

    private CancellationToken Ct => limit.Token;

    public async Task InitializeAsync()
    {
        server = await SchemaRegistryServer.StartAsync(0, Ct);
        client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = server.Url });
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    public void Dispose()
    {
        http.Dispose();
        client.Dispose();
        limit.Dispose();
    }

    [Fact]
    public async Task A_record_whose_type_is_defined_elsewhere_is_read()
    {
        JsonNode ours = JsonNode.Parse(AvroSchema.For<Deployment>().Json)!;
        JsonNode field = ours["fields"]!.AsArray().Single(field => field!["name"]!.GetValue<string>() == "author")!;
        JsonNode author = field["type"]![1]!.DeepClone();
        author["namespace"] = "streamdeploy";
        field["type"]![1] = "streamdeploy.Author";
        await RegisterAsync("streamdeploy.Author", author.ToJsonString());
        int id = await RegisterAsync("deployments-value", ours.ToJsonString(), ("streamdeploy.Author", "streamdeploy.Author", 1));
        Deployment sent = Some.Deployment() with { Author = new Author { Name = "Dev" } };
        byte[] value = AvroCodec<Deployment>.Instance.Encode(sent, WireFormat.HeaderLength);
        WireFormat.WriteHeader(value, id);

        Deployment decoded = await new RecordDecoder<Deployment>(client).DecodeAsync(value, Ct);

        Assert.Equal("Dev", decoded.Author?.Name);
        Assert.Equal(RandomRecords.Describe(sent), RandomRecords.Describe(decoded));
    }

    [Fact]
    public async Task References_of_references_are_followed_and_each_is_asked_for_once()
    {
        await using FakeRegistry fake = await FakeRegistry.StartAsync((_, request) => Task.FromResult((200, request.Path.Value switch
        {
            "/subjects/link/versions/1" => Answer(Link),
            "/subjects/links/versions/3" => Answer(Links, ("n.Link", "link", 1)),
            _ => Answer(Page, ("n.Links", "links", 3), ("n.Link", "link", 1)),
        })));
        using SchemaRegistryClient asking = fake.Client();

        AvroSchema schema = await asking.GetAsync(7, Ct);
        await asking.GetAsync(7, Ct);

        Assert.Equal(Page, schema.Json);
        Assert.Equal(["GET /schemas/ids/7", "GET /subjects/links/versions/3", "GET /subjects/link/versions/1"], fake.Requests);
        Assert.Null(SchemaCompatibility.Problem(AvroSchema.Parse(Page, [Link, Links]), schema));
    }

    [Fact]
    public async Task What_cannot_be_followed_says_so()
    {
        await RefusedAsync("schema 7 refers to version 1 of subject link, which the schema registry does not have", path => path == "/schemas/ids/7"
            ? (200, Answer(Page, ("n.Link", "link", 1))) : (404, """{"error_code":40401,"message":"Subject not found"}"""));
        await RefusedAsync("version 1 of subject link, to which schema 7 refers, is PROTOBUF, not AVRO", path => path == "/schemas/ids/7"
            ? (200, Answer(Page, ("n.Link", "link", 1))) : (200, """{"schema":"","schemaType":"PROTOBUF"}"""));
        await RefusedAsync("schema 7 cannot be parsed: referenced schema 1 of 1: schema: no type 'x'", path => path == "/schemas/ids/7"
            ? (200, Answer(Page, ("n.Link", "link", 1))) : (200, Answer("\"x\"")));
        await RefusedAsync("schema 7 cannot be parsed: n.Page.first: no type 'Link'", path => path == "/schemas/ids/7"
            ? (200, Answer(Page, ("n.Links", "links", 1))) : (200, Answer("\"int\"")));
    }

    [Fact]
    public async Task References_without_end_are_refused()
    {
        // Each refers to the next, and to itself.
        await RefusedAsync("schema 7 has a chain of more than 16 references", path =>
        {
            int at = path == "/schemas/ids/7" ? 0 : int.Parse(path.Split('/')[2], null);
            return (200, Answer("\"int\"", ($"n{at}", $"{at}", 1), ($"n{at + 1}", $"{at + 1}", 1)));
        });
        await RefusedAsync("schema 7 cannot be parsed: it has 201 references; at most 200 are allowed", path =>
            (200, Answer("\"int\"", [.. Enumerable.Range(0, 201).Select(i => ($"n{i}", $"s{i}", 1))])));
        await RefusedAsync("schema 7 needs more than 200 other schemas", path =>
            (200, path switch
            {
                "/schemas/ids/7" => Answer("\"int\"", Many("s")),
                "/subjects/s0/versions/1" => Answer("\"int\"", Many("t")),
                _ => Answer("\"int\""),
            }));
        await RefusedAsync("the schemas to which schema 7 refers have more than 1048576 characters", path =>
            (200, Answer($"\"{new string('x', path == "/schemas/ids/7" ? 1 : 600_000)}\"", ("a", "a", 1), ("b", "b", 1))));
        // In a circle: each is asked for once, and none can be parsed before the other.
        await RefusedAsync("schema 7 cannot be parsed: referenced schema 1 of 2: ", path => path == "/subjects/a/versions/1"
            ? (200, Answer("""{"type":"record","name":"A","fields":[{"name":"b","type":"B"}]}""", ("B", "b", 1)))
            : (200, Answer("""{"type":"record","name":"B","fields":[{"name":"a","type":"A"}]}""", ("A", "a", 1), ("B", "b", 1))));
    }

    [Fact]
    public async Task A_registry_that_goes_while_references_are_fetched_is_unavailable_and_not_poison()
    {
        await using FakeRegistry fake = await FakeRegistry.StartAsync(i => i switch
        {
            1 or 3 => (200, Answer(Page, ("n.Link", "link", 1), ("n.Links", "links", 1))),
            2 => (503, "{}"),
            4 => (200, Answer(Link)),
            _ => (200, Answer(Links)),
        });
        using var asking = new SchemaRegistryClient(fake.Settings with { RetryFor = TimeSpan.Zero });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => asking.GetAsync(7, Ct).AsTask());
        await asking.GetAsync(7, Ct);
    }

    [Fact]
    public async Task The_embedded_registry_keeps_references_and_refuses_those_that_lead_nowhere()
    {
        Assert.StartsWith("""422 {"error_code":42201,"message":"Invalid schema: no schema reference found for subject \"link\" and version 1""", await PostAsync("links", Links, ("n.Link", "link", 1)), StringComparison.Ordinal);
        Assert.StartsWith("422 ", await PostAsync("links", Links), StringComparison.Ordinal);
        await RegisterAsync("link", Link);
        int links = await RegisterAsync("links", Links, ("n.Link", "link", -1));
        Assert.Equal(links, await RegisterAsync("links", Links, ("n.Link", "link", 1)));
        int page = await RegisterAsync("page", Page, ("n.Links", "links", 1));

        const string expected = """[{"name":"n.Link","subject":"link","version":1}]""";
        Assert.Equal(expected, (await GetAsync($"/schemas/ids/{links}"))["references"]!.ToJsonString());
        Assert.Equal(expected, (await GetAsync("/subjects/links/versions/latest"))["references"]!.ToJsonString());
        Assert.Null((await GetAsync("/subjects/link/versions/1"))["references"]);
        Assert.Equal($"[{links}]", (await GetAsync("/subjects/link/versions/1/referencedby")).ToJsonString());
        Assert.Equal(Page, (await client.GetAsync(page, Ct)).Json);
    }

    private async Task RefusedAsync(string expected, Func<string, (int Status, string Body)> answer)
    {
        await using FakeRegistry fake = await FakeRegistry.StartAsync((_, request) => Task.FromResult(answer(Uri.UnescapeDataString(request.Path.Value!))));
        using SchemaRegistryClient asking = fake.Client();
        UnreadableSchemaException e = await Assert.ThrowsAsync<UnreadableSchemaException>(() => asking.GetAsync(7, Ct).AsTask());
        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
        int requests = fake.Requests.Count;
        await Assert.ThrowsAsync<UnreadableSchemaException>(() => asking.GetAsync(7, Ct).AsTask());
        Assert.Equal(requests, fake.Requests.Count);
    }

    private static (string Name, string Subject, int Version)[] Many(string name) => [.. Enumerable.Range(0, 150).Select(i => ($"{name}{i}", $"{name}{i}", 1))];

    private static string Answer(string schema, params (string Name, string Subject, int Version)[] references) => new JsonObject
    {
        ["schema"] = schema,
        ["references"] = new JsonArray([.. references.Select(r => new JsonObject { ["name"] = r.Name, ["subject"] = r.Subject, ["version"] = r.Version })]),
    }.ToJsonString();

    private async Task<int> RegisterAsync(string subject, string schema, params (string Name, string Subject, int Version)[] references)
    {
        string answer = await PostAsync(subject, schema, references);
        Assert.StartsWith("200 ", answer, StringComparison.Ordinal);
        return JsonNode.Parse(answer[4..])!["id"]!.GetValue<int>();
    }

    private async Task<string> PostAsync(string subject, string schema, params (string Name, string Subject, int Version)[] references)
    {
        using var content = new StringContent(Answer(schema, references), Encoding.UTF8, new MediaTypeHeaderValue("application/vnd.schemaregistry.v1+json"));
        using HttpResponseMessage response = await http.PostAsync($"{server.Url}/subjects/{subject}/versions", content, Ct);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Ct)}";
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await http.GetStringAsync(server.Url + path, Ct))!;
}
