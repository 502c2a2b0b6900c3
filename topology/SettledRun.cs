using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>One join of which only the settled answers are looked at, to be compared with those of another.</summary>
internal sealed class SettledRun
{
    /// <summary>Answers that are not settled are thrown away, so batches may be long; they end only so that little waits for their end.</summary>
    private const int BatchRecords = 1024;

    private readonly CorrelationTask _task;
    private readonly List<Enrichment> _output = [];
    private int _records;

    /// <param name="settings">Of the answers.</param>
    /// <param name="tables">To be filled before the first record.</param>
    /// <param name="onSettled">Told of each settled answer, while its candidates and what its claim hides can be asked for.</param>
    public SettledRun(JoinSettings settings, Tables tables, Action<Enrichment, Answer> onSettled) =>
        _task = new CorrelationTask(settings, tables) { OnSettled = onSettled };

    public long StreamTimeMs => _task.StreamTimeMs;

    public void OnDeployment(Deployment deployment, long kafkaTimestampMs)
    {
        _task.OnDeployment(deployment, kafkaTimestampMs, _output);
        EndRecord();
    }

    public void OnAlert(Alert alert, long kafkaTimestampMs)
    {
        _task.OnAlert(alert, kafkaTimestampMs, _output);
        EndRecord();
    }

    /// <summary>The records are over: what is open settles as it stands.</summary>
    public void RunOut()
    {
        _task.RunOut(_output);
        _output.Clear();
    }

    private void EndRecord()
    {
        if (++_records % BatchRecords == 0) _task.EndBatch(_output);
        _output.Clear();
    }
}
