using System.Collections.Frozen;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Whom an integration key belongs to.</summary>
/// <remarks>
/// A key opens the routes of its own type only: the key of a GitHub pipeline stands in a URL, and must not open the generic API, where no
/// signature is asked for.
/// </remarks>
internal sealed class IntegrationKeys(Catalog catalog)
{
    private readonly FrozenDictionary<string, CatalogPipeline> _pipelines = catalog.DeploymentPipelines
        .Where(pipeline => pipeline.Record.IntegrationKeyHash is not null)
        .ToFrozenDictionary(pipeline => pipeline.Record.IntegrationKeyHash!, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, CatalogAlertSource> _sources = catalog.AlertSources
        .Where(source => source.Record.IntegrationKeyHash is not null)
        .ToFrozenDictionary(source => source.Record.IntegrationKeyHash!, StringComparer.Ordinal);

    public CatalogPipeline? FindPipeline(string key, IntegrationType type) =>
        HashOf(key) is { } hash && _pipelines.TryGetValue(hash, out var pipeline) && pipeline.Record.IntegrationType == type ? pipeline : null;

    public CatalogAlertSource? FindAlertSource(string key, IntegrationType type) =>
        HashOf(key) is { } hash && _sources.TryGetValue(hash, out var source) && source.Record.IntegrationType == type ? source : null;

    private static string? HashOf(string key) => key.Length <= IntegrationKey.LengthMax ? IntegrationKey.Hash(key) : null;
}
