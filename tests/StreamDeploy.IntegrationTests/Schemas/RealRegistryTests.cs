using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;

namespace StreamDeploy.IntegrationTests.Schemas;

/// <summary>Our client against a real registry, whose URL has a path.</summary>
public class RealRegistryTests
{
    private const string Subject = "deployments-value";

    [NeedsFact(Need.Registry)]
    public async Task Schemas_are_registered_found_and_refused()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var registry = new RealRegistry();
        var settings = new SchemaRegistrySettings { Url = registry.Url };
        using var client = new SchemaRegistryClient(settings);
        using var other = new SchemaRegistryClient(settings);

        int id = await client.RegisterAsync(Subject, AvroSchema.For<Deployment>(), limit.Token);
        await client.SetCompatibilityAsync(Subject, "BACKWARD", limit.Token);

        Assert.Equal(id, await other.RegisterAsync(Subject, AvroSchema.For<Deployment>(), limit.Token));
        AvroSchema found = await other.GetAsync(id, limit.Token);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(AvroSchema.For<Deployment>().Json), JsonNode.Parse(found.Json)));
        SchemaRejectedException e = await Assert.ThrowsAsync<SchemaRejectedException>(() => client.RegisterAsync(Subject, AvroSchema.For<Team>(), limit.Token));
        Assert.Contains(Subject, e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnknownSchemaException>(() => client.GetAsync(4711, limit.Token).AsTask());
        var decoder = new RecordDecoder<Deployment>(other);
        PoisonException poison = await Assert.ThrowsAsync<PoisonException>(() => decoder.DecodeAsync(new byte[] { 0, 0, 0, 18, 103, 0 }, limit.Token).AsTask());
        Assert.Equal(PoisonReason.UnknownSchema, poison.Reason);
    }

    [NeedsFact(Need.Registry)]
    public async Task References_are_followed_and_a_GUID_that_it_cannot_serve_is_poison()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var registry = new RealRegistry();
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = registry.Url });
        await client.RegisterAsync("link-value", AvroSchema.Parse("""{"type":"record","name":"Link","namespace":"n","fields":[]}"""), limit.Token);
        var body = new JsonObject
        {
            ["schema"] = """{"type":"record","name":"Page","namespace":"n","fields":[{"name":"link","type":"n.Link"}]}""",
            ["references"] = new JsonArray(new JsonObject { ["name"] = "n.Link", ["subject"] = "link-value", ["version"] = 1 }),
        };
        using var http = new HttpClient();
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/vnd.schemaregistry.v1+json");
        using HttpResponseMessage response = await http.PostAsync(registry.Url + "/subjects/page-value/versions", content, limit.Token);
        response.EnsureSuccessStatusCode();
        int id = JsonNode.Parse(await response.Content.ReadAsStringAsync(limit.Token))!["id"]!.GetValue<int>();

        AvroSchema page = await client.GetAsync(id, limit.Token);

        const string whole = """{"type":"record","name":"Page","namespace":"n","fields":[{"name":"link","type":{"type":"record","name":"Link","fields":[]}}]}""";
        Assert.Null(SchemaCompatibility.Problem(reader: AvroSchema.Parse(whole), writer: page));
        var headers = new Headers { { WireFormat.SchemaIdHeader, [1, .. new byte[16]] } };
        PoisonException poison = await Assert.ThrowsAsync<PoisonException>(() => new RecordDecoder<Team>(client).DecodeAsync(new byte[] { 0 }, headers, limit.Token).AsTask());
        Assert.Equal(PoisonReason.UnknownSchema, poison.Reason);
    }

    [NeedsFact(Need.Registry)]
    public async Task A_registry_that_goes_is_unavailable()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var registry = new RealRegistry();
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = registry.Url, RetryFor = TimeSpan.FromSeconds(1) });
        int id = await client.RegisterAsync(Subject, AvroSchema.For<Deployment>(), limit.Token);
        await client.GetAsync(id, limit.Token);

        registry.Kill();

        await client.GetAsync(id, limit.Token);
        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(id + 1, limit.Token).AsTask());
    }
}
