using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.IntegrationTests.Schemas;

/// <summary>Against Apache's library and Confluent's client, as Debian ships them.</summary>
public partial class PythonInteropTests
{
    private const int RecordsPerType = 25;
    private const int SchemasPerType = 15;

    private static readonly Type[] Types =
    [
        typeof(Deployment), typeof(Alert), typeof(Enrichment), typeof(DeploymentPipeline), typeof(AlertSource), typeof(EscalationPolicy), typeof(Team), typeof(Account),
    ];

    [NeedsFact(Need.Python)]
    public async Task Apaches_library_reads_what_we_write_and_we_read_what_it_writes()
    {
        var random = new Random(1);
        Case[] cases = [.. Types.SelectMany(type => Call<IEnumerable<Case>>(nameof(OurRecords), type, random))];

        JsonElement[] answers = await AskAsync(cases);

        for (int i = 0; i < cases.Length; i++)
            cases[i].Check(answers[i]);
    }

    [NeedsFact(Need.Python)]
    public async Task What_it_writes_with_evolved_schemas_we_read_as_it_does()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        Case[] cases = [.. Types.SelectMany(type => Call<IEnumerable<Case>>(nameof(EvolvedWriters), type, random))];

        JsonElement[] answers = await AskAsync(cases);

        int compared = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            // Not all of the specification is in that library: it knows no enum defaults, for one.
            if (!answers[i].TryGetProperty("value", out _))
                continue;
            Exception? e = Record.Exception(() => cases[i].Check(answers[i]));
            Assert.True(e is null, $"seed {seed}: {e}");
            compared++;
        }
        Assert.True(compared > cases.Length / 4, $"seed {seed}: only {compared} of {cases.Length} could be compared");
    }

    [NeedsFact(Need.Python)]
    public async Task It_reads_what_we_write_with_a_schema_of_fewer_fields()
    {
        var random = new Random(2);
        Case[] cases = [.. Types.SelectMany(type => Call<IEnumerable<Case>>(nameof(SmallerReaders), type, random))];

        JsonElement[] answers = await AskAsync(cases);

        for (int i = 0; i < cases.Length; i++)
            cases[i].Check(answers[i]);
    }

    [NeedsFact(Need.Python)]
    public async Task Confluents_client_uses_our_registry_and_our_records()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using SchemaRegistryServer server = await SchemaRegistryServer.StartAsync(0, limit.Token);
        using var client = new SchemaRegistryClient(new SchemaRegistrySettings { Url = server.Url });
        var encoder = new RecordEncoder<Alert>(client, "alerts");
        await encoder.PrepareAsync(limit.Token);
        var random = new Random(3);
        // Its serializer makes datetimes of logical types, which have no nanoseconds to lose but years to run out of.
        Alert[] alerts = [.. Enumerable.Range(0, 20).Select(_ => RandomRecords.Of<Alert>(random))];
        AvroSchema plain = AvroSchema.Parse(WithoutTimes(AvroSchema.For<Alert>().Json));
        int id = await client.RegisterAsync("plain-alerts-value", plain, limit.Token);
        var request = new JsonObject
        {
            ["url"] = server.Url,
            ["subject"] = "plain-alerts-value",
            ["schema"] = plain.Json,
            ["incompatible"] = """{"type":"record","name":"Alert","namespace":"streamdeploy","fields":[{"name":"accountId","type":"int"}]}""",
            ["values"] = new JsonArray([.. alerts.Select(alert => JsonValue.Create(Convert.ToHexString(WithId(encoder.Encode(alert), id))))]),
        };

        JsonElement result = JsonDocument.Parse(await Tool.RunAsync(Tool.Python, [Tool.Script("confluent_interop.py")], request.ToJsonString())).RootElement;

        Assert.Equal("[404,40403]", result.GetProperty("unknown_id").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("[404,40401]", result.GetProperty("unknown_subject").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("BACKWARD", result.GetProperty("compatibility").GetString());
        Assert.Equal(id, result.GetProperty("id").GetInt32());
        Assert.Equal(id, result.GetProperty("id_again").GetInt32());
        Assert.True(result.GetProperty("found").GetBoolean());
        Assert.True(result.GetProperty("listed").GetBoolean());
        Assert.Equal($"[{id},1]", result.GetProperty("lookup").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal($"[{id},1]", result.GetProperty("latest").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("[1]", result.GetProperty("versions").GetRawText());
        Assert.Equal(409, result.GetProperty("incompatible")[0].GetInt32());
        var decoder = new RecordDecoder<Alert>(client);
        for (int i = 0; i < alerts.Length; i++)
        {
            Assert.Equal(RandomRecords.Describe(alerts[i]), RandomRecords.Describe(RecordJson<Alert>.Instance.Read(result.GetProperty("values")[i], "alert")));
            byte[] written = Convert.FromHexString(result.GetProperty("bodies")[i].GetString()!);
            Assert.Equal(RandomRecords.Describe(alerts[i]), RandomRecords.Describe(await decoder.DecodeAsync(written, limit.Token)));
        }
    }

    /// <summary>One request to the script and what its answer must be.</summary>
    private sealed record Case(JsonObject Request, Action<JsonElement> Check);

    private static IEnumerable<Case> OurRecords<T>(Random random)
    {
        AvroCodec<T> codec = AvroCodec<T>.Instance;
        AvroReader<T> reader = codec.ReaderFor(codec.Schema);
        for (int i = 0; i < RecordsPerType; i++)
        {
            T record = RandomRecords.Of<T>(random);
            string expected = RandomRecords.Describe(record);
            yield return new Case(
                Request(codec.Schema.Json, codec.Schema.Json, "body", Convert.ToHexString(codec.Encode(record))),
                answer => Assert.Equal(expected, RandomRecords.Describe(RecordJson<T>.Instance.Read(answer.GetProperty("value"), "record"))));
            yield return new Case(
                Request(codec.Schema.Json, codec.Schema.Json, "value", Json(record)),
                answer => Assert.Equal(expected, RandomRecords.Describe(reader.Read(Body(answer)))));
        }
    }

    private static IEnumerable<Case> EvolvedWriters<T>(Random random)
    {
        string ours = AvroSchema.For<T>().Json;
        for (int i = 0; i < SchemasPerType; i++)
        {
            // That library wants the same namespace and will not read bytes as a string.
            string evolved = Elsewhere().Replace(EvolvedSchema.Of(ours, random), "\"streamdeploy\"").Replace("\"type\":\"bytes\"", "\"type\":\"string\"", StringComparison.Ordinal);
            var naive = new NaiveAvro(evolved);
            // We refuse at once what it refuses at the first item of a list that may be empty.
            if (SchemaCompatibility.Problem(AvroSchema.For<T>(), AvroSchema.ParseWriter(evolved)) is not null && !Resolves<T>(evolved))
                continue;
            for (int j = 0; j < 3; j++)
            {
                JsonObject request = Request(evolved, ours, "value", naive.ToJson(naive.Generate(random)));
                request["tagged"] = true;
                yield return new Case(request, answer =>
                {
                    T read = AvroCodec<T>.Instance.ReaderFor(AvroSchema.ParseWriter(evolved)).Read(Body(answer));
                    string expected = RandomRecords.Describe(RecordJson<T>.Instance.Read(answer.GetProperty("value"), "record"));
                    Assert.True(expected == RandomRecords.Describe(read), $"writer {evolved}\nthere {expected}\nhere  {RandomRecords.Describe(read)}");
                });
            }
        }
    }

    private static bool Resolves<T>(string writer) =>
        Record.Exception(() => AvroCodec<T>.Instance.ReaderFor(AvroSchema.ParseWriter(writer))) is not AvroResolutionException;

    private static IEnumerable<Case> SmallerReaders<T>(Random random)
    {
        AvroCodec<T> codec = AvroCodec<T>.Instance;
        for (int i = 0; i < RecordsPerType; i++)
        {
            JsonNode smaller = JsonNode.Parse(codec.Schema.Json)!;
            JsonArray fields = smaller["fields"]!.AsArray();
            // A definition that goes with its field would be missed by those that refer to it.
            foreach (JsonNode? field in fields.Where(field => !field!.ToJsonString().Contains("\"name\":", StringComparison.Ordinal) || field!["type"] is JsonValue).ToList())
            {
                if (random.Next(2) == 0)
                    fields.Remove(field);
            }
            T record = RandomRecords.Of<T>(random);
            JsonObject expected = (JsonObject)Json(record)!;
            yield return new Case(Request(codec.Schema.Json, smaller.ToJsonString(), "body", Convert.ToHexString(codec.Encode(record))), answer =>
            {
                foreach (JsonNode? field in fields)
                {
                    string name = field!["name"]!.GetValue<string>();
                    Assert.True(JsonNode.DeepEquals(expected[name], JsonNode.Parse(answer.GetProperty("value").GetProperty(name).GetRawText())), $"{typeof(T).Name}.{name}: {answer}");
                }
                Assert.Equal(fields.Count, answer.GetProperty("value").EnumerateObject().Count());
            });
        }
    }

    private static JsonObject Request(string writer, string reader, string name, JsonNode? value) =>
        new() { ["writer"] = writer, ["reader"] = reader, ["tagged"] = false, [name] = value };

    private static byte[] Body(JsonElement answer) => Convert.FromHexString(answer.GetProperty("body").GetString()!);

    private static JsonNode? Json<T>(T record)
    {
        var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            RecordJson<T>.Instance.Write(writer, record);
        return JsonNode.Parse(stream.ToArray());
    }

    private static async Task<JsonElement[]> AskAsync(Case[] cases)
    {
        string input = string.Join('\n', cases.Select(one => one.Request.ToJsonString())) + "\n";
        string output = await Tool.RunAsync(Tool.Python, [Tool.Script("avro_interop.py")], input);
        JsonElement[] answers = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(cases.Length, answers.Length);
        return answers;
    }

    private static TResult Call<TResult>(string method, Type type, Random random) =>
        typeof(PythonInteropTests).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type).CreateDelegate<Func<Random, TResult>>()(random);

    [GeneratedRegex("\"elsewhere[0-9]+\"")]
    private static partial Regex Elsewhere();

    private static string WithoutTimes(string json) => json.Replace(",\"logicalType\":\"timestamp-millis\"", "", StringComparison.Ordinal);

    private static byte[] WithId(byte[] value, int id)
    {
        WireFormat.WriteHeader(value, id);
        return value;
    }
}
