using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>What the topics hold: each record once, however often and in whichever order it was given.</summary>
public sealed class OracleInput(IReadOnlyCollection<HistoryRecord> records)
{
    public IReadOnlyList<Placed<Deployment>> Deployments { get; } = Of<Deployment>(records);

    public IReadOnlyList<Placed<Alert>> Alerts { get; } = Of<Alert>(records);

    public IReadOnlyList<Placed<Enrichment>> Enrichments { get; } = Of<Enrichment>(records);

    public IReadOnlyList<Placed<Letter>> Letters { get; } = Of<Letter>(records);

    /// <summary>For each alert its latest answer: the greatest revision, the settled one before another of the same, then the later record.</summary>
    public IReadOnlyList<Placed<Enrichment>> LatestAnswers =>
    [
        .. Enrichments.GroupBy(e => (e.Event.AccountId, e.Event.AlertOccurredAtMs, e.Event.AlertId))
            .Select(answers => answers.OrderBy(e => e.Event.Revision).ThenBy(e => e.Event.Settled).ThenBy(e => e.Offset).ThenBy(e => e.Partition).Last()),
    ];

    private static List<Placed<T>> Of<T>(IEnumerable<HistoryRecord> records) =>
    [
        .. records.Where(record => record.Event is T).DistinctBy(record => (record.Partition, record.Offset))
            .Select(record => new Placed<T>((T)record.Event, record.Partition, record.Offset, record.ArrivedMs)),
    ];
}
