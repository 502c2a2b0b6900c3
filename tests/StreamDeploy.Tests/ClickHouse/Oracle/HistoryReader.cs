using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>Makes the oracle's records of what a consumer reads from the topics of the history.</summary>
public sealed class HistoryReader(TopicNames names, SchemaRegistryClient registry)
{
    private readonly RecordDecoder<Deployment> _deployments = new(registry);
    private readonly RecordDecoder<Alert> _alerts = new(registry);
    private readonly RecordDecoder<Enrichment> _enrichments = new(registry);

    /// <summary>The topics of the history.</summary>
    public IReadOnlyList<string> Topics => [names.Deployments, names.Alerts, names.Enrichments, names.DeadLetters];

    /// <summary>Null for what nobody can read: the sink sets it aside, and its letter is a record of its own.</summary>
    public async Task<HistoryRecord?> ReadAsync(ConsumeResult<byte[]?, byte[]?> raw)
    {
        try
        {
            object record = raw.Topic == names.DeadLetters ? ReadLetter(raw)
                : raw.Topic == names.Deployments ? await _deployments.DecodeAsync(raw.Message.Value, CancellationToken.None)
                : raw.Topic == names.Alerts ? await _alerts.DecodeAsync(raw.Message.Value, CancellationToken.None)
                : await _enrichments.DecodeAsync(raw.Message.Value, CancellationToken.None);
            return new(raw.Partition.Value, raw.Offset.Value, raw.Message.Timestamp.UnixTimestampMs, record);
        }
        catch (PoisonException)
        {
            return null;
        }
    }

    private static Letter ReadLetter(ConsumeResult<byte[]?, byte[]?> raw)
    {
        return new()
        {
            AccountId = Encoding.UTF8.GetString(raw.Message.Key ?? []),
            Reader = Header(DeadLetterProducer.ReaderHeader) is { Length: > 0 } reader ? reader : "worker",
            Reason = Header(DeadLetters.ReasonHeader),
            Error = Header(DeadLetters.ErrorHeader),
            Topic = Header(DeadLetters.TopicHeader),
            RecordPartition = int.Parse(Header(DeadLetters.PartitionHeader), CultureInfo.InvariantCulture),
            RecordOffset = long.Parse(Header(DeadLetters.OffsetHeader), CultureInfo.InvariantCulture),
            RecordArrivedMs = Math.Max(0, long.Parse(Header(DeadLetters.TimestampHeader), CultureInfo.InvariantCulture)),
            Bytes = raw.Message.Value?.Length ?? 0,
        };

        string Header(string name) => raw.Message.Headers.TryGetLastBytes(name, out byte[] text) ? Encoding.UTF8.GetString(text) : "";
    }
}
