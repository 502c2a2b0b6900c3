using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>A deployment folded from its events, by product.md's Event time and Deployment.</summary>
public sealed record NaiveDeployment
{
    public required string DeploymentId { get; init; }
    public required long PipelineId { get; init; }
    public required long StartMs { get; init; }

    /// <summary>The end, or the end so far while it is running.</summary>
    public required long EndMs { get; init; }

    public required DeploymentKind Kind { get; init; }
    public required DeploymentStatus Status { get; init; }
    public required long LatestAtMs { get; init; }
    public required string? Summary { get; init; }
    public required string? Service { get; init; }
    public required string? Environment { get; init; }
    public required string? Version { get; init; }
    public required string? Repository { get; init; }
    public required string? Commit { get; init; }
    public required string? Link { get; init; }

    public bool IsRunning => Status == DeploymentStatus.STARTED;

    /// <summary>PUSH, MERGE and RELEASE say that something is ready; every other kind says that it is live.</summary>
    public bool IsLive => Kind is not (DeploymentKind.PUSH or DeploymentKind.MERGE or DeploymentKind.RELEASE);

    /// <summary>What it has in common with the other deployments of its change; alone where repository or commit is unknown.</summary>
    public object Change => Repository is null || Commit is null ? (DeploymentId, PipelineId) : (Repository, Commit, "change");

    public static NaiveDeployment Of(IEnumerable<Deployment> events)
    {
        // The status rank is the order of the enum: UNKNOWN < STARTED < CANCELLED < SUCCEEDED < FAILED < ROLLED_BACK.
        List<Deployment> latestFirst =
        [
            .. events
                .OrderByDescending(e => e.OccurredAtMs)
                .ThenByDescending(e => (int)e.Status)
                .ThenByDescending(e => e.EventId, StringComparer.Ordinal),
        ];
        Deployment latest = latestFirst[0];
        List<Deployment> forward = [.. latestFirst.Where(e => e.Status != DeploymentStatus.ROLLED_BACK)];

        return new NaiveDeployment
        {
            DeploymentId = latest.DeploymentId,
            PipelineId = latest.PipelineId,
            StartMs = forward.Count > 0 ? forward.Min(e => Started(e) ?? Finished(e) ?? e.OccurredAtMs) : latestFirst.Min(e => e.OccurredAtMs),
            EndMs = forward.Count > 0 ? forward.Max(e => Finished(e) ?? e.OccurredAtMs) : latestFirst.Min(e => e.OccurredAtMs),
            Kind = latest.Kind,
            Status = latest.Status,
            LatestAtMs = latest.OccurredAtMs,
            Summary = Latest(e => e.Summary),
            Service = Latest(e => e.Service),
            Environment = Latest(e => e.Environment),
            Version = Latest(e => e.Version),
            Repository = Latest(e => e.Repository),
            Commit = Latest(e => e.Commit),
            Link = latestFirst.FirstOrDefault(e => e.Links.Length > 0)?.Links[0].Href,
        };

        string? Latest(Func<Deployment, string?> field) => latestFirst.Select(field).FirstOrDefault(text => !string.IsNullOrEmpty(text));
    }

    // Nothing is after the event that reports it. What lies before 1970 is a client's "no time"; it is cut to 1970.
    private static long? Finished(Deployment e) => e.FinishedAtMs is { } finished ? Math.Clamp(finished, 0, e.OccurredAtMs) : null;

    private static long? Started(Deployment e) => e.StartedAtMs is { } started ? Math.Clamp(started, 0, Finished(e) ?? e.OccurredAtMs) : null;
}
