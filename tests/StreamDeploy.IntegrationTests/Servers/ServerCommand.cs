using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>Runs the commands that start and stop real servers.</summary>
internal static class ServerCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    public static string Of(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } command ? command : throw new InvalidOperationException($"{variable} is not set");

    /// <summary>What the command prints; fails with its errors.</summary>
    public static string Run(string command, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KAFKA_HEAP"] = "256m";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} did not end within {Limit}");
        }
        return process.ExitCode == 0
            ? output.Result
            : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} failed with {process.ExitCode}: {errors.Result}");
    }

    /// <summary>The first of several ports in a row that nobody listens on.</summary>
    public static int FreePorts(int count)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var first = Random.Shared.Next(21_000, 31_000);
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        }
        throw new InvalidOperationException($"no {count} free ports in a row");
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
