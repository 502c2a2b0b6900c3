using System.Collections.Concurrent;
using System.Diagnostics;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary><c>streamdeploy sink</c> in a process of its own, which can be killed.</summary>
internal sealed class SinkProcess : IDisposable
{
    private readonly CliProcess _cli;
    private readonly ConcurrentQueue<string> _lines = new();

    /// <param name="kafka">With a group instance id it takes over at once from one that was killed.</param>
    /// <param name="clickHouse">Where it writes to.</param>
    public SinkProcess(KafkaSettings kafka, ClickHouseSettings clickHouse)
    {
        _cli = CliProcess.Start(
        [
            "sink", "--bootstrap-servers", kafka.BootstrapServers, "--registry", kafka.Registry.Url, "--topic-prefix", kafka.TopicPrefix, "--sink-group", kafka.GroupId,
            "--group-protocol", kafka.GroupProtocol, "--clickhouse", clickHouse.Url, "--clickhouse-database", clickHouse.Database,
            .. kafka.GroupInstanceId is { } id ? new[] { "--group-instance-id", id } : [],
        ]);
        _cli.Process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _cli.Process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _cli.Process.BeginOutputReadLine();
        _cli.Process.BeginErrorReadLine();
    }

    public Process Process => _cli.Process;

    public string Said => string.Join('\n', _lines);

    public void Kill()
    {
        Process.Kill();
        Process.WaitForExit();
    }

    public void Dispose() => _cli.Dispose();
}
