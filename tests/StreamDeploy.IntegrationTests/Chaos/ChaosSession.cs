using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Servers that are needed and cannot be had; the message says what to set.</summary>
internal sealed class ServersUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A run with the servers it needs, and a folder for what its processes say.</summary>
internal static class ChaosSession
{
    private static readonly (string Variable, string What)[] Needed =
    [
        (RealKafka.Variable, "the command kafka-cluster, which starts Kafka's brokers"),
        (Wire.Variable, "the command toxiproxy-server"),
    ];

    /// <exception cref="ServersUnavailableException">Before anything is broken.</exception>
    public static async Task<ChaosReport> RunAsync(ChaosSettings settings, Action<string> print, CancellationToken cancellationToken)
    {
        foreach (var (variable, what) in Needed)
        {
            if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } command)
                throw new ServersUnavailableException($"{variable} is not set: set it to the path of {what}");
            if (!File.Exists(command))
                throw new ServersUnavailableException($"{variable} is {command}, where there is nothing: set it to the path of {what}");
        }
        using var cluster = await StartAsync(cancellationToken);
        var folder = Directory.CreateTempSubdirectory("streamdeploy-chaos-").FullName;
        var keep = true;
        try
        {
            var report = await new ChaosRun(settings, cluster, folder, print).RunAsync(cancellationToken);
            keep = settings.Keep || !report.IsEqual;
            return report;
        }
        finally
        {
            if (keep)
            {
                cluster.CopyLogs(folder);
                print($"what the processes said: {folder}");
            }
            else
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<ProxiedCluster> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ProxiedCluster.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or HttpRequestException)
        {
            throw new ServersUnavailableException($"the servers do not start ({RealKafka.Variable}, {Wire.Variable}): {e.Message}", e);
        }
    }
}
