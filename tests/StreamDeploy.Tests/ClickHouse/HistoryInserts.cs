using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Takes records into ClickHouse as the sink does, but in the batches and in the order that a test gives.</summary>
internal sealed class HistoryInserts : IAsyncDisposable
{
    private static readonly BatchLimits NoLimits = new(int.MaxValue, int.MaxValue, TimeSpan.MaxValue);
    private static readonly TopicNames Names = new("");

    private readonly SchemaRegistryServer _registry;
    private readonly SchemaRegistryClient _schemas;
    private readonly RecordEncoder<Deployment> _deployments;
    private readonly RecordEncoder<Alert> _alerts;
    private readonly RecordEncoder<Enrichment> _enrichments;
    private readonly IReadOnlyList<HistoryTopic> _topics;

    private HistoryInserts(SchemaRegistryServer registry)
    {
        _registry = registry;
        _schemas = new SchemaRegistryClient(new SchemaRegistrySettings { Url = registry.Url });
        _deployments = new(_schemas, Names.Deployments);
        _alerts = new(_schemas, Names.Alerts);
        _enrichments = new(_schemas, Names.Enrichments);
        _topics = HistoryTopic.All(Names, _schemas);
    }

    public static async Task<HistoryInserts> StartAsync()
    {
        var inserts = new HistoryInserts(await SchemaRegistryServer.StartAsync(0, CancellationToken.None));
        await inserts._deployments.PrepareAsync(CancellationToken.None);
        await inserts._alerts.PrepareAsync(CancellationToken.None);
        await inserts._enrichments.PrepareAsync(CancellationToken.None);
        return inserts;
    }

    /// <param name="http">Of the database.</param>
    /// <param name="batch">Of one topic; of each partition a run of records without a gap.</param>
    /// <param name="tables">How many of the topic's tables it gets to before it dies; null: all.</param>
    /// <param name="attempt">Goes into the token, which the sink's does not: as if ClickHouse had forgotten an earlier insert of the same batch.</param>
    public async Task InsertAsync(ClickHouseHttp http, IReadOnlyList<HistoryRecord> batch, int? tables = null, string attempt = "")
    {
        HistoryTopic topic = _topics.Single(topic => topic.Name == TopicOf(batch[0]));
        var rows = new RowBatch(topic.Name, topic.Tables, NoLimits);
        foreach (HistoryRecord record in batch)
        {
            ConsumedRecord consumed = Encode(record);
            rows.Add(consumed, await topic.RowsOfAsync(consumed, CancellationToken.None), nowMs: 0);
        }
        for (int table = 0; table < (tables ?? topic.Tables.Count); table++)
        {
            if (rows.Rows(table, 0, rows.Count) is { Count: > 0 } all)
                await topic.Tables[table].InsertAsync(http, all, rows.Token(0, rows.Count) + attempt, CancellationToken.None);
        }
    }

    public static string TopicOf(HistoryRecord record) => record.Event switch
    {
        Deployment => Names.Deployments,
        Alert => Names.Alerts,
        Enrichment => Names.Enrichments,
        _ => Names.DeadLetters,
    };

    private ConsumedRecord Encode(HistoryRecord record)
    {
        byte[] value = record.Event switch
        {
            Deployment d => _deployments.Encode(d),
            Alert a => _alerts.Encode(a),
            Enrichment e => _enrichments.Encode(e),
            Letter letter => new byte[letter.Bytes],
            _ => throw new InvalidOperationException($"no topic for {record.Event}"),
        };
        var message = new Message<byte[]?, byte[]?> { Value = value, Headers = [], Timestamp = new Timestamp(record.ArrivedMs, TimestampType.CreateTime) };
        if (record.Event is Letter of)
        {
            message.Key = Encoding.UTF8.GetBytes(of.AccountId);
            AddHeaders(message.Headers, of);
        }
        return new(new() { TopicPartitionOffset = new(TopicOf(record), record.Partition, record.Offset), Message = message }, assignment: 1);
    }

    private static void AddHeaders(Headers headers, Letter letter)
    {
        foreach ((string name, string text) in ((string, string)[])[
            (DeadLetters.TopicHeader, letter.Topic), (DeadLetters.PartitionHeader, $"{letter.RecordPartition}"), (DeadLetters.OffsetHeader, $"{letter.RecordOffset}"),
            (DeadLetters.TimestampHeader, $"{letter.RecordArrivedMs}"), (DeadLetters.ReasonHeader, letter.Reason), (DeadLetters.ErrorHeader, letter.Error)])
            headers.Add(name, Encoding.UTF8.GetBytes(text));
        if (letter.Reader != "worker")
            headers.Add(DeadLetterProducer.ReaderHeader, Encoding.UTF8.GetBytes(letter.Reader));
    }

    public async ValueTask DisposeAsync()
    {
        _schemas.Dispose();
        await _registry.DisposeAsync();
    }
}
