using System.Globalization;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>A deployment put together from its events, all of them or those of one day; the columns of deployments and deployment_days.</summary>
public sealed record OracleDeployment
{
    public required string AccountId { get; init; }
    public required long PipelineId { get; init; }
    public required string DeploymentId { get; init; }
    public required DeploymentKind Kind { get; init; }
    public required DeploymentStatus Status { get; init; }
    public required string Summary { get; init; }
    public required long? CommittedMs { get; init; }
    public required string Environment { get; init; }
    public required string Service { get; init; }
    public required string Version { get; init; }
    public required string Commit { get; init; }
    public required string Repository { get; init; }
    public required string Branch { get; init; }
    public required string AuthorName { get; init; }
    public required string AuthorEmail { get; init; }
    public required long StartedMs { get; init; }

    /// <summary>Null while it is running.</summary>
    public required long? EndedMs { get; init; }

    public required long? FinishedMs { get; init; }
    public required long? FailedMs { get; init; }
    public required long? RolledBackMs { get; init; }
    public required long FirstEventMs { get; init; }
    public required long LastEventMs { get; init; }

    public (string, long, string) Id => (AccountId, PipelineId, DeploymentId);

    public static (string, long, string) IdOf(Deployment e) => (e.AccountId, e.PipelineId, e.DeploymentId);

    /// <summary>The end that an event tells. Nothing is after the event that reports it; what lies before 1970 is a client's "no time" and is cut to it.</summary>
    public static long EndOf(Deployment e) => e.FinishedAtMs is { } finished ? Math.Min(Math.Max(finished, 0), e.OccurredAtMs) : e.OccurredAtMs;

    public static long StartOf(Deployment e) => e.StartedAtMs is { } started ? Math.Min(Math.Max(started, 0), EndOf(e)) : EndOf(e);

    public static OracleDeployment Of(IEnumerable<Deployment> all)
    {
        List<Deployment> events = [.. all];
        List<Deployment> forward = [.. events.Where(e => e.Status != DeploymentStatus.ROLLED_BACK)];
        List<Deployment> rollbacks = [.. events.Where(e => e.Status == DeploymentStatus.ROLLED_BACK)];
        List<Deployment> finished = [.. events.Where(e => e.Status is DeploymentStatus.SUCCEEDED or DeploymentStatus.FAILED)];
        List<Deployment> failed = [.. events.Where(e => e.Status == DeploymentStatus.FAILED)];
        var status = Enum.Parse<DeploymentStatus>(Latest(e => e.Status.ToString()));
        long? end = forward.Count > 0 ? forward.Max(EndOf) : rollbacks.Min(e => e.OccurredAtMs);
        return new OracleDeployment
        {
            AccountId = events[0].AccountId,
            PipelineId = events[0].PipelineId,
            DeploymentId = events[0].DeploymentId,
            Kind = Enum.Parse<DeploymentKind>(Latest(e => e.Kind.ToString())),
            Status = status,
            Summary = Latest(e => e.Summary),
            CommittedMs = Latest(e => e.CommittedAtMs?.ToString(CultureInfo.InvariantCulture)) is { Length: > 0 } ms ? long.Parse(ms, CultureInfo.InvariantCulture) : null,
            Environment = Latest(e => e.Environment),
            Service = Latest(e => e.Service),
            Version = Latest(e => e.Version),
            Commit = Latest(e => e.Commit),
            Repository = Latest(e => e.Repository),
            Branch = Latest(e => e.Branch),
            AuthorName = Latest(e => e.Author?.Name),
            AuthorEmail = Latest(e => e.Author?.Email),
            StartedMs = forward.Count > 0 ? forward.Min(StartOf) : rollbacks.Min(e => e.OccurredAtMs),
            EndedMs = status == DeploymentStatus.STARTED ? null : end,
            FinishedMs = finished.Count > 0 ? finished.Max(EndOf) : null,
            FailedMs = failed.Count > 0 ? failed.Min(EndOf) : null,
            RolledBackMs = rollbacks.Count > 0 ? rollbacks.Min(e => e.OccurredAtMs) : null,
            FirstEventMs = events.Min(e => e.OccurredAtMs),
            LastEventMs = events.Max(e => e.OccurredAtMs),
        };

        string Latest(Func<Deployment, string?> text) => LatestValue.Of(events, e => (e.OccurredAtMs, (int)e.Status), text);
    }
}
