using System.Diagnostics;
using System.Text.Json;
using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Benchmarks;

/// <summary>That the benchmark runs and says what it promises to; how fast anything is, a machine that runs tests does not show.</summary>
[Collection(RealServers.Collection)]
public sealed class BenchTests
{
    private const long Records = 80_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private static readonly string[] Figures = ["recordsPerSecond", "cpuSecondsPerMillion", "peakRssMb", "allocatedBytesPerRecord"];

    [RealServersFact(RealKafka.Variable)]
    public async Task The_benchmark_gives_every_figure_and_finds_every_answer()
    {
        var (exitCode, output, error) = await RunAsync(broker: true, "--json", "--records", $"{Records}", "--runs", "1", "--latency-seconds", "7");

        Assert.True(exitCode == 0, error);
        using var report = JsonDocument.Parse(output);
        var root = report.RootElement;
        foreach (var shape in new[] { "S1", "S2" })
        {
            var figures = root.GetProperty("shapes").GetProperty(shape);
            foreach (var measured in new[] { figures, figures.GetProperty("passthrough"), figures.GetProperty("consume") })
                Assert.All(Figures, name => Positive(measured.GetProperty(name)));
            Assert.InRange(figures.GetProperty("bytesPerRecord").GetDouble(), 250, 350);
            Assert.True(figures.GetProperty("answers").GetInt64() >= Records / 10, "an alert in ten records, each with an answer");
            Positive(figures.GetProperty("settledAnswers"));
        }
        Positive(root.GetProperty("latencyMs").GetProperty("p50"));
        Positive(root.GetProperty("latencyMs").GetProperty("p99"));
        Positive(root.GetProperty("restoreRecordsPerSecond"));
        // Nothing is older than the windows reach.
        Assert.Equal(Records, root.GetProperty("restores")[0].GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task Without_a_broker_the_benchmark_says_what_to_set()
    {
        var (exitCode, output, error) = await RunAsync(broker: false);

        Assert.Equal(3, exitCode);
        Assert.Empty(output);
        Assert.Contains("--bootstrap-servers", error, StringComparison.Ordinal);
        Assert.Contains(RealKafka.Variable, error, StringComparison.Ordinal);
    }

    private static void Positive(JsonElement figure) => Assert.True(figure.GetDouble() > 0, $"{figure}");

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(bool broker, params string[] args)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "..", "..", "StreamDeploy.Benchmarks", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "StreamDeploy.Benchmarks.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (!broker) start.Environment.Remove(RealKafka.Variable);
        using var process = Process.Start(start)!;
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
