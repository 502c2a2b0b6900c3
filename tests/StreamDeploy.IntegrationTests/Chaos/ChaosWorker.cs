using System.Diagnostics;
using System.Globalization;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>One worker's place: a process that is killed, hung and started again, with all that it ever says in one file.</summary>
/// <remarks>To be used by one thread at a time.</remarks>
internal sealed class ChaosWorker(int number, string logFile, IReadOnlyList<string> arguments) : IDisposable
{
    private Process? _process;
    private bool _isWanted;

    public int Number => number;

    /// <summary>How often it ended without being told to.</summary>
    public int OwnEnds { get; private set; }

    public void Start()
    {
        _process?.Dispose();
        // The shell becomes the worker. A pipe to us would be one more thing that breaks.
        _process = Process.Start(new ProcessStartInfo("bash", ["-c", "exec \"$@\" >>\"$0\" 2>&1", logFile, "dotnet", .. arguments]))!;
        _isWanted = true;
        Note(string.Create(CultureInfo.InvariantCulture, $"started, process {_process.Id}"));
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _isWanted = false;
        if (_process is not { HasExited: false } process)
            return;
        process.Kill();
        process.WaitForExit();
        Note("killed");
    }

    public void Pause() => Send(Signal.Stop, "hung");

    public void Resume() => Send(Signal.Continue, "resumed");

    /// <summary>SIGTERM, and as much time as the worker promises to take, and some more. False when it did not end by itself or not with 0.</summary>
    public bool Stop(TimeSpan limit)
    {
        _isWanted = false;
        if (_process is not { HasExited: false } process)
            return false;
        Send(Signal.Terminate, "told to stop");
        if (process.WaitForExit(limit))
            return process.ExitCode == 0;
        Kill();
        return false;
    }

    /// <summary>Starts it again, as a supervisor would, when it has ended by itself; then says with what exit code.</summary>
    public int? Revive()
    {
        if (!_isWanted || _process is not { HasExited: true } process)
            return null;
        var code = process.ExitCode;
        OwnEnds++;
        Note($"ended by itself with {code}");
        Start();
        return code;
    }

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
    }

    private void Send(Action<Process> signal, string what)
    {
        if (_process is not { HasExited: false } process)
            return;
        Note(what);
        signal(process);
    }

    private void Note(string what) => File.AppendAllText(logFile, $"--- {DateTime.UtcNow:HH:mm:ss.fff} worker {number} {what}\n");
}
