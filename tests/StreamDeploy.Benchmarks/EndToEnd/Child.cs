using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using StreamDeploy.Benchmarks.EndToEnd.Children;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>A process in which one thing is measured. It does not outlive this one: it is killed on the way out, and ends by itself when its input is closed.</summary>
internal sealed class Child : IDisposable
{
    private const int ErrorLinesMax = 30;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    private readonly string _verb;
    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = new(boundedCapacity: 100);
    private readonly ConcurrentQueue<string> _errors = new();

    public Child(string verb, ChildOrder order)
    {
        _verb = verb;
        var name = typeof(Child).Assembly.GetName().Name;
        string At(string file) => Path.Combine(AppContext.BaseDirectory, file);
        // Under the program's own runtime settings, such as the garbage collector's.
        string[] arguments = ["exec", "--runtimeconfig", At("streamdeploy.runtimeconfig.json"), "--depsfile", At(name + ".deps.json"), At(name + ".dll"), verb, order.ToJson()];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += OnOutput;
        _process.ErrorDataReceived += OnError;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The next line it prints.</summary>
    /// <exception cref="BenchException">It ended without one, or the limit has passed.</exception>
    public ChildLine Read(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_lines.TryTake(out var line, (int)limit.TotalMilliseconds, cancellationToken))
            return JsonSerializer.Deserialize<ChildLine>(line)!;
        throw new BenchException(_lines.IsCompleted ? $"{_verb} ended early:{Errors()}" : $"{_verb} was not done within {limit}:{Errors()}");
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Tells it that the measured work is over.</summary>
    public void TellEnd() => _process.StandardInput.WriteLine("end");

    /// <summary>Waits until it has ended well.</summary>
    public void Join()
    {
        if (!_process.WaitForExit(EndLimit)) throw new BenchException($"{_verb} did not end within {EndLimit}:{Errors()}");
        if (_process.ExitCode != 0) throw new BenchException($"{_verb} ended with {_process.ExitCode}:{Errors()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _lines.Dispose();
    }

    private void OnOutput(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is { } line) _lines.Add(line);
        else _lines.CompleteAdding();
    }

    private void OnError(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is not { } line) return;
        _errors.Enqueue(line);
        if (_errors.Count > ErrorLinesMax) _errors.TryDequeue(out _);
    }

    private string Errors() => string.Concat(_errors.Select(line => Environment.NewLine + "  " + line));
}
