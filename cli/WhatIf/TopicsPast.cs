using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>As far back as the topics are kept.</summary>
internal sealed class TopicsPast(RetainedLog log) : IPast
{
    public string Name => "the topics";

    public Task<IReadOnlyList<int>> PairsAsync(string? accountId, long fromMs, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>(accountId is null ? [.. Enumerable.Range(0, log.Pairs)] : [log.PairOf(accountId)]);

    // An event time is never more than the skew after Kafka's timestamp, by which topics are searched.
    public IAsyncEnumerable<Arrived<Deployment>> DeploymentsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        log.Deployments(pair, join, fromMs - join.SkewMs, cancellationToken).ToAsyncEnumerable();

    public IAsyncEnumerable<Arrived<Alert>> AlertsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        log.Alerts(pair, join, fromMs - join.SkewMs, cancellationToken).ToAsyncEnumerable();

    // An answer is given when an event of the alert has arrived; that may be a skew older than the alert, and its timestamp another.
    public IAsyncEnumerable<Enrichment> AnswersAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken) =>
        log.Answers(pair, fromMs - 2 * join.SkewMs, cancellationToken).ToAsyncEnumerable();
}
