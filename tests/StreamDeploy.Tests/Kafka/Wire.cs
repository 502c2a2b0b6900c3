using System.Net;
using System.Net.Sockets;

namespace StreamDeploy.Tests.Kafka;

/// <summary>A TCP connection to a local port that can be cut and mended.</summary>
internal sealed class Wire : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _open = [];
    private readonly object _gate = new();
    private readonly int _target;
    private volatile bool _cut;

    public Wire(int target)
    {
        _target = target;
        _listener.Start();
        _ = Accept();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public void Cut()
    {
        _cut = true;
        CloseAll();
    }

    public void Mend() => _cut = false;

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Join(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task Join(TcpClient from)
    {
        using var to = new TcpClient();
        try
        {
            Keep(from);
            if (_cut)
                return;
            await to.ConnectAsync(IPAddress.Loopback, _target);
            Keep(to);
            await Task.WhenAny(from.GetStream().CopyToAsync(to.GetStream()), to.GetStream().CopyToAsync(from.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
        finally
        {
            from.Dispose();
        }
    }

    private void Keep(TcpClient client)
    {
        lock (_gate)
            _open.Add(client);
    }

    private void CloseAll()
    {
        lock (_gate)
        {
            foreach (var client in _open)
                client.Dispose();
            _open.Clear();
        }
    }
}
