using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>Where events are read again, and what was answered then: the topics, or the history.</summary>
internal interface IPast
{
    /// <summary>As the user is told.</summary>
    string Name { get; }

    /// <summary>The partition pairs with alerts of the account, or of any account where it is null.</summary>
    Task<IReadOnlyList<int>> PairsAsync(string? accountId, long fromMs, CancellationToken cancellationToken);

    /// <summary>All accounts' deployment events of a pair from that time on, in the order they have there; what the join would reject may be left out.</summary>
    IAsyncEnumerable<Arrived<Deployment>> DeploymentsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken);

    /// <inheritdoc cref="DeploymentsAsync"/>
    IAsyncEnumerable<Arrived<Alert>> AlertsAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken);

    /// <summary>Every answer that a pair gave to alerts raised since then, and perhaps others, in their order.</summary>
    IAsyncEnumerable<Enrichment> AnswersAsync(int pair, JoinSettings join, long fromMs, CancellationToken cancellationToken);
}
