namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>A table of the history, and how rows get into it.</summary>
internal abstract class HistoryTable(string name)
{
    public static readonly HistoryTable Deployments = new Of<DeploymentRow>("deployment_events");
    public static readonly HistoryTable Alerts = new Of<AlertRow>("alert_events");
    public static readonly HistoryTable Suspects = new Of<SuspectRow>("enrichment_suspects");
    public static readonly HistoryTable Revisions = new Of<EnrichmentRow>("enrichment_revisions");
    public static readonly HistoryTable DeadLetters = new Of<DeadLetterRow>("dead_letters");

    public string Name => name;

    /// <inheritdoc cref="ClickHouseHttp.InsertAsync"/>
    public abstract Task InsertAsync(ClickHouseHttp clickHouse, IReadOnlyList<HistoryRow> rows, string token, CancellationToken cancellation);

    private sealed class Of<T>(string name) : HistoryTable(name) where T : HistoryRow
    {
        public override Task InsertAsync(ClickHouseHttp clickHouse, IReadOnlyList<HistoryRow> rows, string token, CancellationToken cancellation) =>
            clickHouse.InsertAsync(Name, rows.Cast<T>(), rows.Count, token, cancellation);
    }
}
