namespace StreamDeploy.Topology;

/// <summary>A deployment as its account lists it: all that most looks need, side by side, because every look elsewhere in memory costs more than the rest of it.</summary>
internal struct DeploymentRow
{
    /// <summary>Of its latest event; the rest is of that event too.</summary>
    public long LatestMs;
    public long PipelineId;
    public int Deployment;
    public int Latest;

    /// <summary>How long before that its start and end lie; where more than fits, it is not <see cref="IsWhole"/>.</summary>
    public uint StartAgoMs, EndAgoMs;
    public int Service, Environment, Repository, Commit;
    public byte Kind, Status;

    /// <summary>Whether the event is the only one, so that this is all there is to know.</summary>
    public bool IsWhole;

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
            Latest = entry.Latest,
            StartAgoMs = (uint)startAgoMs,
            EndAgoMs = (uint)endAgoMs,
            Service = e.Service,
            Environment = e.Environment,
            Repository = e.Repository,
            Commit = e.Commit,
            Kind = (byte)e.Kind,
            Status = (byte)e.Status,
            IsWhole = e.Older < 0 && startAgoMs <= uint.MaxValue && endAgoMs <= uint.MaxValue,
        };
    }
}

/// <summary>The deployments of an account by the time of their latest event; of equal times the one added first is first.</summary>
internal struct DeploymentRows
{
    private DeploymentRow[] _rows;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly ReadOnlySpan<DeploymentRow> All => _rows.AsSpan(_start, Count);

    /// <summary>How many have a time that is not greater.</summary>
    public readonly int CountUntil(long timeMs)
    {
        int low = _start, high = _end;
        // The latest is asked for most.
        if (low == high || _rows[high - 1].LatestMs <= timeMs) return high - low;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_rows[middle].LatestMs <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low - _start;
    }

    public void Add(in DeploymentRow row)
    {
        if (_rows is null || _end == _rows.Length) Grow();
        var at = _start + CountUntil(row.LatestMs);
        Array.Copy(_rows!, at, _rows!, at + 1, _end - at);
        _rows![at] = row;
        _end++;
    }

    public void Remove(long latestMs, int deployment)
    {
        var at = IndexOf(latestMs, deployment);
        Array.Copy(_rows, at + 1, _rows, at, _end - at - 1);
        _end--;
    }

    /// <summary>Puts a row in the place of the one of the same deployment and time.</summary>
    public readonly void Replace(in DeploymentRow row) => _rows[IndexOf(row.LatestMs, row.Deployment)] = row;

    public void DropFirst(int count)
    {
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    private readonly int IndexOf(long latestMs, int deployment)
    {
        var at = _start + CountUntil(latestMs - 1);
        while (_rows[at].Deployment != deployment) at++;
        return at;
    }

    private void Grow()
    {
        var count = Count;
        // What was dropped at the beginning makes room, unless it is too little to be worth the moving.
        var size = _rows is not null && _start > count / 4 ? _rows.Length : Math.Max(2, count + count / 2);
        var rows = new DeploymentRow[size];
        if (_rows is not null) Array.Copy(_rows, _start, rows, 0, count);
        (_rows, _start, _end) = (rows, 0, count);
    }
}
