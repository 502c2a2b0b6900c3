using System.Buffers.Binary;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using Apache = Avro;

namespace StreamDeploy.Tests.Schemas;

/// <summary>A team's own program in C#: Confluent's client with Confluent's Avro serializers, and nothing of ours.</summary>
internal sealed class ConfluentSerdes : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly KafkaSettings _settings;
    private readonly CachedSchemaRegistryClient _registry;

    public ConfluentSerdes(KafkaSettings settings)
    {
        _settings = settings;
        _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = settings.Registry.Url });
    }

    /// <summary>Writes a record under its account, as a generic record of its schema. The answer is the schema's id in the bytes.</summary>
    public Task<int> ProduceAsync(Deployment deployment, bool registering) => ProduceAsync(_settings.Topics.Deployments, deployment.AccountId, deployment, registering);

    public Task<int> ProduceAsync(Alert alert, bool registering) => ProduceAsync(_settings.Topics.Alerts, alert.AccountId, alert, registering);

    /// <summary>The deserializer reads this value, as a generic record and as the samples' class, as what we read it as.</summary>
    public async Task CheckAsync(Enrichment answer, string topic, byte[] value)
    {
        var generic = await ReadAsync<GenericRecord>(topic, value);
        var generated = await ReadAsync<streamdeploy.Enrichment>(topic, value);

        Assert.Equal(value[WireFormat.HeaderLength..], ApacheAvro.Write(Apache.Schema.Parse(AvroSchema.For<Enrichment>().Json), generic));
        Assert.Equal((answer.AccountId, answer.AlertId, answer.Revision, answer.Headline), (generated.accountId, generated.alertId, generated.revision, generated.headline));
        Assert.Equal(DateTime.UnixEpoch.AddMilliseconds(answer.AlertOccurredAtMs), generated.alertOccurredAt);
        var (ours, theirs) = (answer.Suspects[0], generated.suspects[0]);
        Assert.Equal((ours.DeploymentId, ours.Probability, ours.Kind.ToString(), ours.Service), (theirs.deploymentId, theirs.probability, theirs.kind.ToString(), theirs.service));
        Assert.Equal(ours.Evidence.Select(evidence => (evidence.Code.ToString(), evidence.Bits)), theirs.evidence.Select(evidence => (evidence.code.ToString(), evidence.bits)));
    }

    public void Dispose() => _registry.Dispose();

    private Task<T> ReadAsync<T>(string topic, byte[] value) =>
        new AvroDeserializer<T>(_registry, new AvroDeserializerConfig { SubjectNameStrategy = SubjectNameStrategy.Topic })
            .DeserializeAsync(value, isNull: false, new SerializationContext(MessageComponentType.Value, topic)).WaitAsync(Limit);

    private async Task<int> ProduceAsync<T>(string topic, string key, T value, bool registering)
    {
        var config = new ProducerConfig { BootstrapServers = _settings.BootstrapServers, Acks = Acks.All, EnableIdempotence = true, Partitioner = Partitioner.Murmur2Random };
        var serializer = new AvroSerializer<GenericRecord>(
            _registry, new AvroSerializerConfig { SubjectNameStrategy = SubjectNameStrategy.Topic, AutoRegisterSchemas = registering, NormalizeSchemas = true });
        var record = ApacheAvro.Record(Apache.Schema.Parse(AvroSchema.For<T>().Json), value!);
        var bytes = await serializer.SerializeAsync(record, new SerializationContext(MessageComponentType.Value, topic)).WaitAsync(Limit);
        using var producer = new ProducerBuilder<string, byte[]>(config).Build();
        await producer.ProduceAsync(topic, new() { Key = key, Value = bytes }).WaitAsync(Limit);
        return BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1));
    }
}
