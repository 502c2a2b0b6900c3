using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>What the join keeps of one deployment event; one of its deployment's events, latest first.</summary>
internal struct DeploymentEvent
{
    public long OccurredAtMs;

    /// <summary>startedAt ?? finishedAt ?? occurredAt, after clamping.</summary>
    public long StartMs;

    /// <summary>finishedAt ?? occurredAt, after clamping.</summary>
    public long EndMs;

    /// <summary>Its texts, see <see cref="EventText"/>.</summary>
    public long Texts;

    /// <summary>The next older event of the same deployment; −1 for none.</summary>
    public int Older;

    /// <summary>Numbers of <see cref="Names"/>; 0 where it does not say.</summary>
    public int Service, Environment, Repository, Commit;
    private byte _kind, _status;

    public DeploymentKind Kind { readonly get => (DeploymentKind)_kind; set => _kind = (byte)value; }

    public DeploymentStatus Status { readonly get => (DeploymentStatus)_status; set => _status = (byte)value; }
}

/// <summary>What an event says in words; null where it does not.</summary>
internal readonly ref struct DeploymentTexts
{
    public required string EventId { get; init; }
    public string? Service { get; init; }
    public string? Environment { get; init; }
    public string? Repository { get; init; }
    public string? Commit { get; init; }
    public string? Summary { get; init; }
    public string? Version { get; init; }
    public string? Link { get; init; }
}

/// <summary>The texts of an event that are its own, in the order they are kept in.</summary>
internal enum EventText { EventId, Summary, Version, Link }

/// <summary>One deployment of an account.</summary>
internal struct DeploymentEntry
{
    public long PipelineId;
    public long Id;

    /// <summary>Its account's number.</summary>
    public int Account;

    /// <summary>The latest event; the others hang on it.</summary>
    public int Latest;
}

/// <summary>The deployments and events of a task, as values in pages: no object for any of them.</summary>
internal sealed class DeploymentStore
{
    private readonly Slab<DeploymentEntry> _deployments = new();
    private readonly Slab<DeploymentEvent> _events = new();
    private readonly HashIndex _index = new();

    public DeploymentStore() => Names = new(Texts);

    public TextPages Texts { get; } = new();

    public Names Names { get; }

    /// <summary>What each account lists.</summary>
    public RunPool<DeploymentRow> Rows { get; } = new();

    /// <summary>When each account had its events.</summary>
    public RunPool<long> Times { get; } = new();

    public int Deployments => _deployments.Count;
    public int Events => _events.Count;

    public ref DeploymentEntry Deployment(int number) => ref _deployments[number];

    public ref DeploymentEvent Event(int number) => ref _events[number];

    public string IdOf(int deployment) => Texts.Text(_deployments[deployment].Id, 0)!;

    public string? TextOf(int e, EventText text) => Texts.Text(_events[e].Texts, (int)text);

    /// <returns>−1 where there is none.</returns>
    public int Find(int account, long pipelineId, string deploymentId)
    {
        var hash = HashOf(account, pipelineId, deploymentId);
        for (var slot = _index.First(hash); slot >= 0; slot = _index.Next(slot, hash))
        {
            ref var found = ref _deployments[_index[slot]];
            if (found.Account == account && found.PipelineId == pipelineId && Texts.Is(found.Id, 0, deploymentId)) return _index[slot];
        }
        return -1;
    }

    /// <returns>The new deployment, which has no event yet.</returns>
    public int AddDeployment(int account, long pipelineId, string deploymentId)
    {
        var entry = new DeploymentEntry { Account = account, PipelineId = pipelineId, Id = Texts.Add(deploymentId), Latest = -1 };
        var number = _deployments.Add(entry);
        _index.Add(HashOf(entry), number);
        return number;
    }

    /// <summary>Takes an event into its place among those of its deployment.</summary>
    public void AddEvent(int deployment, DeploymentEvent added, in DeploymentTexts texts)
    {
        added.Texts = Texts.Add(texts.EventId, texts.Summary, texts.Version, texts.Link);
        (added.Service, added.Environment) = (Names.Use(texts.Service), Names.Use(texts.Environment));
        (added.Repository, added.Commit) = (Names.Use(texts.Repository), Names.Use(texts.Commit));
        ref var entry = ref _deployments[deployment];
        var newer = -1;
        var older = entry.Latest;
        while (older >= 0 && !IsAfter(added, texts.EventId, older)) (newer, older) = (older, _events[older].Older);
        added.Older = older;
        var number = _events.Add(added);
        if (newer < 0) entry.Latest = number;
        else _events[newer].Older = number;
    }

    /// <param name="deployment">Whose events are looked at.</param>
    /// <param name="eventId">Of the event looked for.</param>
    /// <param name="heldFromMs">Events before this are past their time, whether they were dropped yet or not.</param>
    public bool Holds(int deployment, string eventId, long heldFromMs)
    {
        for (var e = _deployments[deployment].Latest; e >= 0 && _events[e].OccurredAtMs >= heldFromMs; e = _events[e].Older)
        {
            if (Texts.Is(_events[e].Texts, (int)EventText.EventId, eventId)) return true;
        }
        return false;
    }

    /// <summary>Drops the events of a deployment before the given time, but for the latest: a deployment whose latest event goes, goes whole.</summary>
    public void Evict(int deployment, long beforeMs)
    {
        var kept = _deployments[deployment].Latest;
        while (_events[kept].Older is >= 0 and var older && _events[older].OccurredAtMs >= beforeMs) kept = older;
        FreeEvents(_events[kept].Older);
        _events[kept].Older = -1;
    }

    /// <returns>How many events it had.</returns>
    public int Remove(int deployment)
    {
        ref var entry = ref _deployments[deployment];
        var events = FreeEvents(entry.Latest);
        _index.Remove(HashOf(entry), deployment);
        Texts.Release(entry.Id);
        _deployments.Free(deployment);
        return events;
    }

    /// <summary>Order in which events of one deployment override each other: time, then status rank, then eventId.</summary>
    private bool IsAfter(in DeploymentEvent added, string eventId, int other)
    {
        ref var e = ref _events[other];
        if (added.OccurredAtMs != e.OccurredAtMs) return added.OccurredAtMs > e.OccurredAtMs;
        if (added.Status != e.Status) return added.Status > e.Status;
        return string.CompareOrdinal(eventId, TextOf(other, EventText.EventId)) > 0;
    }

    private int FreeEvents(int first)
    {
        var count = 0;
        for (var e = first; e >= 0; e = _events[e].Older, count++)
        {
            Free(_events[e]);
            _events.Free(e);
        }
        return count;
    }

    private void Free(in DeploymentEvent e)
    {
        Texts.Release(e.Texts);
        Names.Release(e.Service);
        Names.Release(e.Environment);
        Names.Release(e.Repository);
        Names.Release(e.Commit);
    }

    /// <summary>Worked out again when it goes, which is less than to keep it.</summary>
    private int HashOf(in DeploymentEntry entry)
    {
        const int ShortMax = 256;
        var utf8 = Texts.Utf8(entry.Id, 0, out _);
        Span<char> id = utf8.Length <= ShortMax ? stackalloc char[ShortMax] : new char[utf8.Length];
        return HashOf(entry.Account, entry.PipelineId, id[..Encoding.UTF8.GetChars(utf8, id)]);
    }

    private static int HashOf(int account, long pipelineId, ReadOnlySpan<char> deploymentId) =>
        HashCode.Combine(account, pipelineId, string.GetHashCode(deploymentId, StringComparison.Ordinal));
}
