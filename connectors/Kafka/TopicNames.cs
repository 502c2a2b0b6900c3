namespace StreamDeploy.Connectors.Kafka;

/// <summary>The names of all topics; a prefix lets several installations share a cluster.</summary>
public sealed record TopicNames(string Prefix)
{
    public string Deployments => Prefix + "deployments";
    public string Alerts => Prefix + "alerts";
    public string Enrichments => Prefix + "enrichments";
    public string DeploymentPipelines => Prefix + "deployment-pipelines";
    public string AlertSources => Prefix + "alert-sources";
    public string EscalationPolicies => Prefix + "escalation-policies";
    public string Teams => Prefix + "teams";
    public string Accounts => Prefix + "accounts";
    public string ApiKeys => Prefix + "api-keys";

    /// <summary>What was changed over the management API, by whom.</summary>
    public string Audit => Prefix + "audit";

    /// <summary>What became of deliveries to the ingest that were not taken.</summary>
    public string Deliveries => Prefix + "deliveries";

    public string DeadLetters => Prefix + "dead-letters";

    /// <summary>The topics whose partition p belongs together; they must have the same number of partitions.</summary>
    public IReadOnlyList<string> CoPartitioned => [Deployments, Alerts, Enrichments];

    /// <summary>The compacted topics: the latest value of a key counts, null deletes.</summary>
    public IReadOnlyList<string> Tables => [DeploymentPipelines, AlertSources, EscalationPolicies, Teams, Accounts, ApiKeys];

    public IReadOnlyList<string> All => [.. CoPartitioned, .. Tables, Audit, Deliveries, DeadLetters];
}
