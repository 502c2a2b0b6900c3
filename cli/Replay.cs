using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli;

/// <summary>Runs one task over the lines of a file, as a worker would over one partition pair.</summary>
/// <remarks>Each record is a batch of its own, so every answer that could have been given is given.</remarks>
internal sealed class Replay
{
    private readonly Tables _tables = new();
    private readonly HashSet<int> _unreadable = [];
    private readonly CorrelationTask _task;
    private readonly Action<int, string> _tell;
    private long _offset;

    public Replay(JoinSettings settings, Action<int, string> tell)
    {
        _task = new CorrelationTask(settings, _tables);
        _tell = tell;
    }

    public int UnreadableLines => _unreadable.Count;

    /// <summary>First pass: takes in what belongs to the tables.</summary>
    public void ReadTables(IEnumerable<(int Number, string Text)> lines)
    {
        foreach (var (number, text) in lines) Try(number, text, static line => !line.IsEvent, Put);
    }

    /// <summary>Second pass: applies the events in their order; at their end time runs out.</summary>
    public IEnumerable<Enrichment> Answers(IEnumerable<(int Number, string Text)> lines)
    {
        var output = new List<Enrichment>();
        foreach (var (number, text) in lines)
        {
            Try(number, text, static line => line.IsEvent, line => Tell(number, Apply(line, output)));
            _task.EndBatch(output);
            foreach (var enrichment in output) yield return enrichment;
            output.Clear();
        }
        _task.RunOut(output);
        foreach (var enrichment in output) yield return enrichment;
    }

    private void Try(int number, string text, Func<ReplayLine, bool> isWanted, Action<ReplayLine> use)
    {
        if (_unreadable.Contains(number)) return;
        try
        {
            var line = ReplayLine.Parse(text);
            if (isWanted(line)) use(line);
        }
        catch (ReplayLineException e)
        {
            _unreadable.Add(number);
            _tell(number, e.Message);
        }
    }

    private void Put(ReplayLine line)
    {
        // Without a time of its own an entry holds always.
        var atMs = line.AtMs ?? long.MinValue;
        switch (line.Kind)
        {
            case "pipeline" when line.Deleted: _tables.DeletePipeline(line.AccountId, line.Id, atMs, _offset++); break;
            case "alertSource" when line.Deleted: _tables.DeleteSource(line.AccountId, line.Id, atMs, _offset++); break;
            case "escalationPolicy" when line.Deleted: _tables.DeletePolicy(line.AccountId, line.Id, atMs, _offset++); break;
            case "account" when line.Deleted: _tables.DeleteAccount(line.AccountId, atMs, _offset++); break;
            case "pipeline": _tables.Put(line.Read<DeploymentPipeline>(), atMs, _offset++); break;
            case "alertSource": _tables.Put(line.Read<AlertSource>(), atMs, _offset++); break;
            case "escalationPolicy": _tables.Put(line.Read<EscalationPolicy>(), atMs, _offset++); break;
            case "account": _tables.Put(line.Read<Account>(), atMs, _offset++); break;
        }
    }

    private Verdict Apply(ReplayLine line, List<Enrichment> output)
    {
        if (line.Kind == "deployment")
        {
            var deployment = line.Read<Deployment>();
            return _task.OnDeployment(deployment, line.AtMs ?? deployment.OccurredAtMs, output);
        }
        var alert = line.Read<Alert>();
        return _task.OnAlert(alert, line.AtMs ?? alert.UpdatedAtMs, output);
    }

    private void Tell(int number, Verdict verdict)
    {
        switch (verdict)
        {
            case Verdict.Late:
                var streamTime = DateTimeOffset.FromUnixTimeMilliseconds(_task.StreamTimeMs);
                _tell(number, $"late: stream time is {streamTime:yyyy-MM-dd HH:mm:ss.fff}Z; production puts it among the dead letters.");
                break;
            case Verdict.ImpossibleTime:
                _tell(number, "impossible time: too far ahead of its Kafka timestamp or its alert; production puts it among the dead letters.");
                break;
            case Verdict.MissingId:
                _tell(number, "accountId, eventId or the id is empty; production puts it among the dead letters.");
                break;
        }
    }
}
