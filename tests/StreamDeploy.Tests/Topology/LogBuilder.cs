using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Topology;

/// <summary>Feeds records to one task, each a batch of its own unless told otherwise, and keeps what comes out.</summary>
public sealed class LogBuilder
{
    private readonly Tables _tables = new();
    private readonly CorrelationTask _task;
    private long _offset;

    public LogBuilder(JoinSettings? settings = null) => _task = new CorrelationTask(settings ?? new JoinSettings(), _tables);

    public List<Enrichment> Output { get; } = [];
    public List<Verdict> Verdicts { get; } = [];
    public StateSize State => _task.State;
    public Verdict LastVerdict => Verdicts[^1];

    /// <summary>Tables hold from the beginning unless an entry has a validFrom or the time is given.</summary>
    public LogBuilder With(DeploymentPipeline pipeline, long atMs = long.MinValue) => Do(() => _tables.Put(pipeline, atMs, _offset++));

    public LogBuilder With(AlertSource source, long atMs = long.MinValue) => Do(() => _tables.Put(source, atMs, _offset++));

    public LogBuilder With(EscalationPolicy policy, long atMs = long.MinValue) => Do(() => _tables.Put(policy, atMs, _offset++));

    public LogBuilder With(Account account, long atMs = long.MinValue) => Do(() => _tables.Put(account, atMs, _offset++));

    public LogBuilder WithoutPipeline(long id, long atMs) => Do(() => _tables.DeletePipeline("acme", id, atMs, _offset++));

    public LogBuilder Then(Deployment deployment, long? kafkaTimestampMs = null) => Do(() =>
    {
        Verdicts.Add(_task.OnDeployment(deployment, kafkaTimestampMs ?? deployment.OccurredAtMs, Output));
        _task.EndBatch(Output);
    });

    public LogBuilder Then(Alert alert, long? kafkaTimestampMs = null) => Do(() =>
    {
        Verdicts.Add(_task.OnAlert(alert, kafkaTimestampMs ?? alert.UpdatedAtMs, Output));
        _task.EndBatch(Output);
    });

    public LogBuilder InOneBatch(params Deployment[] deployments) => Do(() =>
    {
        foreach (var deployment in deployments) Verdicts.Add(_task.OnDeployment(deployment, deployment.OccurredAtMs, Output));
        _task.EndBatch(Output);
    });

    public LogBuilder RunOut() => Do(() => _task.RunOut(Output));

    /// <summary>The last answer for an alert.</summary>
    public Enrichment Last(string alertId = "a1") => Output.Last(e => e.AlertId == alertId);

    public IReadOnlyList<Enrichment> All(string alertId = "a1") => [.. Output.Where(e => e.AlertId == alertId)];

    private LogBuilder Do(Action act)
    {
        act();
        return this;
    }
}
