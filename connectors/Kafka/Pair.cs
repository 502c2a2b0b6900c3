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
internal sealed class Pair(int partition, Inbox<Deployment> deployments, Inbox<Alert> alerts, Func<TopicPartition, long> highWatermark, TimeProvider clock, ILogger log)
{
    private readonly List<Enrichment> _answers = [];
    private readonly RepeatLimit _repeats = new(linesMax: 10, clock);
    private long _restoreFrom;
    private CorrelationTask? _task;
    private long _takenBefore;

    public int Partition => partition;

    public Inbox<Deployment> Deployments => deployments;

    public Inbox<Alert> Alerts => alerts;

    public bool IsWhole => deployments.IsAssigned && alerts.IsAssigned;

    public bool IsStarted => _task is not null;

    /// <summary>Where to begin is being found out; dropped meanwhile, it must be found out again.</summary>
    public bool IsPlanned { get; private set; }

    public bool IsRestoring => deployments.IsRestoring;

    public long StreamTimeMs => _task?.StreamTimeMs ?? long.MinValue;

    /// <summary>How far it is, for those who watch.</summary>
    public PairStatus Status() => new(
        partition, StreamTimeMs, _task?.State ?? default, Lag(deployments), Lag(alerts), deployments.Count + alerts.Count, deployments.Bytes + alerts.Bytes,
        IsStarted && IsRestoring ? Math.Max(0, deployments.RestoreUntil - deployments.Applied) + Math.Max(0, alerts.RestoreUntil - alerts.Applied) : 0,
        IsStarted && !IsRestoring);

    public bool RegistryIsDown => deployments.RegistryIsDown || alerts.RegistryIsDown;

    public void Start(CorrelationTask task, PairStart start)
    {
        deployments.StartAt(start.Deployments);
        alerts.StartAt(start.Alerts);
        _task = task;
        _answers.Clear();
        _takenBefore = deployments.Taken + alerts.Taken;
    }

    public void Plan() => (IsPlanned, _restoreFrom) = (true, clock.GetTimestamp());

    /// <summary>Throws the state away; what is not committed will be read again.</summary>
    public void Drop()
    {
        _task = null;
        IsPlanned = false;
    }

    /// <summary>Applies what can be applied, up to a limit.</summary>
    /// <returns>How many records were applied or set aside.</returns>
    public int Step(int limit, Batch batch)
    {
        if (_task is not { } task)
            return 0;
        var (deploymentsBefore, alertsBefore, taken) = (deployments.Taken, alerts.Taken, 0);
        var restoring = IsRestoring;
        // What only rebuilds state was read once already and is not counted again.
        while (taken < limit && IsRestoring == restoring && TakeOne(task, batch))
            taken++;
        if (!restoring)
        {
            Count(deployments, deploymentsBefore);
            Count(alerts, alertsBefore);
        }
        return taken;
    }

    /// <summary>Writes the answers that have changed; to be followed by handing the batch over, with the offsets.</summary>
    public void EndBatch(Batch batch)
    {
        if (_task is null || IsRestoring)
            return;
        _task.EndBatch(_answers);
        WriteAnswers(batch, AnswerKind.Revised);
        HandOver(deployments, batch);
        HandOver(alerts, batch);
    }

    private long Lag<T>(Inbox<T> inbox) => IsStarted && highWatermark(inbox.Partition) is var high and >= 0 ? Math.Max(0, high - inbox.Applied) : 0;

    private static void HandOver<T>(Inbox<T> inbox, Batch batch)
    {
        if (inbox.Applied <= inbox.HandedOver)
            return;
        batch.Offsets.Add(new(inbox.Partition, inbox.Applied));
        inbox.HandedOver = inbox.Applied;
    }

    private bool TakeOne(CorrelationTask task, Batch batch)
    {
        var hasDeployment = deployments.Peek();
        var hasAlert = alerts.Peek();
        if (hasDeployment && deployments.Fate.Kind != FateKind.Join)
            SetAside(deployments, deployments.Fate, batch);
        else if (hasAlert && alerts.Fate.Kind != FateKind.Join)
            SetAside(alerts, alerts.Fate, batch);
        else
            return Merge(task, hasDeployment, hasAlert, batch);
        return true;
    }

