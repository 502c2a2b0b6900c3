using System.Diagnostics;
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Containers;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>
/// Containers of test runs that were killed. Testcontainers' own reaper removes them where it may run; where it is switched off
/// (TESTCONTAINERS_RYUK_DISABLED), the next run does.
/// </summary>
internal static class LeftContainers
{
    public const string Label = "org.streamdeploy.tests";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Machine, process and when it began: an engine may serve several machines, and a system gives a process id again.</summary>
    public static string ThisProcess { get; } = NameOf(Process.GetCurrentProcess());

    /// <summary>Removes what processes of this machine left that are no more.</summary>
    public static void Remove() => Task.Run(RemoveAsync).GetAwaiter().GetResult();

    private static async Task RemoveAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var client = DockerEngine.Endpoint.GetDockerClientBuilder(ResourceReaper.DefaultSessionId).Build();
        var ours = new ContainersListParameters
        {
            All = true,
            Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [Label] = true } },
        };
        foreach (var container in await client.Containers.ListContainersAsync(ours, limit.Token))
        {
            if (!IsLeft(container.Labels[Label]))
                continue;
            try
            {
                await client.Containers.RemoveContainerAsync(container.ID, new() { Force = true, RemoveVolumes = true }, limit.Token);
            }
            catch (DockerApiException)
            {
                // Another run removes it too.
            }
        }
    }

    private static bool IsLeft(string owner)
    {
        if (owner.Split(' ') is not [var machine, var id, _] || machine != Environment.MachineName)
            return false;
        try
        {
            using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
            return NameOf(process) != owner;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // There is no such process, or it has just ended.
            return true;
        }
    }

    private static string NameOf(Process process) =>
        FormattableString.Invariant($"{Environment.MachineName} {process.Id} {process.StartTime.ToUniversalTime():yyyyMMddTHHmmss}");
}
