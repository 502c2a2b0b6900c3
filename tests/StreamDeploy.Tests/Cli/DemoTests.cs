using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.Cli;

/// <summary>The whole of it, as a newcomer runs it.</summary>
public sealed class DemoTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [ExamplePayloadsFact]
    public async Task Once_as_JSON_prints_one_answer_for_each_alert_and_nothing_else()
    {
        var home = Directory.CreateTempSubdirectory("streamdeploy-demo-home-");
        var (code, output, error) = await CliProcess.RunAsync(["demo", "--once", "--json"], "", ("HOME", home.FullName));

        Assert.True(code == 0, error);
        Assert.DoesNotContain(" warn ", error, StringComparison.Ordinal);
        Assert.Empty(home.EnumerateFileSystemInfos());
        home.Delete();
        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToArray();
        JsonElement Last(string alertId) => answers.Last(a => a.GetProperty("alertId").GetString() == alertId);
        var quiet = Last("quiet-night");
        Assert.Equal(("NO_SUSPECT", "NOTHING_NEAR"), (quiet.GetProperty("outcome").GetString(), quiet.GetProperty("reason").GetString()));
        var claimed = Last("checkout-errors");
        Assert.Equal(("TEAM", 1, 3), (claimed.GetProperty("scope").GetString(), claimed.GetProperty("outOfScope").GetInt32(), claimed.GetProperty("considered").GetInt32()));
        Assert.Equal("DEPLOYMENT", claimed.GetProperty("suspects")[0].GetProperty("kind").GetString());
        Assert.Equal("Codertocat", Last("login-latency").GetProperty("suspects")[0].GetProperty("link").GetString()!.Split('/')[3]);
        Assert.Equal(("ACCOUNT", 4), (Last("login-latency").GetProperty("scope").GetString(), Last("login-latency").GetProperty("considered").GetInt32()));
    }

    [ExamplePayloadsFact]
    public async Task It_stays_up_says_where_it_listens_answers_what_a_user_sends_and_ends_on_SIGTERM()
    {
        var folder = Directory.CreateTempSubdirectory("streamdeploy-demo-test-");
        var file = Path.Combine(folder.FullName, "addresses.json");
        using var demo = CliProcess.Start(["demo", "--addresses", file]);
        var error = demo.Process.StandardError.ReadToEndAsync();
        var told = new List<string>();
        try
        {
            await WaitFor(demo, told, "Ctrl-C ends it");
            var addresses = JsonElement.Parse(await File.ReadAllTextAsync(file));
            using var http = new HttpClient { BaseAddress = new Uri(addresses.GetProperty("ingest").GetString()!) };
            var deployment = new { integrationKey = "demo-key-of-anything", summary = "Summer campaign is live", kind = "CAMPAIGN", service = "login" };
            Assert.Equal(202, (int)(await http.PostAsJsonAsync("api/deployment-events", deployment)).StatusCode);
            var alert = new { integrationKey = "demo-key-of-alerts", alertId = "mine", summary = "Login is down", service = "login" };
            Assert.Equal(202, (int)(await http.PostAsJsonAsync("api/alerts", alert)).StatusCode);
            await WaitFor(demo, told, "likely: Summer campaign is live");
            Assert.False(string.IsNullOrEmpty(addresses.GetProperty("kafka").GetString()));
            Assert.Contains("\"enrichments-value\"", await http.GetStringAsync(addresses.GetProperty("registry").GetString() + "/subjects"), StringComparison.Ordinal);

            var stopped = Stopwatch.StartNew();
            Assert.Equal(0, Terminate(demo.Process.Id));
            await demo.Process.WaitForExitAsync(new CancellationTokenSource(Limit).Token);
            Assert.Equal(0, demo.Process.ExitCode);
            Assert.InRange(stopped.Elapsed.TotalSeconds, 0, 20);
            Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task WaitFor(CliProcess demo, List<string> told, string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (await demo.Process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            told.Add(line);
            if (line.Contains(text, StringComparison.Ordinal)) return;
        }
        Assert.Fail($"the demo ended without saying \"{text}\": {string.Join('\n', told)}");
    }

    private static int Terminate(int processId)
    {
        using var kill = Process.Start("kill", ["-TERM", processId.ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
        return kill.ExitCode;
    }
}

/// <summary>A test that needs GitHub's example payloads; without them it is skipped, and fails where CI is set.</summary>
public sealed class ExamplePayloadsFactAttribute : FactAttribute
{
    public ExamplePayloadsFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && !Path.Exists(FetchedFiles.Find("webhooks-examples")))
            Skip = "GitHub's example webhooks are not there: ./streamdeploy setup fetches them";
    }
}
