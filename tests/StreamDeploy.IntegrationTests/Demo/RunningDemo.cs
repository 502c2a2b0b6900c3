using System.Text.Json;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.IntegrationTests.Demo;

/// <summary><c>streamdeploy demo</c> as a process, started once for all tests of the class when the first of them asks for it.</summary>
public sealed class RunningDemo : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamdeploy-demo-");
    private readonly Lazy<Task<JsonElement>> _addresses;
    private CliProcess? _demo;

    public RunningDemo() => _addresses = new(StartAsync);

    /// <param name="name">ingest, kafka, registry or clickhouse.</param>
    public async Task<string> AddressAsync(string name) => (await _addresses.Value).GetProperty(name).GetString()!;

    public void Dispose()
    {
        _demo?.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonElement> StartAsync()
    {
        var file = Path.Combine(_folder.FullName, "addresses.json");
        _demo = CliProcess.Start(["demo", "--addresses", file]);
        var errors = _demo.Process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        // Its last line: by then all alerts are answered and ClickHouse has the answers.
        while (await _demo.Process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (!line.Contains("Ctrl-C ends it", StringComparison.Ordinal)) continue;
            // Read on, or a full pipe would stop the demo.
            _ = _demo.Process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return JsonElement.Parse(await File.ReadAllTextAsync(file, limit.Token));
        }
        throw new InvalidOperationException($"the demo ended before it was up: {await errors}");
    }
}
