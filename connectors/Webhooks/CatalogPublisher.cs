using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Writes the catalog to the tables' topics, where the join looks teams, policies and windows up.</summary>
/// <remarks>
/// Keys go as SHA-256, signing secrets not at all. Writing the same again adds a version with the same content, which changes no answer. What was
/// taken out of the file stays in the topics: a file does not say what it held before.
/// </remarks>
public static class CatalogPublisher
{
    /// <exception cref="BrokerUnavailableException">Not everything was acknowledged; publish again.</exception>
    public static Task PublishAsync(Catalog catalog, EventProducer producer, CancellationToken cancellationToken) => Task.WhenAll(
    [
        .. catalog.Accounts.Select(account => producer.PutAsync(account, cancellationToken)),
        .. catalog.Teams.Select(team => producer.PutAsync(team, cancellationToken)),
        .. catalog.EscalationPolicies.Select(policy => producer.PutAsync(policy, cancellationToken)),
        .. catalog.AlertSources.Select(source => producer.PutAsync(source.Record, cancellationToken)),
        .. catalog.DeploymentPipelines.Select(pipeline => producer.PutAsync(pipeline.Record, cancellationToken)),
        .. catalog.ApiKeys.Select(key => producer.PutAsync(key, cancellationToken)),
    ]);
}
