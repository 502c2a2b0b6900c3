using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>How far a change had come.</summary>
public enum Stage { PUSHED, MERGED, RELEASED, RUNNING, LIVE, FAILED, CANCELLED, ROLLED_BACK, REPORTED }

/// <summary>A step in the life of a change.</summary>
/// <param name="Stage">How far it had come.</param>
/// <param name="TimeMs">When.</param>
/// <param name="Environment">Where; null where nobody said.</param>
public readonly record struct LifeStep(Stage Stage, long TimeMs, string? Environment)
{
    /// <summary>As many as can be read at a glance.</summary>
    private const int StepsMax = 8;

    /// <summary>In the words of the page.</summary>
    public string Word => Stage switch
    {
        Stage.ROLLED_BACK => "rolled back",
        _ => Stage.ToString().ToLowerInvariant(),
    };

    /// <summary>A change's steps, oldest first. What was said again is one step, and what ended is not running any more.</summary>
    public static IReadOnlyList<LifeStep> Of(Change change)
    {
        var steps = change.Deployments.SelectMany(StepsOf).OrderBy(step => step.TimeMs).ThenBy(step => step.Stage)
            .DistinctBy(step => (step.Stage, step.Environment)).ToArray();
        return steps.Length <= StepsMax ? steps : [steps[0], .. steps[^(StepsMax - 1)..]];
    }

    private static IEnumerable<LifeStep> StepsOf(DeploymentTrail deployment)
    {
        foreach (var e in deployment.Events)
        {
            if (e.Status == DeploymentStatus.STARTED && !deployment.IsRunning)
                continue;
            yield return new(StageOf(deployment, e), e.Status is DeploymentStatus.ROLLED_BACK ? e.OccurredAtMs : Math.Min(e.FinishedAtMs ?? e.OccurredAtMs, e.OccurredAtMs), deployment.Environment);
        }
    }

    /// <summary>A suspect's steps as its answer tells them, oldest first: the rest of its change, and itself.</summary>
    public static IReadOnlyList<LifeStep> Of(Suspect suspect) =>
    [
        .. suspect.Lifeline.Select(Of).Append(new(StageOf(suspect.Status, suspect.Kind, suspect.Status), suspect.EndMs ?? suspect.StartMs, suspect.Environment))
            .OrderBy(step => step.TimeMs).ThenBy(step => step.Stage).TakeLast(StepsMax),
    ];

    public static LifeStep Of(LifelineEntry entry) => new(StageOf(entry.Status, entry.Kind, entry.Status), entry.OccurredAtMs, entry.Environment);

    private static Stage StageOf(DeploymentTrail deployment, Deployment e) => StageOf(e.Status, e.Kind, deployment.Status);

    private static Stage StageOf(DeploymentStatus said, DeploymentKind kind, DeploymentStatus whole) => said switch
    {
        DeploymentStatus.STARTED => Stage.RUNNING,
        DeploymentStatus.FAILED => Stage.FAILED,
        DeploymentStatus.CANCELLED => Stage.CANCELLED,
        DeploymentStatus.ROLLED_BACK => Stage.ROLLED_BACK,
        _ => kind switch
        {
            DeploymentKind.PUSH => Stage.PUSHED,
            DeploymentKind.MERGE => Stage.MERGED,
            DeploymentKind.RELEASE => Stage.RELEASED,
            _ => whole == DeploymentStatus.UNKNOWN ? Stage.REPORTED : Stage.LIVE,
        },
    };
}
