using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary><c>streamdeploy clickhouse</c> as its user sees it.</summary>
public sealed class ClickHouseCommandTests : IDisposable
{
    // Ten seconds by its own clocks, and what a busy machine adds to them.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(25);

    private readonly string _folder = Directory.CreateTempSubdirectory("streamdeploy-command-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [EmbeddedClickHouseFact]
    public async Task It_keeps_its_data_and_ends_cleanly_on_either_signal_even_while_queries_run()
    {
        string data = Path.Combine(_folder, "new", "data");
        int stops = 0;
        foreach (string signal in (string[])["TERM", "INT"])
        {
            using ClickHouseProcess server = await ClickHouseProcess.StartAsync(data);
            // What a shell starts in the background it makes ignore Ctrl-C, with all that is started from there.
            if (signal == "INT" && server.Ignores(signal: 2))
                break;
            await server.PostAsync("CREATE TABLE IF NOT EXISTS t (a Int32) ENGINE = MergeTree ORDER BY a");
            await server.PostAsync("INSERT INTO t VALUES (1)");
            stops++;
            Task<string> endless = server.PostAsync("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))", "query_id=endless");
            await StreamDeploy.Tests.Kafka.Eventually.True(
                async () => await server.PostAsync("SELECT count() FROM system.processes WHERE query_id = 'endless'") == "1\n", "the query to run");
            Assert.Equal(0, await server.StopAsync(signal, StopLimit));
            await Assert.ThrowsAnyAsync<Exception>(() => endless);
        }
        using ClickHouseProcess again = await ClickHouseProcess.StartAsync(data);
        Assert.Equal($"{stops}\n", await again.PostAsync("SELECT count() FROM t"));
    }

    /// <summary>Where the server of a url() refuses, the engine tries again and again, and hears no KILL meanwhile.</summary>
    [EmbeddedClickHouseFact]
    public async Task It_ends_cleanly_under_a_statement_that_does_not_end()
    {
        using ClickHouseProcess server = await ClickHouseProcess.StartAsync(_folder);
        Task<string> deaf = server.PostAsync("SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int32') SETTINGS http_max_tries = 100", "query_id=deaf");
        await StreamDeploy.Tests.Kafka.Eventually.True(
            async () => await server.PostAsync("SELECT count() FROM system.processes WHERE query_id = 'deaf'") == "1\n", "the query to run");
        Assert.Equal(0, await server.StopAsync("TERM", StopLimit));
        await Assert.ThrowsAnyAsync<Exception>(() => deaf);
    }

    [EmbeddedClickHouseFact("python3")]
    public async Task Pythons_own_library_inserts_compressed_bodies_and_reads_compressed_results()
    {
        using ClickHouseProcess server = await ClickHouseProcess.StartAsync(_folder);
        using Process python = Process.Start(new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "ClickHouse", "http_insert.py"), server.Url.ToString()]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Task<string> output = python.StandardOutput.ReadToEndAsync(limit.Token), error = python.StandardError.ReadToEndAsync(limit.Token);
        await python.WaitForExitAsync(limit.Token);
        Assert.Equal(("ok\n", "", 0), (await output, await error, python.ExitCode));
    }

    [EmbeddedClickHouseFact]
    public async Task A_folder_that_another_process_has_is_named()
    {
        using ClickHouseProcess server = await ClickHouseProcess.StartAsync(_folder);
        await IsRefusedAsync(1, $"The ClickHouse data in {_folder} is in use by another process", "--listen", "127.0.0.1:0", "--path", _folder);
        Assert.Equal("1\n", await server.PostAsync("SELECT 1"));
    }

    [EmbeddedClickHouseFact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await IsRefusedAsync(1, $"ClickHouse cannot listen on {taken.LocalEndpoint}: ", "--listen", taken.LocalEndpoint.ToString()!, "--path", _folder, "--log-level", "none");
    }

    [Theory]
    [InlineData("0.0.0.0:8123")]
    [InlineData("10.0.0.1:8123")]
    [InlineData("8123")]
    [InlineData("127.0.0.1")]
    [InlineData("https://127.0.0.1:8123")]
    public Task It_listens_to_this_machine_only(string address) =>
        IsRefusedAsync(2, $"--listen is \"{address}\", but must be a loopback address and a port", "--listen", address, "--path", _folder);

    [EmbeddedClickHouseFact]
    public async Task A_folder_that_cannot_be_written_to_is_named()
    {
        string file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");
        await IsRefusedAsync(1, $"ClickHouse cannot keep its data in {file}: ", "--listen", "127.0.0.1:0", "--path", file);
    }

    [Fact]
    public async Task Where_the_library_is_missing_it_says_what_to_do()
    {
        (int code, _, string error) = await CliProcess.RunAsync(["clickhouse", "--path", _folder], "", ("STREAMDEPLOY_DEPS", _folder));
        Assert.Equal(3, code);
        Assert.Contains("streamdeploy setup", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static async Task IsRefusedAsync(int expectedCode, string message, params string[] arguments)
    {
        (int code, string output, string error) = await CliProcess.RunAsync(["clickhouse", .. arguments]);
        Assert.Equal((expectedCode, ""), (code, output));
        Assert.Equal($"streamdeploy: {message}", error[..Math.Min(error.Length, message.Length + "streamdeploy: ".Length)]);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }
}
