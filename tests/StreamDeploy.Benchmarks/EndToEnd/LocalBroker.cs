using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The broker of a run: the one that is given, else one of its own whose data is deleted at the end.</summary>
internal sealed class LocalBroker : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_KAFKA";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string? _command;
    private readonly string? _folder;
    private readonly Process? _guard;

    private LocalBroker(string bootstrapServers) => BootstrapServers = bootstrapServers;

    private LocalBroker(string command, string folder, IEnumerable<string> settings)
    {
        (_command, _folder) = (command, folder);
        // The broker has a session of its own. Where this process is killed, the end of its pipe tells the guard.
        _guard = Process.Start(new ProcessStartInfo("sh", ["-c", "cat >/dev/null; \"$0\" destroy \"$1\"", command, folder]) { RedirectStandardInput = true });
        try
        {
            BootstrapServers = Run(command, ["start", folder, "--brokers", "1", "--port", $"{FreePorts()}", .. settings.SelectMany(s => new[] { "--set", s })]).Trim();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string BootstrapServers { get; }

    /// <param name="bootstrapServers">Of the one that is there; null starts one.</param>
    /// <param name="progress">Told of it.</param>
    /// <param name="settings">For the one that is started, as name=value.</param>
    public static LocalBroker Open(string? bootstrapServers, Action<string> progress, params string[] settings)
    {
        if (bootstrapServers is not null) return new(bootstrapServers);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } command)
            throw new BenchException($"There is no broker: give --bootstrap-servers, or set {Variable} to a command that starts one (COMMAND start FOLDER --port PORT).", BenchException.Unavailable);
        progress("a broker starts");
        return new(command, Directory.CreateTempSubdirectory("streamdeploy-bench-").FullName, settings);
    }

    public void Dispose()
    {
        if (_guard is null) return;
        _guard.StandardInput.Close();
        if (!_guard.WaitForExit(Limit)) _guard.Kill(entireProcessTree: true);
        _guard.WaitForExit();
        // Ctrl-C in a terminal ends the guard as well.
        if (_guard.ExitCode != 0) Run(_command!, "destroy", _folder!);
        _guard.Dispose();
    }

    private static string Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new BenchException($"{command} {arguments[0]} did not end within {Limit}", BenchException.Unavailable);
            }
            return process.ExitCode == 0
                ? output.Result
                : throw new BenchException($"{command} {arguments[0]} failed with {process.ExitCode}: {errors.Result.Trim()}", BenchException.Unavailable);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchException($"{Variable} is {command}, which cannot be run: {e.Message}", BenchException.Unavailable);
        }
    }

    /// <summary>The first of two ports in a row that nobody listens on: the broker's and its controller's.</summary>
    private static int FreePorts()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(31_000, 32_700);
            if (IsFree(port) && IsFree(port + 1)) return port;
        }
        throw new BenchException("there are no two free ports in a row", BenchException.Unavailable);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
