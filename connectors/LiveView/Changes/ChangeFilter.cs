using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>Which changes a page shows. It stands in the address, so that a view can be shared.</summary>
public sealed record ChangeFilter
{
    public required TimeRange Range { get; init; }

    public long? PipelineId { get; init; }

    public long? TeamId { get; init; }

    public string? Service { get; init; }

    public string? Environment { get; init; }

    public DeploymentStatus? Status { get; init; }

    public DeploymentKind? Kind { get; init; }

    /// <summary>Words that must all occur.</summary>
    public string? Search { get; init; }

    /// <summary>Where the page ends that is on: only what is older. For "older" links.</summary>
    public long? BeforeMs { get; init; }

    /// <summary>Whether only some of the changes of the time are shown.</summary>
    public bool IsNarrow => PipelineId is not null || TeamId is not null || Service is not null || Environment is not null || Status is not null || Kind is not null || Search is not null;

    /// <exception cref="BadQueryException">Names the parameter that is wrong.</exception>
    public static ChangeFilter Of(IQueryCollection query, long nowMs) => new()
    {
        Range = TimeRange.Of(query["since"], query["from"], query["to"], nowMs),
        PipelineId = query.Number("pipeline"),
        TeamId = query.Number("team"),
        Service = query.Text("service"),
        Environment = query.Text("environment"),
        Status = query.Symbol<DeploymentStatus>("status"),
        Kind = query.Symbol<DeploymentKind>("kind"),
        Search = query.Text("q"),
        BeforeMs = query.Number("before"),
    };

    /// <summary>The address's part behind the question mark, with it; empty for the default.</summary>
    public string ToQuery()
    {
        var query = new QueryBuilder();
        query.AddRange(Range);
        query.AddGiven("pipeline", PipelineId?.ToString(CultureInfo.InvariantCulture));
        query.AddGiven("team", TeamId?.ToString(CultureInfo.InvariantCulture));
        query.AddGiven("service", Service);
        query.AddGiven("environment", Environment);
        query.AddGiven("status", Status?.ToString());
        query.AddGiven("kind", Kind?.ToString());
        query.AddGiven("q", Search);
        query.AddGiven("before", BeforeMs?.ToString(CultureInfo.InvariantCulture));
        return query.ToString();
    }

    /// <param name="change">What is asked about.</param>
    /// <param name="entries">Of its account: who has which pipeline.</param>
    public bool Matches(Change change, Entries entries)
    {
        if (change.LatestMs < Range.FromMs || (change.StartMs > Range.ToMs && !Range.IsLive) || change.LatestMs >= BeforeMs)
            return false;
        return (PipelineId is not { } pipeline || change.Deployments.Any(d => d.Key.PipelineId == pipeline))
            && (TeamId is not { } team || change.Deployments.Any(d => entries.Pipeline(d.Key.PipelineId)?.TeamIds.Contains(team) == true))
            && (Service is not { } service || change.Deployments.Any(d => d.Service == service))
            && (Environment is not { } environment || change.Deployments.Any(d => d.Environment == environment))
            && (Status is not { } status || change.Main.Status == status)
            && (Kind is not { } kind || change.Deployments.Any(d => d.Kind == kind))
            && (Search is not { } search || MatchesWords(change, entries, search));
    }

    private static bool MatchesWords(Change change, Entries entries, string search)
    {
        foreach (var word in search.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!change.Deployments.Any(d => TextsOf(d, entries).Any(text => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true)))
                return false;
        }

        return true;
    }

    private static IEnumerable<string?> TextsOf(DeploymentTrail d, Entries entries) =>
        [d.Summary, d.Key.DeploymentId, d.Service, d.Environment, d.Version, d.Commit, d.Repository, d.Branch, d.Author?.Name, d.Author?.Email, entries.PipelineName(d.Key.PipelineId)];
}
