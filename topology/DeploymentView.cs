using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>A deployment folded over the events that count for one alert.</summary>
/// <remarks>
/// What every candidate is asked for is folded at once. Texts stay where they are: only a suspect's are looked up.
/// </remarks>
internal struct DeploymentView
{
    public int Deployment;
    public long PipelineId;
    public long StartMs;

    /// <summary>Its end, or its end so far while it is running.</summary>
    public long EndMs;
    public long FromMs;

    /// <summary>The latest event that counts; −1 where the deployment has just one, which is then not looked up before it is needed.</summary>
    private int _latest;

    /// <summary>Numbers of <see cref="Names"/>, each of the latest event that says it; 0 where none does.</summary>
    public int Service, Environment, Repository, Commit;
    public DeploymentKind Kind;
    public DeploymentStatus Status;

    public readonly bool IsRunning => Status == DeploymentStatus.STARTED;

    /// <summary>A push, a merge or a release says that something is ready; every other kind says that it is live.</summary>
    public readonly bool IsLive => Kind is not (DeploymentKind.PUSH or DeploymentKind.MERGE or DeploymentKind.RELEASE);

    /// <summary>The latest event that counts.</summary>
    public readonly int Latest(DeploymentStore store) => _latest >= 0 ? _latest : store.Deployment(Deployment).Latest;

    /// <summary>The deployment as the events in a range tell it; false where none lies in it.</summary>
    public static bool TryFold(DeploymentStore store, in DeploymentRow row, long fromMs, long toMs, out DeploymentView view)
    {
        if (!row.IsWhole) return TryFold(store, row.Deployment, fromMs, toMs, out view);
        view = default;
        if (row.LatestMs < fromMs || row.LatestMs > toMs) return false;
        view.Deployment = row.Deployment;
        view.PipelineId = row.PipelineId;
        view.FromMs = fromMs;
        view._latest = -1;
        view.Kind = row.Kind;
        view.Status = row.Status;
        (view.Service, view.Environment, view.Repository, view.Commit) = (row.Service, row.Environment, row.Repository, row.Commit);
        (view.StartMs, view.EndMs) = view.Status == DeploymentStatus.ROLLED_BACK ? (row.LatestMs, row.LatestMs) : (row.LatestMs - row.StartAgoMs, row.LatestMs - row.EndAgoMs);
        return true;
    }

    private static bool TryFold(DeploymentStore store, int deployment, long fromMs, long toMs, out DeploymentView view)
    {
        ref var entry = ref store.Deployment(deployment);
        var latest = entry.Latest;
        while (latest >= 0 && store.Event(latest).OccurredAtMs > toMs) latest = store.Event(latest).Older;
        view = default;
        if (latest < 0 || store.Event(latest).OccurredAtMs < fromMs) return false;
        ref var e = ref store.Event(latest);
        view.Deployment = deployment;
        view.PipelineId = entry.PipelineId;
        view.FromMs = fromMs;
        view._latest = latest;
        view.Kind = e.Kind;
        view.Status = e.Status;
        view.Fold(store);
        return true;
    }

    private void Fold(DeploymentStore store)
    {
        long startMs = long.MaxValue, endMs = long.MinValue, firstMs = 0;
        for (var number = _latest; number >= 0; number = store.Event(number).Older)
        {
            ref var e = ref store.Event(number);
            if (e.OccurredAtMs < FromMs) break;
            firstMs = e.OccurredAtMs;
            if (Service == 0) Service = e.Service;
            if (Environment == 0) Environment = e.Environment;
            if (Repository == 0) Repository = e.Repository;
            if (Commit == 0) Commit = e.Commit;
            // A rollback hours later does not stretch the deployment.
            if (e.Status == DeploymentStatus.ROLLED_BACK) continue;
            startMs = Math.Min(startMs, e.StartMs);
            endMs = Math.Max(endMs, e.EndMs);
        }
        (StartMs, EndMs) = startMs == long.MaxValue ? (firstMs, firstMs) : (startMs, endMs);
    }

    /// <summary>The text of the latest event that has it.</summary>
    public readonly string? Text(DeploymentStore store, EventText text)
    {
        for (var number = Latest(store); number >= 0 && store.Event(number).OccurredAtMs >= FromMs; number = store.Event(number).Older)
        {
            if (store.TextOf(number, text) is { } found) return found;
        }
        return null;
    }
}
