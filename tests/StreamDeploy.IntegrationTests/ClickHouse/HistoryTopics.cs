using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Chaos;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>All that a reader of committed records sees in the history's topics, for the oracle.</summary>
internal static class HistoryTopics
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static List<HistoryRecord> Read(KafkaSettings settings)
    {
        using var registry = new SchemaRegistryClient(settings.Registry);
        var records = new List<HistoryRecord>();
        ReadTopic(settings.Topics.Deployments, Decode(new RecordDecoder<Deployment>(registry)));
        ReadTopic(settings.Topics.Alerts, Decode(new RecordDecoder<Alert>(registry)));
        ReadTopic(settings.Topics.Enrichments, Decode(new RecordDecoder<Enrichment>(registry)));
        ReadTopic(settings.Topics.DeadLetters, LetterOf);
        return records;

        void ReadTopic(string name, Func<ConsumeResult<byte[]?, byte[]?>, object?> read)
        {
            using var topic = new CommittedTopic(settings.BootstrapServers, name, PartitionsOf(settings, name).Length);
            string? open = topic.ReadToEnd(raw =>
            {
                if (read(raw) is { } record)
                    records.Add(new(raw.Partition.Value, raw.Offset.Value, raw.Message.Timestamp.UnixTimestampMs, record));
            }, Limit);
            Assert.Null(open);
        }
    }

    public static TopicPartition[] PartitionsOf(KafkaSettings settings, string topic)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();
        return [.. admin.GetMetadata(topic, Limit).Topics.Single().Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }

    /// <summary>Null: nobody can read it, so it is no row.</summary>
    private static Func<ConsumeResult<byte[]?, byte[]?>, object?> Decode<T>(RecordDecoder<T> decoder) => raw =>
    {
        try
        {
            return decoder.DecodeAsync(raw.Message.Value!, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (PoisonException)
        {
            return null;
        }
    };

    private static Letter LetterOf(ConsumeResult<byte[]?, byte[]?> raw)
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
            RecordArrivedMs = long.Parse(Header(DeadLetters.TimestampHeader), CultureInfo.InvariantCulture),
            Bytes = raw.Message.Value?.Length ?? 0,
        };

        string Header(string name) => raw.Message.Headers.TryGetLastBytes(name, out byte[]? text) ? Encoding.UTF8.GetString(text) : "";
    }
}
