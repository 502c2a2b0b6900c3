using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>From the changes of the tables' topics to the tables that the join asks.</summary>
public static class TableChanges
{
    /// <summary>Puts or deletes the entry; of no interest are those that serve names and keys only.</summary>
    public static void Apply(this Tables tables, TableChange change)
    {
        var (accountId, id, atMs, offset) = (change.AccountId, change.Id, change.TimestampMs, change.Version.Offset);
        switch (change.Value)
        {
            case DeploymentPipeline pipeline: tables.Put(pipeline, atMs, offset); break;
            case AlertSource source: tables.Put(source, atMs, offset); break;
            case EscalationPolicy policy: tables.Put(policy, atMs, offset); break;
            case Account account: tables.Put(account, atMs, offset); break;
            case null when change.Type == typeof(DeploymentPipeline): tables.DeletePipeline(accountId, id, atMs, offset); break;
            case null when change.Type == typeof(AlertSource): tables.DeleteSource(accountId, id, atMs, offset); break;
            case null when change.Type == typeof(EscalationPolicy): tables.DeletePolicy(accountId, id, atMs, offset); break;
            case null when change.Type == typeof(Account): tables.DeleteAccount(accountId, atMs, offset); break;
        }
    }

    /// <summary>Puts or deletes the entry in both.</summary>
    public static void Apply(this ClaimTables tables, TableChange change)
    {
        if (change.Value is DeploymentPipeline pipeline) tables.Put(pipeline, change.TimestampMs, change.Version.Offset);
        else if (change.Type == typeof(DeploymentPipeline)) tables.DeletePipeline(change.Id, change.TimestampMs, change.Version.Offset);
        else tables.Put(both => both.Apply(change));
    }
}
