using Avro;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using ConfluentId = Confluent.SchemaRegistry.SchemaId;
using SchemaId = StreamDeploy.Schemas.SchemaId;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Records whose schema is named by a header, as Confluent's serializers write it.</summary>
public sealed class SchemaIdHeaderTests : IAsyncLifetime, IDisposable
{
    private const string Topic = "teams";

    private const string TeamSchema = """
        {"type":"record","name":"Team","namespace":"elsewhere","fields":[
          {"name":"name","type":"string"},{"name":"accountId","type":"string"},{"name":"id","type":"int"}]}
        """;

    private static readonly byte[] OneTeam = [2, (byte)'n', 2, (byte)'a', 14];

    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
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
        client.Dispose();
        limit.Dispose();
    }

    [Theory]
    [InlineData(SchemaIdSerializerStrategy.Header, 17)]
    [InlineData(SchemaIdSerializerStrategy.Prefix, null)]
    public async Task What_Confluents_serializer_writes_is_read(SchemaIdSerializerStrategy strategy, int? headerBytes)
    {
        (byte[] value, Headers headers) = await SerializeAsync(strategy);
        var decoder = new RecordDecoder<Team>(client);

        Team decoded = await decoder.DecodeAsync(value, headers, Ct);

        Assert.Equal(("acme", 7, "Päyments"), (decoded.AccountId, decoded.Id, decoded.Name));
        Assert.Equal(headerBytes, headers.TryGetLastBytes(WireFormat.SchemaIdHeader, out byte[] header) ? header.Length : null);
        Assert.Equal(ConfluentId.VALUE_SCHEMA_ID_HEADER, WireFormat.SchemaIdHeader);
        Assert.True(decoder.TryDecode(value, headers, out Team? again));
        Assert.Equal(7, again.Id);
    }

    [Fact]
    public async Task An_id_in_the_header_is_read_as_Confluent_writes_it()
    {
        int id = await client.RegisterAsync("teams-value", AvroSchema.Parse(TeamSchema), Ct);
        var confluent = new ConfluentId(SchemaType.Avro, id, Guid.Empty);
        byte[] header = new byte[confluent.CalculateIdSize()];
        confluent.WriteIdToBytes(header);

        Team decoded = await new RecordDecoder<Team>(client).DecodeAsync(OneTeam, Named(header), Ct);

        Assert.Equal(("n", "a", 7), (decoded.Name, decoded.AccountId, decoded.Id));
    }

    [Fact]
    public async Task The_last_header_counts_and_others_do_not_matter()
    {
        int id = await client.RegisterAsync("teams-value", AvroSchema.Parse(TeamSchema), Ct);
        byte[] right = [0, 0, 0, 0, (byte)id];
        var decoder = new RecordDecoder<Team>(client);
        Headers headers = Named([9, 9]);
        headers.Add(WireFormat.SchemaIdHeader, right);
        headers.Add("__key_schema_id", [1, 2]);

        Assert.Equal(7, (await decoder.DecodeAsync(OneTeam, headers, Ct)).Id);
        Assert.Equal(7, (await decoder.DecodeAsync((byte[])[.. right, .. OneTeam], new Headers { { "__key_schema_id", [1, 2] } }, Ct)).Id);
        Assert.Equal(7, (await decoder.DecodeAsync((byte[])[.. right, .. OneTeam], [], Ct)).Id);
    }

    [Fact]
    public async Task A_header_that_names_no_schema_is_poison_with_a_reason()
    {
        var decoder = new RecordDecoder<Team>(client);
        int other = await client.RegisterAsync("other-value", AvroSchema.Parse("\"string\""), Ct);

        await PoisonedAsync(decoder, Named([1, 2, 3]), PoisonReason.NotWireFormat, "the header __value_schema_id has 3 bytes and begins with 1");
        await PoisonedAsync(decoder, Named(null), PoisonReason.NotWireFormat, "the header __value_schema_id has 0 bytes");
        await PoisonedAsync(decoder, Named(new byte[100_000]), PoisonReason.NotWireFormat, "the header __value_schema_id has 100000 bytes");
        await PoisonedAsync(decoder, Named([0, 0, 0, 0, 99]), PoisonReason.UnknownSchema, "the schema registry has no schema of id 99");
        await PoisonedAsync(decoder, Named([0, 0, 0, 0, (byte)other]), PoisonReason.IncompatibleSchema, $"written with schema {other}: ");
        await PoisonedAsync(decoder, Named([1, .. Guid.Empty.ToByteArray()]), PoisonReason.UnknownSchema,
            $"the header __value_schema_id names the schema GUID {Guid.Empty}, and the schema registry has no schema of this GUID");
        PoisonException e = Assert.Throws<PoisonException>(() => decoder.TryDecode(OneTeam, Named([1, 2, 3]), out _));
        Assert.Equal(PoisonReason.NotWireFormat, e.Reason);
    }

    [Fact]
    public async Task A_GUID_is_asked_for_once_and_so_is_one_that_is_unknown()
    {
        var known = Guid.NewGuid();
        await using FakeRegistry fake = await FakeRegistry.StartAsync((_, request) => Task.FromResult(request.Path.Value!.EndsWith($"{known}", StringComparison.Ordinal)
            ? (200, FakeRegistry.Schema) : (404, """{"error_code":40403,"message":"Schema not found"}""")));
        using SchemaRegistryClient asking = fake.Client();

        for (int i = 0; i < 3; i++)
        {
            await asking.GetAsync(SchemaId.Of(known), Ct);
            await Assert.ThrowsAsync<UnknownSchemaException>(() => asking.GetAsync(SchemaId.Of(Guid.Empty), Ct).AsTask());
        }

        Assert.Equal([$"GET /schemas/guids/{known}", $"GET /schemas/guids/{Guid.Empty}"], fake.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}")]
    public async Task A_registry_without_GUIDs_is_told_from_one_that_is_down(string notFound)
    {
        bool down = false;
        await using FakeRegistry fake = await FakeRegistry.StartAsync((_, request) =>
            Task.FromResult(request.Path == "/schemas/types" && !down ? (200, """["AVRO"]""") : (404, notFound)));
        using var asking = new SchemaRegistryClient(fake.Settings with { RetryFor = TimeSpan.Zero });

        UnknownSchemaException e = await Assert.ThrowsAsync<UnknownSchemaException>(() => asking.GetAsync(SchemaId.Of(Guid.NewGuid()), Ct).AsTask());
        down = true;
        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => asking.GetAsync(SchemaId.Of(Guid.NewGuid()), Ct).AsTask());

        Assert.Contains("this schema registry does not serve schemas by GUID", e.Message, StringComparison.Ordinal);
    }

    private async Task<(byte[] Value, Headers Headers)> SerializeAsync(SchemaIdSerializerStrategy strategy)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = server.Url });
        var serializer = new AvroSerializer<GenericRecord>(
            registry, new AvroSerializerConfig { SubjectNameStrategy = SubjectNameStrategy.Topic, AutoRegisterSchemas = true, SchemaIdStrategy = strategy });
        var team = new GenericRecord((RecordSchema)Avro.Schema.Parse(TeamSchema));
        team.Add("accountId", "acme");
        team.Add("id", 7);
        team.Add("name", "Päyments");
        var headers = new Headers();
        return (await serializer.SerializeAsync(team, new SerializationContext(MessageComponentType.Value, Topic, headers)), headers);
    }

    private async Task PoisonedAsync(RecordDecoder<Team> decoder, Headers headers, PoisonReason reason, string message)
    {
        PoisonException e = await Assert.ThrowsAsync<PoisonException>(() => decoder.DecodeAsync(OneTeam, headers, Ct).AsTask());
        Assert.Equal(reason, e.Reason);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    private static Headers Named(byte[]? header) => new() { { WireFormat.SchemaIdHeader, header } };
}
