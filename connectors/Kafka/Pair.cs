using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Partition p of deployments and partition p of alerts, joined by one task.</summary>
/// <remarks>
/// One thread. It works only while both halves are assigned. It begins by rebuilding its state from records that were committed before: they go through
/// the same merge and join, and what comes out is thrown away because it was written then.
/// </remarks>
internal sealed class Pair(int partition, Inbox<Deployment> deployments, Inbox<Alert> alerts, ILogger log)
{
    private readonly List<Enrichment> _answers = [];
    private readonly RepeatLimit _repeats = new(linesMax: 10);
    private CorrelationTask? _task;
    private int _restored;

    public int Partition => partition;

    public Inbox<Deployment> Deployments => deployments;

    public Inbox<Alert> Alerts => alerts;

    public bool IsWhole => deployments.IsAssigned && alerts.IsAssigned;

    public bool IsStarted => _task is not null;

    public bool IsRestoring => deployments.IsRestoring;

    public long StreamTimeMs => _task?.StreamTimeMs ?? long.MinValue;

    public bool RegistryIsDown => deployments.RegistryIsDown || alerts.RegistryIsDown;

    public void Start(CorrelationTask task, PairStart start)
    {
        deployments.StartAt(start.Deployments);
        alerts.StartAt(start.Alerts);
        _task = task;
        _answers.Clear();
        _restored = 0;
    }

    /// <summary>Throws the state away; what is not committed will be read again.</summary>
    public void Drop() => _task = null;

    /// <summary>Applies what can be applied, up to a limit.</summary>
    /// <returns>How many records were applied or set aside.</returns>
    public int Step(int limit, Func<TopicPartition, long> highWatermark, Outbox outbox)
    {
        if (_task is not { } task)
            return 0;
        var taken = 0;
        for (; taken < limit; taken++)
        {
            var deployment = deployments.Peek();
            var alert = alerts.Peek();
            if (deployment is { Fate.Kind: not FateKind.Join })
                SetAside(deployments, deployment, outbox);
            else if (alert is { Fate.Kind: not FateKind.Join })
                SetAside(alerts, alert, outbox);
            else if (!Merge(task, deployment, alert, highWatermark, outbox))
                break;
        }
        return taken;
    }

    /// <summary>Writes the answers that have changed; to be followed by waiting for the acknowledgements, and then by the commit.</summary>
    public void EndBatch(Outbox outbox)
    {
        if (_task is null || IsRestoring)
            return;
        _task.EndBatch(_answers);
        WriteAnswers(outbox);
    }

    /// <summary>What may be committed once everything written is acknowledged.</summary>
    public IEnumerable<TopicPartitionOffset> Uncommitted()
    {
        if (_task is null || IsRestoring)
            yield break;
        if (deployments.Applied > deployments.Committed)
            yield return new(deployments.Partition, deployments.Applied);
        if (alerts.Applied > alerts.Committed)
            yield return new(alerts.Partition, alerts.Applied);
    }

    public void Committed()
    {
        deployments.Committed = deployments.Applied;
        alerts.Committed = alerts.Applied;
    }

    private bool Merge(CorrelationTask task, Head<Deployment>? deployment, Head<Alert>? alert, Func<TopicPartition, long> highWatermark, Outbox outbox)
    {
        var moreDeployments = deployment is null && deployments.IsAwaited(highWatermark(deployments.Partition));
        var moreAlerts = alert is null && alerts.IsAwaited(highWatermark(alerts.Partition));
        switch (PairMerge.Next(deployment?.EventTimeMs, moreDeployments, alert?.EventTimeMs, moreAlerts))
        {
            case MergeStep.TakeDeployment:
                Settle(deployments, deployment!, task.OnDeployment(deployment!.Record!, deployment.Raw.Message.Timestamp.UnixTimestampMs, _answers), outbox);
                return true;
            case MergeStep.TakeAlert:
                Settle(alerts, alert!, task.OnAlert(alert!.Record!, alert.Raw.Message.Timestamp.UnixTimestampMs, _answers), outbox);
                return true;
            case MergeStep.Nothing when IsRestoring:
                EndRestore(task);
                return true;
            default:
                return false;
        }
    }

    private void Settle<T>(Inbox<T> inbox, Head<T> head, Verdict verdict, Outbox outbox)
    {
        if (IsRestoring)
            _answers.Clear();
        else
            WriteAnswers(outbox);
        if (verdict is Verdict.Late)
            WorkerMetrics.Late.Add(IsRestoring ? 0 : 1, WorkerMetrics.Topic(inbox.Partition.Topic));
        if (verdict is Verdict.Late or Verdict.ImpossibleTime or Verdict.MissingId)
            SetAside(inbox, head with { Fate = Fate.Dead(DeadLetters.ReasonOf(verdict), DeadLetters.Explain(verdict, head.EventTimeMs, head.Raw, StreamTimeMs)) }, outbox);
        else
            Take(inbox);
    }

    private void SetAside<T>(Inbox<T> inbox, Head<T> head, Outbox outbox)
    {
        var (kind, to, reason, error) = head.Fate;
        // Before the commit it was written once already.
        if (!IsRestoring && kind == FateKind.Reroute)
        {
            Tell(head.Raw.Topic + " MISROUTED", () => log.Misrouted(head.Raw.Topic, head.Raw.Partition.Value, head.Raw.Offset.Value, to));
            outbox.Reroute(head.Raw, to);
        }
        else if (!IsRestoring)
        {
            Tell($"{head.Raw.Topic} {reason}", () => log.DeadLetter(head.Raw.Topic, head.Raw.Partition.Value, head.Raw.Offset.Value, reason, error));
            outbox.Dead(head.Raw, reason, error);
        }
        Take(inbox);
    }

    /// <summary>All of them are counted and kept; of a flood of one kind the log needs no line for each.</summary>
    private void Tell(string kind, Action line)
    {
        if (!_repeats.Allows(kind, out var keptBack))
            return;
        line();
        if (keptBack > 0)
            log.KeptBack(keptBack, kind);
    }

    private void Take<T>(Inbox<T> inbox)
    {
        inbox.Take();
        if (IsRestoring)
            _restored++;
        else
            WorkerMetrics.RecordsRead.Add(1, WorkerMetrics.Topic(inbox.Partition.Topic));
    }

    private void EndRestore(CorrelationTask task)
    {
        task.EndBatch(_answers);
        _answers.Clear();
        deployments.EndRestore();
        alerts.EndRestore();
        WorkerMetrics.Restores.Add(1);
        log.Restored(partition, _restored, deployments.Applied, alerts.Applied);
    }

    private void WriteAnswers(Outbox outbox)
    {
        foreach (var answer in _answers)
            outbox.Answer(answer, partition);
        _answers.Clear();
    }
}
