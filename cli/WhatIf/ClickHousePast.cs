using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>As far back as the history is kept.</summary>
internal sealed class ClickHousePast(RecordedHistory history) : IPast
{
    public string Name => "ClickHouse";

    public Task<IReadOnlyList<int>> PairsAsync(string? accountId, long fromMs, CancellationToken cancellationToken) =>
        history.PartitionsAsync(accountId, fromMs, cancellationToken);

    public IAsyncEnumerable<Arrived<Deployment>> DeploymentsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        history.DeploymentsAsync(pair, join, fromMs, cancellationToken);

    public IAsyncEnumerable<Arrived<Alert>> AlertsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        history.AlertsAsync(pair, join, fromMs, cancellationToken);

    public IAsyncEnumerable<Enrichment> AnswersAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        history.AnswersAsync(pair, fromMs, cancellationToken);
}
