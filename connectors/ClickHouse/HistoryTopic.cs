using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>A topic of the history: the tables that its records go into, and how.</summary>
/// <remarks>For one thread. The rows that <see cref="RowsOfAsync"/> gives are valid until its next call.</remarks>
internal abstract class HistoryTopic(string name, IReadOnlyList<string> tables)
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte>[] _rows = [.. tables.Select(_ => new ArrayBufferWriter<byte>())];

    public string Name => name;

    public IReadOnlyList<string> Tables => tables;

    public static IReadOnlyList<HistoryTopic> All(TopicNames names, SchemaRegistryClient registry) =>
    [
        new Of<Deployment>(names.Deployments, ["deployment_events"], registry,
            (topic, deployment, place) => topic.Row(0, new DeploymentRow(deployment, place), RowJson.Default.DeploymentRow)),
        new Of<Alert>(names.Alerts, ["alert_events"], registry,
            (topic, alert, place) => topic.Row(0, new AlertRow(alert, place), RowJson.Default.AlertRow)),
        // Suspects first: whoever sees an answer finds its suspects.
        new Of<Enrichment>(names.Enrichments, ["enrichment_suspects", "enrichment_revisions"], registry, WriteEnrichment),
        new OfDeadLetters(names.DeadLetters),
    ];

    /// <summary>The raw tables, and the topic that each is filled from.</summary>
    public static IReadOnlyList<(string Table, string Topic)> RawTables(TopicNames names) =>
    [
        ("deployment_events", names.Deployments), ("alert_events", names.Alerts),
        ("enrichment_suspects", names.Enrichments), ("enrichment_revisions", names.Enrichments), ("dead_letters", names.DeadLetters),
    ];

    /// <summary>The rows of a record for each of the tables.</summary>
    /// <exception cref="PoisonException">It can never be read.</exception>
    /// <exception cref="UnwritableRowException">It can be read, but holds what no row can.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">Its schema is not to be had for now.</exception>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RowsOfAsync(ConsumedRecord record, CancellationToken cancellation)
    {
        foreach (ArrayBufferWriter<byte> rows in _rows)
            rows.ResetWrittenCount();
        await WriteAsync(record, new KafkaPlace(record.Partition, record.Offset, record.TimestampMs), cancellation);
        return [.. _rows.Select(rows => rows.WrittenMemory)];
    }

    protected abstract ValueTask WriteAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation);

    private void Row<T>(int table, T row, JsonTypeInfo<T> type)
    {
        try
        {
            using var writer = new Utf8JsonWriter(_rows[table], Json);
            JsonSerializer.Serialize(writer, row, type);
        }
        catch (ArgumentException e)
        {
            // A probability that is not a number: JSON has none.
            throw new UnwritableRowException(e.Message);
        }
        _rows[table].Write("\n"u8);
    }

    private static void WriteEnrichment(HistoryTopic topic, Enrichment enrichment, KafkaPlace place)
    {
        for (int i = 0; i < enrichment.Suspects.Length; i++)
            topic.Row(0, new SuspectRow(enrichment, enrichment.Suspects[i], elsewhere: false, i + 1, place), RowJson.Default.SuspectRow);
        for (int i = 0; i < enrichment.Elsewhere.Length; i++)
            topic.Row(0, new SuspectRow(enrichment, enrichment.Elsewhere[i], elsewhere: true, i + 1, place), RowJson.Default.SuspectRow);
        topic.Row(1, new EnrichmentRow(enrichment, place), RowJson.Default.EnrichmentRow);
    }

    private sealed class Of<T>(string name, IReadOnlyList<string> tables, SchemaRegistryClient registry, Action<HistoryTopic, T, KafkaPlace> write)
        : HistoryTopic(name, tables)
    {
        private readonly RecordDecoder<T> _decoder = new(registry);

        protected override async ValueTask WriteAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation)
        {
            byte[] value = record.Value ?? throw new PoisonException(PoisonReason.NotWireFormat, "the record has no value");
            write(this, _decoder.TryDecode(value, record.Headers, out T? decoded) ? decoded : await _decoder.DecodeAsync(value, record.Headers, cancellation), place);
        }
    }

    private sealed class OfDeadLetters(string name) : HistoryTopic(name, ["dead_letters"])
    {
        protected override ValueTask WriteAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation)
        {
            Row(0, new DeadLetterRow(record, place), RowJson.Default.DeadLetterRow);
            return ValueTask.CompletedTask;
        }
    }
}
