using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>The wire to one broker: a toxiproxy process of its own, told over HTTP to cut and slow it, and stopped to hang it.</summary>
/// <remarks>
/// toxiproxy 2.x adds or removes a toxic by interrupting the connections that are there; one whose reader does not read makes it wait for good, with
/// all of its API behind it. So connections are closed before a toxic comes or goes, and a wire hangs by a signal.
/// </remarks>
internal sealed class Wire : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_TOXIPROXY";

    private const string Name = "wire";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly HttpClient _http;

    private Wire(int port)
    {
        var command = ServerCommand.Of(Variable);
        // Its log of every connection is of no use, and a pipe that nobody reads would block it.
        _process = Process.Start(new ProcessStartInfo("bash", ["-c", "exec \"$@\" >/dev/null 2>&1", "toxiproxy", command, "-host", "127.0.0.1", "-port", $"{port}"]))!;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = AnswerLimit };
    }

    /// <param name="port">Of the HTTP API.</param>
    /// <param name="listen">The port for those who come over the wire.</param>
    /// <param name="upstream">The port at its other end.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<Wire> StartAsync(int port, int listen, int upstream, CancellationToken cancellationToken)
    {
        var wire = new Wire(port);
        try
        {
            await wire.WaitUntilItServes(cancellationToken);
            await wire.PostAsync("proxies", new { name = Name, listen = $"127.0.0.1:{listen}", upstream = $"127.0.0.1:{upstream}", enabled = true });
            return wire;
        }
        catch
        {
            wire.Dispose();
            throw;
        }
    }

    /// <summary>Closes its connections and refuses new ones.</summary>
    public Task CutAsync() => PostAsync($"proxies/{Name}", new { enabled = false });

    /// <summary>Connections stay open, and nothing passes either way.</summary>
    public void Hang() => Signal.Stop(_process);

    public void Resume() => Signal.Continue(_process);

    public Task DelayAsync(int ms) => SlowAsync("latency", new Toxic { Latency = ms, Jitter = ms / 2 });

    public Task NarrowAsync(int kilobytesPerSecond) => SlowAsync("bandwidth", new Toxic { Rate = kilobytesPerSecond });

    /// <summary>What was cut or slow is whole again.</summary>
    public async Task HealAsync()
    {
        await CutAsync();
        await PostAsync("reset", new { });
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task SlowAsync(string type, Toxic attributes)
    {
        await CutAsync();
        foreach (var stream in new[] { "upstream", "downstream" })
            await PostAsync($"proxies/{Name}/toxics", new { name = $"{type}-{stream}", type, stream, toxicity = 1.0, attributes });
        await PostAsync($"proxies/{Name}", new { enabled = true });
    }

    private async Task PostAsync<T>(string path, T body)
    {
        try
        {
            using var response = await _http.PostAsJsonAsync(path, body);
            if (!response.IsSuccessStatusCode)
                throw new InvalidOperationException($"toxiproxy refused {path} with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidOperationException($"toxiproxy did not answer to {path}: {e.Message}", e);
        }
    }

    private async Task WaitUntilItServes(CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await _http.GetStringAsync("version", cancellationToken);
                return;
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException && waited.Elapsed < StartLimit && !_process.HasExited)
            {
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    /// <summary>The attributes of every kind of toxic in use; the absent ones are left out.</summary>
    private sealed record Toxic
    {
        [JsonPropertyName("latency"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Latency { get; init; }

        [JsonPropertyName("jitter"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Jitter { get; init; }

        [JsonPropertyName("rate"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Rate { get; init; }
    }
}
