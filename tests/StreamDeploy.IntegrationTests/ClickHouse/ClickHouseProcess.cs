using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary><c>streamdeploy clickhouse</c> as a process of its own.</summary>
internal sealed partial class ClickHouseProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly CliProcess _cli;
    private readonly HttpClient _http = new() { Timeout = Limit };

    private ClickHouseProcess(CliProcess cli, Uri url) => (_cli, Url) = (cli, url);

    public Uri Url { get; }

    public long PeakMemoryMb
    {
        get
        {
            _cli.Process.Refresh();
            return _cli.Process.PeakWorkingSet64 >> 20;
        }
    }

    public static Task<ClickHouseProcess> StartAsync(string dataPath, params string[] more) => StartAsync(dataPath, port: 0, more);

    /// <param name="dataPath">Its folder.</param>
    /// <param name="port">0: a free one.</param>
    /// <param name="more">Further arguments.</param>
    public static async Task<ClickHouseProcess> StartAsync(string dataPath, int port, params string[] more)
    {
        CliProcess cli = CliProcess.Start(["clickhouse", "--listen", $"127.0.0.1:{port}", "--path", dataPath, .. more]);
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            var said = new List<string>();
            while (await cli.Process.StandardError.ReadLineAsync(limit.Token) is { } line)
            {
                said.Add(line);
                if (Listens().Match(line) is { Success: true } match)
                    return new ClickHouseProcess(cli, new Uri(match.Groups[1].Value));
            }
            throw new InvalidOperationException("streamdeploy clickhouse did not start: " + string.Join('\n', said));
        }
        catch
        {
            cli.Dispose();
            throw;
        }
    }

    public async Task<string> PostAsync(string body, string url = "")
    {
        using HttpResponseMessage response = await _http.PostAsync(new Uri(Url, "/?" + url), new StringContent(body));
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{body[..Math.Min(200, body.Length)]}: {text}");
    }

    public Process Process => _cli.Process;

    /// <summary>kill -9: nothing is flushed, nothing closed.</summary>
    public async Task KillAsync()
    {
        _cli.Process.Kill();
        using var limit = new CancellationTokenSource(Limit);
        await _cli.Process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Whether the process was started to ignore a signal.</summary>
    public bool Ignores(int signal)
    {
        string mask = File.ReadLines($"/proc/{_cli.Process.Id}/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) == 1;
    }

    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(string signal, TimeSpan within)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _cli.Process.Id.ToString(CultureInfo.InvariantCulture)])!;
        using var limit = new CancellationTokenSource(within);
        await _cli.Process.WaitForExitAsync(limit.Token);
        return _cli.Process.ExitCode;
    }

    public void Dispose()
    {
        _http.Dispose();
        _cli.Dispose();
    }

    [GeneratedRegex(@"ClickHouse listens at (\S+);")]
    private static partial Regex Listens();
}
