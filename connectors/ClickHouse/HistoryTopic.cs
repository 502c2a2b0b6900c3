using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>A topic of the history: the tables that its records go into, and how.</summary>
internal abstract class HistoryTopic(string name, IReadOnlyList<HistoryTable> tables)
{
    public string Name => name;

    public IReadOnlyList<HistoryTable> Tables => tables;

    public static IReadOnlyList<HistoryTopic> All(TopicNames names, SchemaRegistryClient registry) =>
    [
        new Of<Deployment>(names.Deployments, [HistoryTable.Deployments], registry, (deployment, place) => [[new DeploymentRow(deployment, place)]]),
        new Of<Alert>(names.Alerts, [HistoryTable.Alerts], registry, (alert, place) => [[new AlertRow(alert, place)]]),
        // Suspects first: whoever sees an answer finds its suspects.
        new Of<Enrichment>(names.Enrichments, [HistoryTable.Suspects, HistoryTable.Revisions], registry, RowsOf),
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
    /// <exception cref="SchemaRegistryUnavailableException">Its schema cannot be read from the registry for now.</exception>
    public ValueTask<HistoryRow[][]> RowsOfAsync(ConsumedRecord record, CancellationToken cancellation) =>
        RowsOfAsync(record, new KafkaPlace(record.Partition, record.Offset, record.TimestampMs), cancellation);

    protected abstract ValueTask<HistoryRow[][]> RowsOfAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation);

    private static HistoryRow[][] RowsOf(Enrichment enrichment, KafkaPlace place) =>
    [
        [
            .. enrichment.Suspects.Select((suspect, i) => new SuspectRow(enrichment, suspect, elsewhere: false, i + 1, place)),
            .. enrichment.Elsewhere.Select((suspect, i) => new SuspectRow(enrichment, suspect, elsewhere: true, i + 1, place)),
        ],
        [new EnrichmentRow(enrichment, place)],
    ];

    private sealed class Of<T>(string name, IReadOnlyList<HistoryTable> tables, SchemaRegistryClient registry, Func<T, KafkaPlace, HistoryRow[][]> rowsOf)
        : HistoryTopic(name, tables)
    {
        private readonly RecordDecoder<T> _decoder = new(registry);

        protected override async ValueTask<HistoryRow[][]> RowsOfAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation)
        {
            byte[] value = record.Value ?? throw new PoisonException(PoisonReason.NotWireFormat, "the record has no value");
            return rowsOf(_decoder.TryDecode(value, record.Headers, out T? decoded) ? decoded : await _decoder.DecodeAsync(value, record.Headers, cancellation), place);
        }
    }

    private sealed class OfDeadLetters(string name) : HistoryTopic(name, [HistoryTable.DeadLetters])
    {
        protected override ValueTask<HistoryRow[][]> RowsOfAsync(ConsumedRecord record, KafkaPlace place, CancellationToken cancellation) =>
            ValueTask.FromResult<HistoryRow[][]>([[new DeadLetterRow(record, place)]]);
    }
}
