using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.Docker;

/// <summary>The health check in the image, which has no HTTP client.</summary>
public sealed class ReadyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [ShellFact("bash")]
    public async Task A_service_that_is_ready_is_healthy() => Assert.Equal(0, await ReadyAsync("HTTP/1.1 200 OK\r\n\r\n"));

    [ShellFact("bash")]
    public async Task A_service_that_says_it_is_not_ready_is_unhealthy() => Assert.Equal(1, await ReadyAsync("HTTP/1.1 503 Service Unavailable\r\n\r\n"));

    [ShellFact("bash")]
    public async Task A_service_that_hangs_up_is_unhealthy() => Assert.NotEqual(0, await ReadyAsync(""));

    [ShellFact("bash")]
    public async Task A_port_without_a_service_is_unhealthy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.NotEqual(0, await ExitCodeAsync(port));
    }

    private static async Task<int> ReadyAsync(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var code = ExitCodeAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        using var client = await listener.AcceptTcpClientAsync().WaitAsync(Limit);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        Assert.Equal("GET /readyz HTTP/1.0", await reader.ReadLineAsync().WaitAsync(Limit));
        while (await reader.ReadLineAsync().WaitAsync(Limit) is { Length: > 0 })
        {
            // The rest of the head.
        }

        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        client.Close();
        return await code;
    }

    private static async Task<int> ExitCodeAsync(int port)
    {
        using var ready = Process.Start(new ProcessStartInfo(Repository.Path("docker", "ready"), $"{port}") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await ready.WaitForExitAsync().WaitAsync(Limit);
        return ready.ExitCode;
    }
}
