using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.IntegrationTests.Schemas;

/// <summary>Against npm's @kafkajs/confluent-schema-registry, which reads Avro with avsc.</summary>
public class KafkaJsInteropTests
{
    private const string Package = "@kafkajs/confluent-schema-registry@4.1.0";
    private const int RecordsPerType = 20;

    [NeedsFact(Need.Npm)]
    public async Task KafkaJS_uses_our_registry_and_our_records()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using SchemaRegistryServer server = await SchemaRegistryServer.StartAsync(0, limit.Token);
        await CheckAsync(server.Url, limit.Token);
    }

    [NeedsFact(Need.Registry)]
    public async Task KafkaJS_reads_our_records_by_a_real_registry()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var registry = new RealRegistry();
        await CheckAsync(registry.Url, limit.Token);
    }

    private static async Task CheckAsync(string url, CancellationToken ct)
    {
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = url });
        Topic[] topics =
        [
            await PrepareAsync<Deployment>(client, ct), await PrepareAsync<Alert>(client, ct), await PrepareAsync<Enrichment>(client, ct),
            await PrepareAsync<DeploymentPipeline>(client, ct), await PrepareAsync<AlertSource>(client, ct), await PrepareAsync<EscalationPolicy>(client, ct),
            await PrepareAsync<Team>(client, ct), await PrepareAsync<Account>(client, ct),
        ];
        var request = new JsonObject { ["url"] = url, ["topics"] = new JsonArray([.. topics.Select(topic => topic.Request)]) };

        JsonElement result = JsonDocument.Parse(await RunAsync(request.ToJsonString())).RootElement;

        for (int i = 0; i < topics.Length; i++)
        {
            JsonElement answer = result.GetProperty("topics")[i];
            Assert.Equal(topics[i].Id, answer.GetProperty("id").GetInt32());
            Assert.Equal(topics[i].Id, answer.GetProperty("latest").GetInt32());
            Assert.Equal(topics[i].Id, answer.GetProperty("found").GetInt32());
            Assert.NotNull(answer.GetProperty("incompatible").GetString());
            await topics[i].CheckAsync(answer);
        }
        Assert.NotNull(result.GetProperty("unknown").GetString());
    }

    private sealed record Topic(int Id, JsonObject Request, Func<JsonElement, Task> CheckAsync);

    private static async Task<Topic> PrepareAsync<T>(SchemaRegistryClient client, CancellationToken ct)
    {
        string topic = "interop-" + typeof(T).Name;
        await client.SetCompatibilityAsync(Subjects.Of(topic), "BACKWARD", ct);
        var encoder = new RecordEncoder<T>(client, topic);
        await encoder.PrepareAsync(ct);
        var random = new Random(4);
        T[] records = [.. Enumerable.Range(0, RecordsPerType).Select(_ => RandomRecords.Of<T>(random, portable: true))];
        var request = new JsonObject
        {
            ["subject"] = Subjects.Of(topic),
            ["schema"] = AvroSchema.For<T>().Json,
            ["incompatible"] = $$"""{"type":"record","name":"{{typeof(T).Name}}","namespace":"streamdeploy","fields":[{"name":"accountId","type":"int"}]}""",
            ["bodies"] = new JsonArray([.. records.Select(record => JsonValue.Create(Convert.ToHexString(encoder.Encode(record))))]),
        };
        return new Topic(await client.RegisterAsync(Subjects.Of(topic), AvroSchema.For<T>(), ct), request, async answer =>
        {
            var decoder = new RecordDecoder<T>(client);
            for (int i = 0; i < records.Length; i++)
            {
                string expected = RandomRecords.Describe(records[i]);
                Assert.Equal(expected, RandomRecords.Describe(RecordJson<T>.Instance.Read(answer.GetProperty("values")[i], "record")));
                byte[] written = Convert.FromHexString(answer.GetProperty("bodies")[i].GetString()!);
                Assert.Equal(expected, RandomRecords.Describe(await decoder.DecodeAsync(written, ct)));
            }
        });
    }

    private static async Task<string> RunAsync(string request)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("streamdeploy-kafkajs-");
        try
        {
            await Tool.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", Package], folder: folder.FullName);
            return await Tool.RunAsync("node", [Tool.Script("kafkajs_interop.cjs"), folder.FullName], request);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
