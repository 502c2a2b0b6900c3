using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>A deployment as its account lists it: all that most looks need, side by side, because every look elsewhere in memory costs more than the rest of it.</summary>
internal struct DeploymentRow
{
    /// <summary>Of its latest event; the rest is of that event too.</summary>
    public long LatestMs;
    public long PipelineId;
    public int Deployment;

    /// <summary>How long before that its start and end lie; where more than fits, it is not <see cref="IsWhole"/>.</summary>
    public uint StartAgoMs, EndAgoMs;
    public int Service, Environment, Repository, Commit;

    /// <summary>Whether the event is the only one, so that this is all there is to know.</summary>
    public bool IsWhole;

    private byte _kind, _status;

    public DeploymentKind Kind { readonly get => (DeploymentKind)_kind; set => _kind = (byte)value; }

    public DeploymentStatus Status { readonly get => (DeploymentStatus)_status; set => _status = (byte)value; }

    public static DeploymentRow Of(DeploymentStore store, int deployment)
    {
        ref var entry = ref store.Deployment(deployment);
        ref var e = ref store.Event(entry.Latest);
        var (startAgoMs, endAgoMs) = (e.OccurredAtMs - e.StartMs, e.OccurredAtMs - e.EndMs);
        return new()
        {
            LatestMs = e.OccurredAtMs,
            PipelineId = entry.PipelineId,
            Deployment = deployment,
            StartAgoMs = (uint)startAgoMs,
            EndAgoMs = (uint)endAgoMs,
            Service = e.Service,
            Environment = e.Environment,
            Repository = e.Repository,
            Commit = e.Commit,
            Kind = e.Kind,
            Status = e.Status,
            IsWhole = e.Older < 0 && startAgoMs <= uint.MaxValue && endAgoMs <= uint.MaxValue,
        };
    }
}

/// <summary>The deployments of an account by the time of their latest event; of equal times the one added first is first.</summary>
internal struct DeploymentRows
{
    private Run _run;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly ReadOnlySpan<DeploymentRow> All(RunPool<DeploymentRow> pool) => Count == 0 ? [] : pool[_run][_start.._end];

    /// <summary>How many have a time that is not greater.</summary>
    public readonly int CountUntil(RunPool<DeploymentRow> pool, long timeMs)
    {
        int low = _start, high = _end;
        if (low == high) return 0;
        var rows = pool[_run];
        // The latest is asked for most.
        if (rows[high - 1].LatestMs <= timeMs) return high - low;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (rows[middle].LatestMs <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low - _start;
    }

    public void Add(RunPool<DeploymentRow> pool, in DeploymentRow row)
    {
        if (_end == _run.Capacity) Grow(pool);
        var at = _start + CountUntil(pool, row.LatestMs);
        var rows = pool[_run];
        rows[at.._end].CopyTo(rows[(at + 1)..]);
        rows[at] = row;
        _end++;
    }

    public void Remove(RunPool<DeploymentRow> pool, long latestMs, int deployment)
    {
        var at = IndexOf(pool, latestMs, deployment);
        var rows = pool[_run];
        rows[(at + 1).._end].CopyTo(rows[at..]);
        _end--;
    }

    /// <summary>Puts a row in the place of the one of the same deployment and time.</summary>
    public readonly void Replace(RunPool<DeploymentRow> pool, in DeploymentRow row) => pool[_run][IndexOf(pool, row.LatestMs, row.Deployment)] = row;

    public void DropFirst(RunPool<DeploymentRow> pool, int count)
    {
        _start += count;
        if (_start < _end) return;
        pool.Return(_run);
        this = default;
    }

    private readonly int IndexOf(RunPool<DeploymentRow> pool, long latestMs, int deployment)
    {
        var at = _start + CountUntil(pool, latestMs - 1);
        var rows = pool[_run];
        while (rows[at].Deployment != deployment) at++;
        return at;
    }

    private void Grow(RunPool<DeploymentRow> pool)
    {
        var count = Count;
        // What was dropped at the beginning makes room, unless it is too little to be worth the moving.
        var run = _start > count / 4 ? _run : pool.Rent(count + 1);
        pool[_run].Slice(_start, count).CopyTo(pool[run]);
        if (run != _run) pool.Return(_run);
        (_run, _start, _end) = (run, 0, count);
    }
}
