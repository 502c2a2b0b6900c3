using System.Net;
using System.Net.Sockets;
using StreamDeploy.Tests.Cli;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.BrowserTests;

/// <summary><c>streamdeploy view</c> in a process of its own, which can be killed and started again at the same address.</summary>
internal sealed class ViewProcess(ViewWorld world) : IDisposable
{
    private readonly int _port = FreePort();
    private CliProcess? _cli;

    public Uri Address => new($"http://127.0.0.1:{_port}/");

    public async Task StartAsync()
    {
        var kafka = world.Embedded.Kafka;
        _cli = CliProcess.Start(
            ["view", "--bootstrap-servers", kafka.BootstrapServers, "--registry", kafka.Registry.Url, "--ingest-url", world.Embedded.Ingest.ToString(), "--view-listen", $"127.0.0.1:{_port}", "--view-history", "none"],
            ("STREAMDEPLOY_SESSION_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
        _cli.Process.OutputDataReceived += (_, _) => { };
        _cli.Process.ErrorDataReceived += (_, _) => { };
        _cli.Process.BeginOutputReadLine();
        _cli.Process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = Address };
        await Eventually.True(async () =>
        {
            Assert.False(_cli.Process.HasExited, "the view has ended");
            try
            {
                return (await http.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "the view is ready");
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _cli!.Process.Kill();
        _cli.Process.WaitForExit();
        _cli.Dispose();
        _cli = null;
    }

    public void Dispose() => _cli?.Dispose();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
