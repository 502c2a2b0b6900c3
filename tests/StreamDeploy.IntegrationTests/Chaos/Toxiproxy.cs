using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using StreamDeploy.IntegrationTests.Servers;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>A toxiproxy process with one wire for each upstream; wires are cut, hung and slowed over its HTTP API.</summary>
internal sealed class Toxiproxy : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_TOXIPROXY";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly HttpClient _http;

    private Toxiproxy(int port)
    {
        var command = ServerCommand.Of(Variable);
        // Its log of every connection is of no use, and a pipe that nobody reads would block it.
        _process = Process.Start(new ProcessStartInfo("bash", ["-c", "exec \"$@\" >/dev/null 2>&1", "toxiproxy", command, "-host", "127.0.0.1", "-port", $"{port}"]))!;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    public static async Task<Toxiproxy> StartAsync(int port, CancellationToken cancellationToken)
    {
        var proxy = new Toxiproxy(port);
        try
        {
            await proxy.WaitUntilItServes(cancellationToken);
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    public Task AddWireAsync(string name, int listen, int upstream) =>
        PostAsync("proxies", new { name, listen = $"127.0.0.1:{listen}", upstream = $"127.0.0.1:{upstream}", enabled = true });

    /// <summary>Closes its connections and refuses new ones.</summary>
    public Task CutAsync(string name) => PostAsync($"proxies/{name}", new { enabled = false });

    /// <summary>Connections stay open, and nothing passes either way.</summary>
    public Task HangAsync(string name) => ToxicAsync(name, "timeout", new Toxic { Timeout = 0 });

    public Task DelayAsync(string name, int ms) => ToxicAsync(name, "latency", new Toxic { Latency = ms, Jitter = ms / 2 });

    public Task NarrowAsync(string name, int kilobytesPerSecond) => ToxicAsync(name, "bandwidth", new Toxic { Rate = kilobytesPerSecond });

    /// <summary>Every wire is whole again.</summary>
    public Task HealAsync() => PostAsync("reset", new { });

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task ToxicAsync(string name, string type, Toxic attributes)
    {
        foreach (var stream in new[] { "upstream", "downstream" })
            await PostAsync($"proxies/{name}/toxics", new { name = $"{type}-{stream}", type, stream, toxicity = 1.0, attributes });
    }

    private async Task PostAsync<T>(string path, T body)
    {
        using var response = await _http.PostAsJsonAsync(path, body);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"toxiproxy refused {path} with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
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
        [JsonPropertyName("timeout"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Timeout { get; init; }

        [JsonPropertyName("latency"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Latency { get; init; }

        [JsonPropertyName("jitter"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Jitter { get; init; }

        [JsonPropertyName("rate"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Rate { get; init; }
    }
}
