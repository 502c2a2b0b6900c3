using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Cli.Demo;

/// <summary>Reads the enrichments topic from its beginning, as an incident tool would.</summary>
internal sealed class AnswerReader : IDisposable
{
    private const int RecordsMax = 100;

    private readonly TopicConsumer _consumer;
    private readonly SchemaRegistryClient _registry;
    private readonly RecordDecoder<Enrichment> _decoder;

    public AnswerReader(KafkaSettings kafka, ILoggerFactory logs)
    {
        _registry = new SchemaRegistryClient(kafka.Registry);
        _decoder = new RecordDecoder<Enrichment>(_registry);
        _consumer = TopicConsumer.Open(kafka with { GroupId = "demo" }, [kafka.Topics.Enrichments], assignAll: true, logs);
    }

    public IEnumerable<Enrichment> Read(TimeSpan timeout)
    {
        foreach (var record in _consumer.Poll(RecordsMax, timeout))
        {
            if (record.Value is { } value) yield return _decoder.DecodeAsync(value, record.Headers, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _registry.Dispose();
    }
}
