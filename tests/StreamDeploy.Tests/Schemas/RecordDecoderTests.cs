using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public sealed class RecordDecoderTests : IAsyncLifetime, IDisposable
{
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

    [Fact]
    public async Task A_record_decodes_as_it_was_encoded()
    {
        var encoder = new RecordEncoder<Deployment>(client, "deployments");
        var decoder = new RecordDecoder<Deployment>(client);
        await encoder.PrepareAsync(Ct);
        await encoder.PrepareAsync(Ct);
        byte[] value = encoder.Encode(Some.Deployment());

        Assert.False(decoder.TryDecode(value, out _));
        Deployment decoded = await decoder.DecodeAsync(value, Ct);

        Assert.Equal(RandomRecords.Describe(Some.Deployment()), RandomRecords.Describe(decoded));
        Assert.True(decoder.TryDecode(value, out Deployment? again));
        Assert.Equal(RandomRecords.Describe(decoded), RandomRecords.Describe(again));
    }

    [Fact]
    public async Task A_record_of_another_schema_decodes_by_that()
    {
        int id = await client.RegisterAsync("deployments-value", AvroSchema.Parse("""
            {"type":"record","name":"Deployment","fields":[
              {"name":"accountId","type":"string"},{"name":"eventId","type":"string"},{"name":"deploymentId","type":"string"},
              {"name":"pipelineId","type":"int"},{"name":"occurredAt","type":"long"}]}
            """), Ct);

        Deployment decoded = await new RecordDecoder<Deployment>(client).DecodeAsync(Value(id, 2, (byte)'a', 2, (byte)'e', 2, (byte)'d', 2, 4), Ct);

        Assert.Equal(("a", 1L, 2L), (decoded.AccountId, decoded.PipelineId, decoded.OccurredAtMs));
    }

    [Fact]
    public async Task What_can_never_be_read_is_poison_with_a_reason()
    {
        var decoder = new RecordDecoder<Team>(client);
        int ours = await client.RegisterAsync("teams-value", AvroSchema.For<Team>(), Ct);
        int other = await client.RegisterAsync("other-value", AvroSchema.Parse("\"string\""), Ct);

        await PoisonedAsync(decoder, [1, 2, 3], PoisonReason.NotWireFormat, "3 bytes; a schema header alone has 5");
        await PoisonedAsync(decoder, [], PoisonReason.NotWireFormat, "0 bytes");
        await PoisonedAsync(decoder, "{\"accountId\":\"a\"}"u8.ToArray(), PoisonReason.NotWireFormat, "the first byte is 123");
        await PoisonedAsync(decoder, Value(4711), PoisonReason.UnknownSchema, "the schema registry has no schema of id 4711");
        await PoisonedAsync(decoder, Value(other, 0), PoisonReason.IncompatibleSchema, $"written with schema {other}: Team: string was written, record streamdeploy.Team is expected");
        await PoisonedAsync(decoder, Value(ours, 2, 0xFF), PoisonReason.Malformed, $"written with schema {ours}: Team.accountId at byte 0: a string that is not UTF-8");
        PoisonException e = Assert.Throws<PoisonException>(() => decoder.TryDecode(Value(ours, 2, 0xFF), out _));
        Assert.Equal(PoisonReason.Malformed, e.Reason);
    }

    [Fact]
    public async Task A_schema_that_is_not_Avro_is_poison_and_a_registry_that_is_down_is_not()
    {
        await using FakeRegistry fake = await FakeRegistry.StartAsync(i => i == 1 ? (200, """{"schema":"{}","schemaType":"JSON"}""") : (503, "{}"));
        using var faulty = new SchemaRegistryClient(fake.Settings with { RetryFor = TimeSpan.Zero });
        var decoder = new RecordDecoder<Team>(faulty);

        await PoisonedAsync(decoder, Value(1), PoisonReason.UnreadableSchema, "schema 1 is JSON, not AVRO");
        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => decoder.DecodeAsync(Value(2), Ct).AsTask());
    }

    [Fact]
    public void An_encoder_that_was_not_prepared_says_so() =>
        Assert.Throws<InvalidOperationException>(() => new RecordEncoder<Team>(client, "teams").Encode(new Team { AccountId = "a", Id = 1 }));

    private async Task PoisonedAsync(RecordDecoder<Team> decoder, byte[] value, PoisonReason reason, string message)
    {
        PoisonException e = await Assert.ThrowsAsync<PoisonException>(() => decoder.DecodeAsync(value, Ct).AsTask());
        Assert.Equal(reason, e.Reason);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    private static byte[] Value(int id, params byte[] body)
    {
        byte[] value = [0, 0, 0, 0, 0, .. body];
        WireFormat.WriteHeader(value, id);
        return value;
    }
}
