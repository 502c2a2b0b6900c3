using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Claims;

/// <summary>A team, and what it has.</summary>
/// <param name="TeamId">Of the team; one that something belongs to need not have an entry of its own.</param>
/// <param name="Pipelines">What it claims: with one or more, its alerts see those and the shared ones only.</param>
/// <param name="Sources">Whose alerts are its own.</param>
/// <param name="Policies">By which alerts are its own.</param>
/// <param name="Tally">What the claim did; what it would do where there is none is asked for.</param>
public sealed record TeamClaims(long TeamId, IReadOnlyList<DeploymentPipeline> Pipelines, IReadOnlyList<AlertSource> Sources, IReadOnlyList<EscalationPolicy> Policies, ClaimTally Tally)
{
    public bool Claims => Pipelines.Count > 0;
}

/// <summary>Who claims what, and what that hid.</summary>
/// <param name="Teams">Those that claim first, then by name.</param>
/// <param name="Shared">Pipelines that no claim hides.</param>
/// <param name="Unowned">Pipelines without a team that are not shared: every claim hides them.</param>
/// <param name="Unclaimed">Alert sources none of whose teams has a pipeline: their alerts see everything.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="SpanMs">Over how long the answers were counted.</param>
/// <param name="DryRun">The question what a claim would hide.</param>
public sealed record ClaimsOverview(
    IReadOnlyList<TeamClaims> Teams, IReadOnlyList<DeploymentPipeline> Shared, IReadOnlyList<DeploymentPipeline> Unowned, IReadOnlyList<AlertSource> Unclaimed,
    Entries Entries, long SpanMs, DryRunModel DryRun)
{
    /// <param name="entries">The account's tables.</param>
    /// <param name="tallies">What claims did, by team.</param>
    /// <param name="spanMs">Over how long.</param>
    /// <param name="dryRun">The question what a claim would hide.</param>
    public static ClaimsOverview Of(Entries entries, IReadOnlyDictionary<long, ClaimTally> tallies, long spanMs, DryRunModel dryRun)
    {
        var claiming = entries.Pipelines.SelectMany(pipeline => pipeline.TeamIds).ToHashSet();
        var teams = TeamsOf(entries).Select(id => new TeamClaims(
            id,
            [.. entries.Pipelines.Where(pipeline => pipeline.TeamIds.Contains(id))],
            [.. entries.Sources.Where(source => AlertTeams.Of(entries, source).Contains(id))],
            [.. entries.Policies.Where(policy => policy.TeamIds.Contains(id))],
            tallies.GetValueOrDefault(id) ?? ClaimTally.None));
        return new(
            [.. teams.OrderByDescending(team => team.Claims).ThenBy(team => entries.TeamName(team.TeamId), StringComparer.OrdinalIgnoreCase)],
            [.. entries.Pipelines.Where(pipeline => pipeline.Shared)],
            [.. entries.Pipelines.Where(pipeline => !pipeline.Shared && pipeline.TeamIds.Length == 0)],
            [.. entries.Sources.Where(source => !AlertTeams.Of(entries, source).Any(claiming.Contains))],
            entries, spanMs, dryRun);
    }

    /// <summary>All teams that have an entry, or that something belongs to.</summary>
    public static IReadOnlyList<long> TeamsOf(Entries entries) =>
    [
        .. entries.Teams.Select(team => team.Id).Concat(entries.Pipelines.SelectMany(pipeline => pipeline.TeamIds)).Concat(entries.Sources.SelectMany(source => source.TeamIds))
            .Concat(entries.Policies.SelectMany(policy => policy.TeamIds)).Distinct().Order(),
    ];
}

/// <summary>The question what a claim would hide, and its answer.</summary>
/// <param name="TeamId">Who would claim; null: nobody is chosen.</param>
/// <param name="PipelineIds">What, besides what it does; none: what its claims hide as they are.</param>
/// <param name="Result">The answer; null where it was not asked, or there is none.</param>
/// <param name="Problem">Why there is none.</param>
/// <param name="Entries">The account's tables.</param>
public sealed record DryRunModel(long? TeamId, IReadOnlyList<long> PipelineIds, DryRunResult? Result, string? Problem, Entries Entries);

/// <summary>What a claim would hide.</summary>
/// <param name="Effect">Counted over all alerts of the team.</param>
/// <param name="SpanMs">Alerts of how long count.</param>
/// <param name="TookMs">How long it took to read and compare.</param>
public sealed record DryRunResult(Topology.ClaimEffect Effect, long SpanMs, long TookMs);
