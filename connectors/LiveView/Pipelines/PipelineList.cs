using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>What is known of an entry's events.</summary>
/// <param name="Count">In the last 24 hours.</param>
/// <param name="LastMs">Of the last one that is known; null for none.</param>
public readonly record struct EventCount(int Count, long? LastMs);

/// <summary>A pipeline in the list.</summary>
public sealed record PipelineRow(DeploymentPipeline Pipeline, EventCount Events);

/// <summary>An alert source in the list.</summary>
public sealed record SourceRow(AlertSource Source, EventCount Alerts);

/// <summary>The page of pipelines.</summary>
/// <param name="Rows">By name.</param>
/// <param name="Sources">By name.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="MayWrite">Whether the viewer may change them.</param>
/// <param name="SpanMs">Over how long events are counted: less than a day where not all of it is known.</param>
/// <param name="Deleted">The name of a pipeline that has just been deleted; null for none.</param>
public sealed record PipelineList(IReadOnlyList<PipelineRow> Rows, IReadOnlyList<SourceRow> Sources, Entries Entries, bool MayWrite, long SpanMs, string? Deleted = null)
{
    public const long DayMs = 24 * 3_600_000;

    /// <param name="entries">The account's tables.</param>
    /// <param name="deployments">Those that are known.</param>
    /// <param name="alerts">Those that are known.</param>
    /// <param name="completeFromMs">From when on all of them are known.</param>
    /// <param name="nowMs">What the last 24 hours end with.</param>
    /// <param name="mayWrite">Whether the viewer may change pipelines.</param>
    public static PipelineList Of(Entries entries, IEnumerable<DeploymentTrail> deployments, IEnumerable<AlertTrail> alerts, long completeFromMs, long nowMs, bool mayWrite)
    {
        var sinceMs = Math.Min(nowMs, Math.Max(nowMs - DayMs, completeFromMs));
        var events = CountOf(deployments.SelectMany(d => d.Events).Select(e => (e.PipelineId, e.ReceivedAtMs ?? e.OccurredAtMs)), sinceMs);
        var raised = CountOf(alerts.Where(alert => alert.SourceId is not null).Select(alert => (alert.SourceId!.Value, alert.Key.OccurredAtMs)), sinceMs);
        return new(
            [.. entries.Pipelines.OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase).ThenBy(p => p.Id).Select(p => new PipelineRow(p, events.GetValueOrDefault(p.Id)))],
            [.. entries.Sources.OrderBy(s => s.Name, StringComparer.OrdinalIgnoreCase).ThenBy(s => s.Id).Select(s => new SourceRow(s, raised.GetValueOrDefault(s.Id)))],
            entries, mayWrite, nowMs - sinceMs);
    }

    private static Dictionary<long, EventCount> CountOf(IEnumerable<(long Owner, long AtMs)> events, long sinceMs) => events
        .GroupBy(e => e.Owner).ToDictionary(group => group.Key, group => new EventCount(group.Count(e => e.AtMs >= sinceMs), group.Max(e => e.AtMs)));
}
