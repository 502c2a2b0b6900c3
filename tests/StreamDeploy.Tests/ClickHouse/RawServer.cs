using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Answers every request with the same bytes, whatever HTTP says to them.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <param name="answer">Sent when a request's head has come; it may be empty.</param>
    /// <param name="staysOpen">The connection stays open after it, and nothing comes any more.</param>
    public static RawServer Start(string answer, bool staysOpen = false)
    {
        var server = new RawServer();
        server._listener.Start();
        server._serving = server.ServeAsync(Encoding.Latin1.GetBytes(answer), staysOpen);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync(byte[] answer, bool staysOpen)
    {
        while (true)
        {
            using Socket client = await _listener.AcceptSocketAsync(_stop.Token);
            // Statements are short: head and body have come when the body's last chunk or byte has.
            var request = new byte[64 << 10];
            int length = 0;
            while (!IsWhole(Encoding.Latin1.GetString(request, 0, length)))
                length += await client.ReceiveAsync(request.AsMemory(length), _stop.Token);
            await client.SendAsync(answer, _stop.Token);
            if (staysOpen)
                await Task.Delay(Timeout.Infinite, _stop.Token);
            client.Shutdown(SocketShutdown.Send);
        }
    }

    private static bool IsWhole(string request)
    {
        int head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0)
            return false;
        string? length = request[..head].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        return length is null ? request.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : request.Length - head - 4 >= int.Parse(length.AsSpan("Content-Length: ".Length), null);
    }
}
