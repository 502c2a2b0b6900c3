using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology.Oracle;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Topology;

/// <summary>The join fed with a log of the oracle's: what it said of every record and what it gave.</summary>
public sealed class JoinRun
{
    private readonly JoinSettings settings;
    private readonly Tables tables = new();

    private JoinRun(LogCase of, Random? tableOrder)
    {
        settings = SettingsOf(of.Settings);
        TableRecord[] records = [.. of.Tables];
        tableOrder?.Shuffle(records);
        foreach (TableRecord record in records)
            Put(record);
        Task = new CorrelationTask(settings, tables);
    }

    public CorrelationTask Task { get; private set; }

    public List<Verdict> Verdicts { get; } = [];

    public List<Enrichment> Output { get; } = [];

    public IEnumerable<Enrichment> Settled => Output.Where(e => e.Settled);

    /// <param name="of">Tables, settings and log.</param>
    /// <param name="endsBatch">Of a record's index: whether its batch ends after it. Absent, each record is a batch.</param>
    /// <param name="savedAfter">Of a record's index: whether the task is saved and restored after it. Absent, never.</param>
    /// <param name="watch">Sees the run after each record, with its index.</param>
    /// <param name="disturbTables">
    /// Whether the tables' records come in any order and again at any time, and whether the tables drop what no open alert can ask for after each record.
    /// </param>
    public static JoinRun Of(
        LogCase of,
        Func<int, bool>? endsBatch = null,
        Func<int, bool>? savedAfter = null,
        Action<int, JoinRun>? watch = null,
        bool disturbTables = false)
    {
        Random? tableOrder = disturbTables ? new Random(of.Seed) : null;
        var run = new JoinRun(of, tableOrder);
        for (int i = 0; i < of.Log.Count; i++)
        {
            LogRecord record = of.Log[i];
            run.Verdicts.Add(record.Deployment is { } deployment
                ? run.Task.OnDeployment(deployment, record.KafkaTimestampMs, run.Output)
                : run.Task.OnAlert(record.Alert!, record.KafkaTimestampMs, run.Output));
            if (endsBatch?.Invoke(i) ?? true)
                run.Task.EndBatch(run.Output);
            if (savedAfter?.Invoke(i) == true)
                run.SaveAndRestore();
            if (tableOrder is not null)
            {
                run.tables.Prune(run.settings, run.Task.StreamTimeMs);
                if (of.Tables.Count > 0)
                    run.Put(of.Tables[tableOrder.Next(of.Tables.Count)]);
            }
            watch?.Invoke(i, run);
        }
        run.Task.RunOut(run.Output);
        return run;
    }

    public byte[] Saved()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Task.Save(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    private void SaveAndRestore()
    {
        using var reader = new BinaryReader(new MemoryStream(Saved()));
        Task = CorrelationTask.Restore(reader, settings, tables);
    }

    private void Put(TableRecord record)
    {
        (string account, long id, long at, long offset) = (record.AccountId, record.Id, record.KafkaTimestampMs, record.Offset);
        switch (record.Entity)
        {
            case DeploymentPipeline pipeline: tables.Put(pipeline, at, offset); break;
            case AlertSource source: tables.Put(source, at, offset); break;
            case EscalationPolicy policy: tables.Put(policy, at, offset); break;
            case Account entity: tables.Put(entity, at, offset); break;
            default: Delete(); break;
        }

        void Delete()
        {
            switch (record.Table)
            {
                case TableName.Pipelines: tables.DeletePipeline(account, id, at, offset); break;
                case TableName.Sources: tables.DeleteSource(account, id, at, offset); break;
                case TableName.Policies: tables.DeletePolicy(account, id, at, offset); break;
                case TableName.Accounts: tables.DeleteAccount(account, at, offset); break;
            }
        }
    }

    internal static JoinSettings SettingsOf(OracleSettings s) => new()
    {
        BeforeMs = s.BeforeMs,
        AfterMs = s.AfterMs,
        SettleMs = s.SettleMs,
        GraceMs = s.GraceMs,
        BeforeMaxMs = s.BeforeMaxMs,
        SkewMs = s.SkewMs,
        Prior = s.Prior,
        SuspectsMax = s.SuspectsMax,
        TauPerBefore = s.TauPerBefore,
        AfterAlertFactor = s.AfterAlert,
        NotLiveFactor = s.NotLive,
        SameServiceFactor = s.ServiceSame,
        OtherServiceFactor = s.ServiceOther,
        SameEnvironmentFactor = s.EnvironmentSame,
        OtherEnvironmentFactor = s.EnvironmentOther,
        BadStatusFactor = s.Failed,
    };
}
