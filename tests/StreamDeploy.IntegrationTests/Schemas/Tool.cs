using System.Diagnostics;

namespace StreamDeploy.IntegrationTests.Schemas;

/// <summary>A program that the machine may have or not.</summary>
internal static class Tool
{
    public const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs it to its end and returns what it printed; a failure holds what it complained of.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "", string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> complaints = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await complaints}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Schemas", name);

    /// <summary>Whether it runs and ends well.</summary>
    public static bool Works(string program, params string[] arguments)
    {
        try
        {
            return RunAsync(program, arguments).Wait(Limit);
        }
        catch (Exception e) when (e is AggregateException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test that is skipped where what it needs is absent, but fails where CI is set.</summary>
public sealed class NeedsFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> HasPython = new(() => Tool.Works(Tool.Python, "-c", "import avro.io, confluent_kafka.schema_registry"));
    private static readonly Lazy<bool> HasNpm = new(() => Tool.Works("npm", "--version"));

    public NeedsFactAttribute(Need need)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            return;
        if (need == Need.Python && !HasPython.Value)
            Skip = "needs Debian's python3-avro and python3-confluent-kafka";
        else if (need == Need.Npm && !HasNpm.Value)
            Skip = "needs node and npm";
        else if (need == Need.Registry && Environment.GetEnvironmentVariable("STREAMDEPLOY_TEST_REGISTRY") is null)
            Skip = "needs STREAMDEPLOY_TEST_REGISTRY, the path of a registry command";
    }
}

public enum Need { Python, Npm, Registry }
