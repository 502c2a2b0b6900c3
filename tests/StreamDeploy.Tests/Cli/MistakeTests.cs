using System.Diagnostics;

namespace StreamDeploy.Tests.Cli;

/// <summary>What users do that they did not mean to: one line says what is wrong, never a stack trace.</summary>
public sealed class MistakeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamdeploy-mistakes-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("before: 30m\n[a]: b\n", "line 2: a list or map stands where a single name or value is expected")]
    [InlineData("properties: {a: [1]}\n", "line 1: a list or map stands where a single name or value is expected")]
    [InlineData("properties: {[a]: b}\n", "line 1: a list or map stands where a single name or value is expected")]
    [InlineData("- before\n", "must hold name: value pairs")]
    public async Task A_configuration_file_of_another_shape_is_refused_with_its_line(string yaml, string message)
    {
        var file = Path.Combine(_folder.FullName, "streamdeploy.yaml");
        await File.WriteAllTextAsync(file, yaml);

        await IsOneLineAsync(message, "replay", "-", "--config", file);
    }

    [Theory]
    [InlineData("replay", "FOLDER")]
    [InlineData("encode", "deployment", "FOLDER")]
    [InlineData("replay", "-", "--config", "FOLDER")]
    [InlineData("demo", "--once", "--addresses", "FOLDER")]
    public async Task A_folder_in_place_of_a_file_is_called_one(params string[] args) =>
        await IsOneLineAsync("is a folder, but must be a file", [.. args.Select(arg => arg == "FOLDER" ? _folder.FullName : arg)]);

    [ExamplePayloadsFact]
    public async Task Addresses_into_a_folder_that_does_not_exist_are_refused_before_anything_starts() =>
        await IsOneLineAsync("--addresses: the folder " + Path.Combine(_folder.FullName, "none") + " does not exist", "demo", "--addresses", Path.Combine(_folder.FullName, "none", "x.json"));

    [Fact]
    public async Task Nothing_to_encode_is_said_in_words() => await IsOneLineAsync("the input is empty", "encode", "deployment", "-");

    [Theory]
    [InlineData("'--bogus'", "demo", "--bogus")]
    [InlineData("'bogus'", "bogus")]
    public async Task A_flag_or_command_that_does_not_exist_is_not_drowned_in_help(string message, params string[] args)
    {
        var (code, output, error) = await CliProcess.RunAsync(args);

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Description:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_file_has_no_answers()
    {
        Assert.Equal((0, "", ""), await CliProcess.RunAsync(["replay", "-"]));
    }

    [Fact]
    public async Task A_line_that_is_no_JSON_does_not_steer_the_terminal()
    {
        var (_, _, error) = await CliProcess.RunAsync(["replay", "-"], "n\u001b[31mred\n");

        Assert.Contains("n\\u001b[31mred", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error);
    }

    [Fact]
    public async Task Replay_ends_when_nobody_reads_on()
    {
        // Megabytes of answers: more than a pipe and all buffers hold. It takes minutes to the end and seconds to the closed pipe.
        var file = Path.Combine(_folder.FullName, "many.jsonl");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, 6000).Select(i => i % 2 == 0
            ? $$"""{"deployment":{"accountId":"a","eventId":"e{{i}}","deploymentId":"D{{i}}","pipelineId":1,"occurredAt":"2026-01-01T11:00:00Z"} }"""
            : $$"""{"alert":{"accountId":"a","eventId":"x{{i}}","alertId":"A{{i}}","status":"OPEN","occurredAt":"2026-01-01T12:00:00Z","updatedAt":"2026-01-01T12:00:00Z"} }"""));
        using var replay = CliProcess.Start(["replay", file]);
        var error = replay.Process.StandardError.ReadToEndAsync();
        var first = new char[1];
        Assert.Equal(1, await replay.Process.StandardOutput.ReadAsync(first, new CancellationTokenSource(Limit).Token));

        var waited = Stopwatch.StartNew();
        replay.Process.StandardOutput.Close();
        await replay.Process.WaitForExitAsync(new CancellationTokenSource(Limit).Token);

        Assert.Equal((0, ""), (replay.Process.ExitCode, await error));
        Assert.InRange(waited.Elapsed.TotalSeconds, 0, 60);
    }

    private static async Task IsOneLineAsync(string message, params string[] args)
    {
        var (code, output, error) = await CliProcess.RunAsync(args);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
