using BenchmarkDotNet.Attributes;
using StreamDeploy.Topology;

namespace StreamDeploy.Benchmarks;

/// <summary>The choice between the heads of two topics, for a thousand records: nine deployments to one alert.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class MergeBenchmark
{
    private const int Records = 1_000;

    private readonly long[] _deployments = [.. Enumerable.Range(0, Records).Where(i => i % 10 != 9).Select(i => 10L * i)];
    private readonly long[] _alerts = [.. Enumerable.Range(0, Records).Where(i => i % 10 == 9).Select(i => 10L * i)];

    [Benchmark(OperationsPerInvoke = Records)]
    public int Next()
    {
        var (deployment, alert) = (0, 0);
        while (true)
        {
            long? deploymentMs = deployment < _deployments.Length ? _deployments[deployment] : null;
            long? alertMs = alert < _alerts.Length ? _alerts[alert] : null;
            switch (PairMerge.Next(deploymentMs, false, alertMs, false))
            {
                case MergeStep.TakeDeployment:
                    deployment++;
                    break;
                case MergeStep.TakeAlert:
                    alert++;
                    break;
                default:
                    return deployment + alert;
            }
        }
    }
}
