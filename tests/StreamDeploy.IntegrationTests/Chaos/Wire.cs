using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>The wire to one broker: a toxiproxy process of its own.</summary>
/// <remarks>
/// toxiproxy 2.x makes a wire slow or whole by interrupting the connections that are there; one whose reader does not read makes it wait for good, with all
/// of its API behind it. So a wire is cut by kill -9, hung by SIGSTOP, and what it is to be like it is told when it is new and nobody has connected yet.
/// </remarks>
internal sealed class Wire : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_TOXIPROXY";

    private const string Name = "wire";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly int _listen;
    private readonly int _upstream;
    private readonly string[] _arguments;
    private readonly HttpClient _http;
    private Process? _process;

    /// <param name="port">Of its HTTP API.</param>
    /// <param name="listen">The port for those who come over the wire.</param>
    /// <param name="upstream">The port at its other end.</param>
    public Wire(int port, int listen, int upstream)
    {
        (_listen, _upstream) = (listen, upstream);
        // Its log of every connection is of no use, and a pipe that nobody reads would block it.
        _arguments = ["-c", "exec \"$@\" >/dev/null 2>&1", "toxiproxy", ServerCommand.Of(Variable), "-host", "127.0.0.1", "-port", $"{port}"];
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = AnswerLimit };
    }

    /// <summary>Closes its connections and refuses new ones.</summary>
    public void Cut()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit();
        }
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Connections stay open, and nothing passes either way.</summary>
    public void Hang() => Signal.Stop(_process!);

    public void Resume() => Signal.Continue(_process!);

    /// <summary>A wire on which nothing is wrong.</summary>
    public Task LayAsync() => LayAsync(null, new());

    public Task DelayAsync(int ms) => LayAsync("latency", new Toxic { Latency = ms, Jitter = ms / 2 });

    public Task NarrowAsync(int kilobytesPerSecond) => LayAsync("bandwidth", new Toxic { Rate = kilobytesPerSecond });

    public void Dispose()
    {
        Cut();
        _http.Dispose();
    }

    private async Task LayAsync(string? type, Toxic attributes)
    {
        Cut();
        _process = Process.Start(new ProcessStartInfo("bash", _arguments))!;
        await WaitUntilItServes(_process);
        await PostAsync("proxies", new { name = Name, listen = $"127.0.0.1:{_listen}", upstream = $"127.0.0.1:{_upstream}", enabled = false });
        foreach (var stream in type is null ? [] : new[] { "upstream", "downstream" })
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

    private async Task WaitUntilItServes(Process process)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await _http.GetStringAsync("version");
                return;
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException && waited.Elapsed < StartLimit && !process.HasExited)
            {
                await Task.Delay(20);
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
