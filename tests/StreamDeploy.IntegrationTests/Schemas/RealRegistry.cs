using System.Net;
using System.Net.Sockets;

namespace StreamDeploy.IntegrationTests.Schemas;

/// <summary>A real registry, started by the command that STREAMDEPLOY_TEST_REGISTRY names and stopped when it is disposed of.</summary>
internal sealed class RealRegistry : IAsyncDisposable
{
    private readonly string command;
    private readonly DirectoryInfo folder;

    private RealRegistry(string command, DirectoryInfo folder, string url) => (this.command, this.folder, Url) = (command, folder, url);

    public string Url { get; }

    public static async Task<RealRegistry> StartAsync()
    {
        string command = Environment.GetEnvironmentVariable("STREAMDEPLOY_TEST_REGISTRY")
            ?? throw new InvalidOperationException("STREAMDEPLOY_TEST_REGISTRY is not set: the path of a registry command is needed");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("streamdeploy-registry-");
        // Its output goes to a file: the server that stays behind would keep a pipe open.
        string[] start = ["-c", "\"$0\" start \"$1\" --port \"$2\" >\"$1/start.log\" 2>&1", command, folder.FullName, FreePort()];
        await Tool.RunAsync("bash", start);
        string url = (await Tool.RunAsync(command, ["url", folder.FullName])).Trim();
        return new RealRegistry(command, folder, url);
    }

    public async ValueTask DisposeAsync()
    {
        await Tool.RunAsync(command, ["stop", folder.FullName]);
        folder.Delete(recursive: true);
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
