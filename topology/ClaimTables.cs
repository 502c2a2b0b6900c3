using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>An account's tables without and with a claim of one team, side by side: one of the two is how they are, the other is supposed.</summary>
/// <remarks>
/// Nothing but the team of pipelines differs between the two, at any time, so whatever differs between the answers comes from the claim. A supposed claim
/// holds always, even while its pipelines were not there yet.
/// </remarks>
public sealed class ClaimTables
{
    private readonly HashSet<long> _claimed;
    private readonly Tables _present = new();
    private readonly Tables _supposed = new();

    /// <param name="accountId">Whose tables they are.</param>
    /// <param name="teamId">Who claims.</param>
    /// <param name="pipelineIds">What it is supposed to claim besides what it does; none to suppose that it claims nothing at all.</param>
    public ClaimTables(string accountId, long teamId, params IEnumerable<long> pipelineIds)
    {
        (AccountId, TeamId, _claimed) = (accountId, teamId, [.. pipelineIds]);
        foreach (var id in _claimed) _supposed.Put(Absent(id), long.MinValue, -1);
    }

    public string AccountId { get; }
    public long TeamId { get; }
    public Tables Without => _claimed.Count > 0 ? _present : _supposed;
    public Tables With => _claimed.Count > 0 ? _supposed : _present;

    /// <summary>Puts or deletes what no claim is about.</summary>
    public void Put(Action<Tables> put)
    {
        put(_present);
        put(_supposed);
    }

    public void Put(DeploymentPipeline pipeline, long kafkaTimestampMs, long offset)
    {
        _present.Put(pipeline, kafkaTimestampMs, offset);
        _supposed.Put(pipeline with { TeamIds = Suppose(pipeline) }, kafkaTimestampMs, offset);
    }

    public void DeletePipeline(long id, long kafkaTimestampMs, long offset)
    {
        _present.DeletePipeline(AccountId, id, kafkaTimestampMs, offset);
        if (_claimed.Contains(id)) _supposed.Put(Absent(id), kafkaTimestampMs, offset);
        else _supposed.DeletePipeline(AccountId, id, kafkaTimestampMs, offset);
    }

    private long[] Suppose(DeploymentPipeline pipeline) =>
        _claimed.Count == 0 ? [.. pipeline.TeamIds.Where(id => id != TeamId)]
        : _claimed.Contains(pipeline.Id) ? [.. pipeline.TeamIds, TeamId]
        : pipeline.TeamIds;

    /// <summary>A claimed pipeline where there is none: as unknown as without the claim, but for the team.</summary>
    private DeploymentPipeline Absent(long id) => new() { AccountId = AccountId, Id = id, TeamIds = [TeamId] };
}
