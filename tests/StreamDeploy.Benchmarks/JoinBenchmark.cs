using BenchmarkDotNet.Attributes;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Benchmarks;

/// <summary>
/// The join alone, no Kafka and no codec: nine deployments to one alert, event time +10 ms a record, 60 minutes before and 5 after, settle 5 minutes. With
/// 1,000 accounts some 350 deployments of the account lie near each alert, with 100,000 some three or four.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 1, iterationCount: 3, invocationCount: 1)]
public class JoinBenchmark
{
    private const int RecordsPerRun = 500_000;
    private const long MinuteMs = 60_000;

    private static readonly JoinSettings Settings = new()
    {
        BeforeMs = 60 * MinuteMs,
        BeforeMaxMs = 60 * MinuteMs,
        AfterMs = 5 * MinuteMs,
        SettleMs = 5 * MinuteMs,
        GraceMs = 5 * MinuteMs,
    };

    private object[] _records = [];

    [Params(1_000, 100_000)]
    public int AccountCount { get; set; }

    [GlobalSetup]
    public void BuildRecords()
    {
        var random = new Random(1);
        _records = new object[RecordsPerRun];
        for (var i = 0; i < RecordsPerRun; i++)
        {
            var account = "account-" + random.Next(AccountCount);
            var atMs = 1_767_268_800_000 + 10L * i;
            _records[i] = i % 10 == 9
                ? new Alert { AccountId = account, EventId = "e" + i, AlertId = "a" + i, OccurredAtMs = atMs, UpdatedAtMs = atMs, Service = "service-" + random.Next(20) }
                : new Deployment
                {
                    AccountId = account,
                    EventId = "e" + i,
                    DeploymentId = "d" + i,
                    PipelineId = random.Next(5),
                    OccurredAtMs = atMs,
                    Kind = DeploymentKind.DEPLOYMENT,
                    Status = DeploymentStatus.SUCCEEDED,
                    Service = "service-" + random.Next(20),
                };
        }
    }

    [Benchmark(OperationsPerInvoke = RecordsPerRun)]
    public int Step()
    {
        var task = new CorrelationTask(Settings, new Tables());
        var output = new List<Enrichment>();
        var answers = 0;
        for (var i = 0; i < _records.Length; i++)
        {
            if (_records[i] is Deployment deployment) task.OnDeployment(deployment, deployment.OccurredAtMs, output);
            else if (_records[i] is Alert alert) task.OnAlert(alert, alert.UpdatedAtMs, output);
            if (i % 1_000 != 999) continue;
            task.EndBatch(output);
            answers += output.Count;
            output.Clear();
        }
        return answers;
    }
}
