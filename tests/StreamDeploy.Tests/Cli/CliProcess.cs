using System.Diagnostics;

namespace StreamDeploy.Tests.Cli;

/// <summary>The program as a user runs it: a process with arguments, standard streams and an exit code.</summary>
public sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private CliProcess(Process process) => Process = process;

    public Process Process { get; }

    public static CliProcess Start(string[] args, params (string Name, string Value)[] environment) =>
        StartCopy(Path.Combine(AppContext.BaseDirectory, "streamdeploy.dll"), args, environment);

    private static CliProcess StartCopy(string assembly, string[] args, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end; a process that does not end in time is killed and fails the test.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, string input = "", params (string Name, string Value)[] environment) =>
        RunAsync(Start(args, environment), input);

    /// <summary>Runs a copy of the program.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunCopyAsync(string assembly, string[] args, params (string Name, string Value)[] environment) =>
        RunAsync(StartCopy(assembly, args, environment), "");

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(CliProcess started, string input)
    {
        using var cli = started;
        var output = cli.Process.StandardOutput.ReadToEndAsync();
        var error = cli.Process.StandardError.ReadToEndAsync();
        await cli.Process.StandardInput.WriteAsync(input);
        cli.Process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        await cli.Process.WaitForExitAsync(limit.Token);
        return (cli.Process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.Dispose();
    }
}
