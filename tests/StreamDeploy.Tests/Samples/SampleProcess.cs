using System.Collections.Concurrent;
using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.Samples;

/// <summary>A sample of docs/samples as a user runs it: a process with arguments, lines and an exit code.</summary>
internal sealed class SampleProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();

    // From its own folder: beside the tests lack the packages that the tests get from their framework.
    private static readonly string Folder =
        Path.Combine(AppContext.BaseDirectory, "..", "..", "StreamDeploy.Samples", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)));

    private SampleProcess(string[] args)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(Folder, "StreamDeploy.Samples.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(_lines, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Lines => _lines;

    public IReadOnlyCollection<string> Errors => _errors;

    public static SampleProcess Start(params string[] args) => new(args);

    public static SampleProcess Start(KafkaSettings settings, params string[] args) =>
        new([.. args, "--bootstrap-servers", settings.BootstrapServers, "--registry", settings.Registry.Url, "--topic-prefix", settings.TopicPrefix]);

    /// <summary>Waits until it has printed a line that starts so.</summary>
    public async Task<string> Prints(string start)
    {
        string? found = null;
        await Eventually.True(() => (found = _lines.FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))) is not null, $"a line \"{start}\" of the sample", Describe);
        return found!;
    }

    /// <summary>The exit code.</summary>
    public async Task<int> Ends()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>As a service manager ends it. Not Ctrl-C's SIGINT, which every process ignores that a shell started in the background.</summary>
    public async Task<int> Terminated()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await Ends();
    }

    public string Describe() => $"\noutput:\n{string.Join('\n', _lines)}\nerrors:\n{string.Join('\n', _errors)}";

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }
}
