using System.Collections.Concurrent;
using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary><c>streamdeploy run</c> in a process of its own, which can be killed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    public WorkerProcess(KafkaSettings settings)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", Arguments(settings)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What <c>dotnet</c> is to be given.</summary>
    public static string[] Arguments(KafkaSettings settings) =>
    [
        "exec", Path.Combine(AppContext.BaseDirectory, "streamdeploy.dll"), "run", "--bootstrap-servers", settings.BootstrapServers,
        "--registry", settings.Registry.Url, "--topic-prefix", settings.TopicPrefix, "--group", settings.GroupId, "--group-protocol", settings.GroupProtocol,
        .. settings.Properties.SelectMany(p => new[] { "-X", $"{p.Key}={p.Value}" }),
    ];

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>kill -9: nothing is finished, nothing committed, the group not left.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
