using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>The tables as of a time: every version of every entity, searched from one end to the other.</summary>
public sealed class NaiveTables(IReadOnlyList<TableRecord> records)
{
    public DeploymentPipeline? Pipeline(string accountId, long id, long asOfMs) =>
        (DeploymentPipeline?)AsOf(TableName.Pipelines, accountId, id, asOfMs);

    public AlertSource? Source(string accountId, long id, long asOfMs) => (AlertSource?)AsOf(TableName.Sources, accountId, id, asOfMs);

    public EscalationPolicy? Policy(string accountId, long id, long asOfMs) => (EscalationPolicy?)AsOf(TableName.Policies, accountId, id, asOfMs);

    public Account? Account(string accountId, long asOfMs) => (Account?)AsOf(TableName.Accounts, accountId, 0, asOfMs);

    public IEnumerable<DeploymentPipeline> Pipelines(string accountId, long asOfMs) => records
        .Where(r => r.Table == TableName.Pipelines && r.AccountId == accountId)
        .Select(r => r.Id)
        .Distinct()
        .Select(id => Pipeline(accountId, id, asOfMs))
        .OfType<DeploymentPipeline>();

    private object? AsOf(TableName table, string accountId, long id, long asOfMs) => records
        .Where(r => r.Table == table && r.AccountId == accountId && r.Id == id && r.TimeMs <= asOfMs)
        .OrderBy(r => r.TimeMs)
        .ThenBy(r => r.Offset)
        .LastOrDefault()?.Entity;
}
