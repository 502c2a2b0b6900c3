using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>The embedded ClickHouse against the client that its users have: npm's @clickhouse/client.</summary>
public sealed class OfficialClientTests
{
    private const string ClientVersion = "1.23.1";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [EmbeddedClickHouseFact("node", "npm")]
    public async Task The_official_client_for_Node_works_with_it()
    {
        string folder = Directory.CreateTempSubdirectory("streamdeploy-client-").FullName;
        try
        {
            await RunAsync(folder, "npm", "install", "--no-audit", "--no-fund", "--prefix", folder, "@clickhouse/client@" + ClientVersion);
            string script = Path.Combine(folder, "official-client.mjs");
            File.Copy(Path.Combine(AppContext.BaseDirectory, "ClickHouse", "official-client.mjs"), script);
            await using EmbeddedClickHouse server = await EmbeddedClickHouse.StartAsync(new EmbeddedClickHouseSettings(), NullLoggerFactory.Instance);
            string output = await RunAsync(folder, "node", script, server.Url.ToString());
            Assert.Equal(22, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token), errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        return await output;
    }
}
