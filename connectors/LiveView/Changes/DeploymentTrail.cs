using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>A deployment as its events tell it: one pipeline, one deployment id.</summary>
/// <remarks>
/// Immutable. The rules are the join's, so that page and answer say the same: the latest event that says something is right (by time, then status, then event id),
/// a rollback does not stretch the deployment, and what runs has no end.
/// </remarks>
public sealed class DeploymentTrail
{
    /// <summary>A sender that reports progress without an end must not fill the memory: the oldest go.</summary>
    private const int EventsMax = 200;

    private DeploymentTrail(Deployment[] events)
    {
        Events = events;
        Latest = events[^1];
        Key = new(Latest.PipelineId, Latest.DeploymentId);
        var told = events.Where(e => e.Status != DeploymentStatus.ROLLED_BACK).ToArray();
        (StartMs, EndMs) = told.Length == 0
            ? (events[0].OccurredAtMs, events[0].OccurredAtMs)
            : (told.Min(StartOf), told.Max(EndOf));
    }

    public DeploymentKey Key { get; }

    /// <summary>Oldest first; at least one.</summary>
    public IReadOnlyList<Deployment> Events { get; }

    public Deployment Latest { get; }

    public DeploymentStatus Status => Latest.Status;

    public DeploymentKind Kind => Latest.Kind;

    public bool IsRunning => Status == DeploymentStatus.STARTED;

    /// <summary>A push, a merge or a release says that something is ready; every other kind that it is live.</summary>
    public bool IsLive => Kind is not (DeploymentKind.PUSH or DeploymentKind.MERGE or DeploymentKind.RELEASE);

    public long StartMs { get; }

    /// <summary>Its end so far while it is running.</summary>
    public long EndMs { get; }

    public long LatestMs => Latest.OccurredAtMs;

    public string Summary => Said(e => e.Summary) ?? "";

    public string? Service => Said(e => e.Service);

    public string? Environment => Said(e => e.Environment);

    public string? Version => Said(e => e.Version);

    public string? Commit => Said(e => e.Commit);

    public string? Repository => Said(e => e.Repository);

    public string? Branch => Said(e => e.Branch);

    public Author? Author => Events.Reverse().Select(e => e.Author).FirstOrDefault(author => author is { Name.Length: > 0 } or { Email.Length: > 0 });

    public IReadOnlyList<Link> Links => Events.Reverse().Select(e => e.Links).FirstOrDefault(links => links.Length > 0) ?? [];

    /// <exception cref="ArgumentException">There is no event.</exception>
    public static DeploymentTrail Of(IEnumerable<Deployment> events)
    {
        var distinct = events.DistinctBy(e => e.EventId, StringComparer.Ordinal).Order(ByTime).ToArray();
        return distinct.Length == 0 ? throw new ArgumentException("a deployment has at least one event", nameof(events)) : new(distinct[Math.Max(0, distinct.Length - EventsMax)..]);
    }

    /// <returns>The same where the event is known already.</returns>
    public DeploymentTrail With(Deployment e) => Events.Any(known => known.EventId == e.EventId) ? this : Of(Events.Append(e));

    /// <returns>Null where it was the only one.</returns>
    public DeploymentTrail? Without(string eventId)
    {
        var rest = Events.Where(e => e.EventId != eventId).ToArray();
        return rest.Length == 0 ? null : new(rest);
    }

    // Nothing ends after it was told that it has.
    private static long EndOf(Deployment e) => Math.Min(e.FinishedAtMs ?? e.OccurredAtMs, e.OccurredAtMs);

    private static long StartOf(Deployment e) => Math.Min(e.StartedAtMs ?? e.FinishedAtMs ?? e.OccurredAtMs, EndOf(e));

    private string? Said(Func<Deployment, string?> what)
    {
        for (var i = Events.Count - 1; i >= 0; i--)
        {
            if (what(Events[i]) is { Length: > 0 } text)
                return text;
        }

        return null;
    }

    private static readonly Comparer<Deployment> ByTime = Comparer<Deployment>.Create(static (a, b) =>
        a.OccurredAtMs != b.OccurredAtMs ? a.OccurredAtMs.CompareTo(b.OccurredAtMs)
        : a.Status != b.Status ? a.Status.CompareTo(b.Status)
        : string.CompareOrdinal(a.EventId, b.EventId));
}
