using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Tail;

/// <summary>An alert that a deployment is suspected of.</summary>
public readonly record struct Suspicion(AlertKey Alert, string AlertSummary, double Probability);

/// <summary>What has changed of an account since a position.</summary>
/// <param name="Changes">Each once, in the order of their last records.</param>
/// <param name="Alerts">Likewise.</param>
/// <param name="Until">Where the next question begins.</param>
/// <param name="IsWhole">False where what lies between is not known here any more.</param>
public sealed record News(IReadOnlyList<ChangeKey> Changes, IReadOnlyList<AlertKey> Alerts, Position Until, bool IsWhole);

/// <summary>The last records of an account, as changes and alerts.</summary>
/// <remarks>One thread writes, many read. What is handed out is immutable.</remarks>
public sealed class AccountTail
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DeploymentKey, DeploymentTrail> _deployments = [];
    private readonly Dictionary<long, HashSet<DeploymentKey>> _pipelines = [];
    private readonly Dictionary<ChangeKey, Entry> _changes = [];
    private readonly Dictionary<AlertKey, AlertTrail> _alerts = [];
    private readonly Dictionary<AlertKey, int> _alertRecords = [];
    private readonly Dictionary<DeploymentKey, Dictionary<AlertKey, Suspicion>> _suspicions = [];
    private readonly DeliveryTail _deliveries = new();
    private readonly RecordLog<ChangeKey> _deploymentLog = new();
    private readonly RecordLog<AlertKey> _alertLog = new();
    private readonly RecordLog<AlertKey> _answerLog = new();
    private long _version;

    /// <summary>Grows with each record.</summary>
    public long Version => Interlocked.Read(ref _version);

    public void Apply(Deployment e, long offset)
    {
        lock (_lock)
        {
            var key = new DeploymentKey(e.PipelineId, e.DeploymentId);
            var before = _deployments.GetValueOrDefault(key);
            var now = before?.With(e) ?? DeploymentTrail.Of([e]);
            if (now != before)
                Replace(key, before, now);
            _deploymentLog.Add(offset, ChangeKey.Of(now));
            _version++;
        }
    }

    public void Apply(Alert e, long offset)
    {
        lock (_lock)
        {
            var key = new AlertKey(e.AlertId, e.OccurredAtMs);
            _alerts[key] = _alerts.TryGetValue(key, out var known) ? known.With(e) : AlertTrail.Of(key, [e], []);
            Count(key, 1);
            _alertLog.Add(offset, key);
            _version++;
        }
    }

    public void Apply(Enrichment answer, long offset)
    {
        lock (_lock)
        {
            var key = new AlertKey(answer.AlertId, answer.AlertOccurredAtMs);
            var known = _alerts.GetValueOrDefault(key) ?? AlertTrail.Of(key, [], []);
            var now = known.With(answer);
            _alerts[key] = now;
            Suspect(known.Answer, now);
            Count(key, 1);
            _answerLog.Add(offset, key);
            _version++;
        }
    }

    public void Apply(Delivery delivery, DeliveryId id)
    {
        lock (_lock)
        {
            _deliveries.Add(delivery, id);
            _version++;
        }
    }

    /// <summary>Lets go of a deployment's event.</summary>
    public void Forget(DeploymentKey key, string eventId)
    {
        lock (_lock)
        {
            if (_deployments.TryGetValue(key, out var before))
                Replace(key, before, before.Without(eventId));
        }
    }

    /// <summary>Lets go of one of an alert's records: with the last of them goes the alert, so that it is whole as long as it is here.</summary>
    public void Forget(AlertKey key)
    {
        lock (_lock)
        {
            if (Count(key, -1) == 0 && _alerts.Remove(key, out var alert))
                Suspect(alert.Answer, AlertTrail.Of(key, [], []));
        }
    }

    /// <summary>Lets go of a delivery.</summary>
    public void Forget(DeliveryOwner owner, DeliveryId id)
    {
        lock (_lock)
            _deliveries.Forget(owner, id);
    }

    /// <summary>The last deliveries that were not taken, newest first.</summary>
    public IReadOnlyList<RefusedDelivery> DeliveriesOf(DeliveryOwner owner)
    {
        lock (_lock)
            return _deliveries.Of(owner);
    }

    /// <summary>A pipeline's deployments, in no order.</summary>
    public IReadOnlyList<DeploymentTrail> DeploymentsOf(long pipelineId)
    {
        lock (_lock)
            return _pipelines.TryGetValue(pipelineId, out var keys) ? [.. keys.Select(key => _deployments[key])] : [];
    }

    /// <summary>All deployments it holds, in no order.</summary>
    public IReadOnlyList<DeploymentTrail> Deployments()
    {
        lock (_lock)
            return [.. _deployments.Values];
    }

    /// <summary>All changes it holds, in no order.</summary>
    public IReadOnlyList<Change> Changes()
    {
        lock (_lock)
            return [.. _changes.Values.Select(entry => entry.Change(_deployments))];
    }

    public Change? Find(ChangeKey key)
    {
        lock (_lock)
            return _changes.TryGetValue(key, out var entry) ? entry.Change(_deployments) : null;
    }

    public DeploymentTrail? Find(DeploymentKey key)
    {
        lock (_lock)
            return _deployments.GetValueOrDefault(key);
    }

    public AlertTrail? Find(AlertKey key)
    {
        lock (_lock)
            return _alerts.GetValueOrDefault(key);
    }

    /// <summary>All alerts it holds, in no order.</summary>
    public IReadOnlyList<AlertTrail> Alerts()
    {
        lock (_lock)
            return [.. _alerts.Values];
    }

    /// <summary>The alerts that a change is suspected of by their latest answers, likeliest first.</summary>
    public IReadOnlyList<Suspicion> SuspicionsOf(Change change)
    {
        lock (_lock)
        {
            return
            [
                .. change.Deployments.SelectMany(d => _suspicions.TryGetValue(d.Key, out var found) ? found.Values : Enumerable.Empty<Suspicion>())
                    .OrderByDescending(s => s.Probability).ThenBy(s => s.Alert.AlertId, StringComparer.Ordinal).DistinctBy(s => s.Alert),
            ];
        }
    }

    /// <param name="since">Where the asker stands.</param>
    /// <param name="until">Where the reading stands: asked for before this call, so that nothing falls between.</param>
    public News Since(Position since, Position until)
    {
        lock (_lock)
        {
            var (changes, alerts) = (new List<ChangeKey>(), new List<AlertKey>());
            var isWhole = _deploymentLog.Since(since.Deployments, changes) & _alertLog.Since(since.Alerts, alerts);
            var answers = new List<AlertKey>();
            isWhole &= _answerLog.Since(since.Enrichments, answers);
            alerts.AddRange(answers);
            // A suspicion is shown with the change it falls on.
            foreach (var answer in answers)
                changes.AddRange(SuspectsOf(_alerts.GetValueOrDefault(answer)?.Answer).Select(key => _deployments.GetValueOrDefault(key)).OfType<DeploymentTrail>().Select(ChangeKey.Of));
            return new(LastOfEach(changes), LastOfEach(alerts), until, isWhole);
        }
    }

    private static List<T> LastOfEach<T>(List<T> keys)
    {
        keys.Reverse();
        var last = keys.Distinct().ToList();
        last.Reverse();
        return last;
    }

    private static IEnumerable<DeploymentKey> SuspectsOf(Enrichment? answer) => answer is null
        ? []
        : answer.Suspects.Select(suspect => new DeploymentKey(suspect.PipelineId, suspect.DeploymentId));

    private int Count(AlertKey key, int more)
    {
        var count = _alertRecords.GetValueOrDefault(key) + more;
        if (count > 0)
            _alertRecords[key] = count;
        else
            _alertRecords.Remove(key);
        return count;
    }

    private void Replace(DeploymentKey key, DeploymentTrail? before, DeploymentTrail? now)
    {
        if (before is not null)
        {
            var group = ChangeKey.Of(before);
            _changes[group].Remove(key);
            if (_changes[group].IsEmpty)
                _changes.Remove(group);
        }

        if (now is null)
        {
            _deployments.Remove(key);
            if (_pipelines.TryGetValue(key.PipelineId, out var rest) && rest.Remove(key) && rest.Count == 0)
                _pipelines.Remove(key.PipelineId);
            return;
        }

        _deployments[key] = now;
        if (!_pipelines.TryGetValue(key.PipelineId, out var keys))
            _pipelines[key.PipelineId] = keys = [];
        keys.Add(key);
        var changed = ChangeKey.Of(now);
        if (!_changes.TryGetValue(changed, out var entry))
            _changes[changed] = entry = new();
        entry.Add(key);
    }

    private void Suspect(Enrichment? before, AlertTrail now)
    {
        foreach (var key in SuspectsOf(before))
        {
            if (_suspicions.TryGetValue(key, out var of) && of.Remove(now.Key) && of.Count == 0)
                _suspicions.Remove(key);
        }

        foreach (var suspect in now.Answer?.Suspects ?? [])
        {
            var key = new DeploymentKey(suspect.PipelineId, suspect.DeploymentId);
            if (!_suspicions.TryGetValue(key, out var of))
                _suspicions[key] = of = [];
            of[now.Key] = new(now.Key, now.Summary, suspect.Probability);
        }
    }

    /// <summary>The deployments of a change, and the change made of them once it is asked for.</summary>
    private sealed class Entry
    {
        private readonly List<DeploymentKey> _keys = [];
        private Change? _change;

        public bool IsEmpty => _keys.Count == 0;

        public void Add(DeploymentKey key)
        {
            _keys.Add(key);
            _change = null;
        }

        public void Remove(DeploymentKey key)
        {
            _keys.Remove(key);
            _change = null;
        }

        public Change Change(Dictionary<DeploymentKey, DeploymentTrail> deployments) => _change ??= new Change(_keys.Select(key => deployments[key]));
    }
}