    private bool Merge(CorrelationTask task, bool hasDeployment, bool hasAlert, Batch batch)
    {
        var moreDeployments = !hasDeployment && deployments.IsAwaited(highWatermark(deployments.Partition));
        var moreAlerts = !hasAlert && alerts.IsAwaited(highWatermark(alerts.Partition));
        switch (PairMerge.Next(hasDeployment ? deployments.EventTimeMs : null, moreDeployments, hasAlert ? alerts.EventTimeMs : null, moreAlerts))
        {
            case MergeStep.TakeDeployment:
                Settle(deployments, task.OnDeployment(deployments.Record!, deployments.TimestampMs, _answers), batch);
                return true;
            case MergeStep.TakeAlert:
                Settle(alerts, task.OnAlert(alerts.Record!, alerts.TimestampMs, _answers), batch);
                return true;
            case MergeStep.Nothing when IsRestoring:
                EndRestore(task);
                return true;
            default:
                return false;
        }
    }

    private void Settle<T>(Inbox<T> inbox, Verdict verdict, Batch batch)
    {
        if (IsRestoring)
            _answers.Clear();
        else
            WriteAnswers(batch, AnswerKind.First);
        if (verdict is Verdict.Late)
            WorkerMetrics.Late.Add(IsRestoring ? 0 : 1, WorkerMetrics.Topic(inbox.Partition.Topic));
        if (verdict is Verdict.Late or Verdict.ImpossibleTime or Verdict.MissingId)
            SetAside(inbox, Fate.Dead(DeadLetters.ReasonOf(verdict), DeadLetters.Explain(verdict, inbox.EventTimeMs, inbox.TimestampMs, StreamTimeMs)), batch);
        else
            inbox.Take();
    }

    private void SetAside<T>(Inbox<T> inbox, Fate fate, Batch batch)
    {
        // Before the commit it was written once already.
        if (!IsRestoring)
            SetAside(inbox.Raw(), fate, batch);
        inbox.Take();
    }

    private void SetAside(RawRecord raw, Fate fate, Batch batch)
    {
        var (kind, to, reason, error) = fate;
        if (kind == FateKind.Reroute)
        {
            Tell(raw.Topic + " MISROUTED", () => log.Misrouted(raw.Topic, raw.Partition, raw.Offset, to));
            batch.Reroute(raw, to);
        }
        else
        {
            Tell($"{raw.Topic} {reason}", () => log.DeadLetter(raw.Topic, raw.Partition, raw.Offset, reason, error));
            batch.Dead(raw, reason, error);
        }
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

    private static void Count<T>(Inbox<T> inbox, long before)
    {
        if (inbox.Taken > before)
            WorkerMetrics.RecordsRead.Add(inbox.Taken - before, WorkerMetrics.Topic(inbox.Partition.Topic));
    }

    private void EndRestore(CorrelationTask task)
    {
        task.EndBatch(_answers);
        _answers.Clear();
        deployments.EndRestore();
        alerts.EndRestore();
        WorkerMetrics.Restores.Add(1);
        var restored = deployments.Taken + alerts.Taken - _takenBefore;
        WorkerMetrics.RestoredRecords.Add(restored);
        WorkerMetrics.RestoreDuration.Record(clock.GetElapsedTime(_restoreFrom).TotalSeconds);
        log.Restored(partition, restored, deployments.Applied, alerts.Applied);
    }

    /// <param name="batch">Where they go.</param>
    /// <param name="kind">Of those that are not settled.</param>
    private void WriteAnswers(Batch batch, AnswerKind kind)
    {
        foreach (var answer in _answers)
        {
            batch.Answer(answer, partition, answer.Settled ? AnswerKind.Settled : kind);
            if (kind == AnswerKind.First && !answer.Settled)
                batch.AlertTimestampsMs.Add(alerts.TimestampMs);
        }
        _answers.Clear();
    }
}
