using System.Globalization;
using BenchmarkDotNet.Attributes;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Benchmarks;

/// <summary>One alert's answer from an account's deployments: collected, ranked, explained in words and written.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class RankingBenchmark
{
    private const long NowMs = 1_767_268_800_000;
    private const int Alerts = 1_000;

    private readonly List<Enrichment> _output = [];
    private CorrelationTask _task = null!;
    private Alert[] _alerts = [];

    /// <summary>Near each alert.</summary>
    [Params(3, 350)]
    public int Deployments { get; set; }

    [IterationSetup]
    public void Fill()
    {
        _task = new CorrelationTask(new JoinSettings(), new Tables());
        for (var i = 0; i < Deployments; i++)
        {
            var deployment = new Deployment
            {
                AccountId = "acme",
                EventId = "e" + i.ToString(CultureInfo.InvariantCulture),
                DeploymentId = "d" + i.ToString(CultureInfo.InvariantCulture),
                PipelineId = i % 5,
                OccurredAtMs = NowMs - 60_000L * (i % 50),
                Kind = DeploymentKind.DEPLOYMENT,
                Status = DeploymentStatus.SUCCEEDED,
                Service = "service-" + i % 20,
                Environment = "production",
                Summary = "Deploy v1.2.3: retry the payment provider once before giving up",
            };
            _task.OnDeployment(deployment, NowMs, _output);
        }
        _alerts =
        [
            .. Enumerable.Range(0, Alerts).Select(i => new Alert
            {
                AccountId = "acme", EventId = "a" + i, AlertId = "a" + i, Status = AlertStatus.OPEN, OccurredAtMs = NowMs, UpdatedAtMs = NowMs, Service = "service-" + i % 20,
                Environment = "production",
            }),
        ];
    }

    [Benchmark(OperationsPerInvoke = Alerts)]
    public int Answer()
    {
        var answers = 0;
        foreach (var alert in _alerts)
        {
            _task.OnAlert(alert, NowMs, _output);
            answers += _output.Count;
            _output.Clear();
        }
        return answers;
    }
}
