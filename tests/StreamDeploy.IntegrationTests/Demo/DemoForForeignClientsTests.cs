using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.IntegrationTests.Schemas;

namespace StreamDeploy.IntegrationTests.Demo;

/// <summary>What a newcomer does with the demo, by the clients that newcomers have: none of them is ours.</summary>
public sealed class DemoForForeignClientsTests(RunningDemo demo) : IClassFixture<RunningDemo>
{
    private const string ClickHouseClient = "@clickhouse/client@1.23.1";
    private static readonly string[] Alerts = ["checkout-errors", "login-latency", "quiet-night"];

    [DemoFact(DemoNeed.Kcat)]
    public async Task Kcat_lists_an_answer_for_every_alert()
    {
        var output = await KcatAsync("%k\n");

        var keys = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Alerts.Select(alert => "acme/" + alert), keys);
    }

    [DemoFact(DemoNeed.Kcat, DemoNeed.Python)]
    public async Task Confluents_client_for_Python_reads_the_answers_by_the_demos_registry()
    {
        var request = new JsonObject { ["url"] = await demo.AddressAsync("registry"), ["values"] = new JsonArray([.. await ValuesAsync()]) };

        var output = await Tool.RunAsync(Tool.Python, [Script("read_answers.py")], request.ToJsonString());

        var answers = JsonElement.Parse(output).EnumerateArray().ToList();
        Assert.Equal(Alerts, answers.Select(a => Text(a, "alertId")).Distinct().Order(StringComparer.Ordinal));
        var claimed = answers.Last(a => Text(a, "alertId") == "checkout-errors");
        Assert.Equal(("SUSPECTS", "TEAM", 3), (Text(claimed, "outcome"), Text(claimed, "scope"), claimed.GetProperty("considered").GetInt32()));
        Assert.Matches("^[0-9]+ % likely: deploy master to production.* ended 3 min before the alert; 2 other changes considered; 1 deployment out of scope.$", Text(claimed, "headline"));
        Assert.Equal(["DEPLOYMENT", "MERGE", "PUSH"], claimed.GetProperty("suspects").EnumerateArray().Select(s => Text(s, "kind")));
        var quiet = answers.Last(a => Text(a, "alertId") == "quiet-night");
        Assert.Equal(("NO_SUSPECT", "NOTHING_NEAR", 0), (Text(quiet, "outcome"), Text(quiet, "reason"), quiet.GetProperty("suspects").GetArrayLength()));
        Assert.Equal("No suspect: nothing changed between 2 h before and 10 min after the alert.", Text(quiet, "headline"));
    }

    [DemoFact(DemoNeed.ClickHouse, DemoNeed.Npm)]
    public async Task ClickHouses_client_for_Node_finds_the_answers_and_the_deployments()
    {
        var folder = Directory.CreateTempSubdirectory("streamdeploy-client-");
        try
        {
            await Tool.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", ClickHouseClient], folder: folder.FullName);
            var script = Path.Combine(folder.FullName, "query-history.mjs");
            File.Copy(Script("query-history.mjs"), script);

            var output = await Tool.RunAsync("node", [script, await demo.AddressAsync("clickhouse")], folder: folder.FullName);

            var history = JsonElement.Parse(output);
            Assert.Equal(Alerts, history.GetProperty("enrichments").EnumerateArray().Select(row => Text(row, "alert_id")));
            Assert.Equal(["NO_SUSPECT", "SUSPECTS", "SUSPECTS"], history.GetProperty("enrichments").EnumerateArray().Select(row => Text(row, "outcome")).Order(StringComparer.Ordinal));
            Assert.Equal(["DEPLOYMENT", "MERGE", "PUSH", "RELEASE"], history.GetProperty("deployments").EnumerateArray().Select(row => Text(row, "kind")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string> KcatAsync(string format) =>
        await Tool.RunAsync("kcat", ["-C", "-q", "-b", await demo.AddressAsync("kafka"), "-t", "enrichments", "-o", "beginning", "-e", "-f", format]);

    /// <summary>The values as hexadecimal text. Through a file, because they are not text: each after its length in bytes.</summary>
    private async Task<IEnumerable<JsonNode>> ValuesAsync()
    {
        var file = Path.GetTempFileName();
        try
        {
            string[] kcat = ["-C", "-q", "-b", await demo.AddressAsync("kafka"), "-t", "enrichments", "-o", "beginning", "-e", "-f", "%S\n%s"];
            await Tool.RunAsync("bash", ["-c", "kcat \"${@:2}\" >\"$1\"", "bash", file, .. kcat]);
            var bytes = await File.ReadAllBytesAsync(file);
            var values = new List<JsonNode>();
            for (var at = 0; at < bytes.Length;)
            {
                var end = Array.IndexOf(bytes, (byte)'\n', at);
                var length = int.Parse(bytes.AsSpan(at, end - at), System.Globalization.CultureInfo.InvariantCulture);
                values.Add(JsonValue.Create(Convert.ToHexString(bytes, end + 1, length)));
                at = end + 1 + length;
            }
            return values;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Text(JsonElement record, string field) => record.GetProperty(field).GetString()!;

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Demo", name);
}

public enum DemoNeed { Kcat, Python, Npm, ClickHouse }

/// <summary>A test that needs the example payloads and clients: skipped where one is absent, but fails where CI is set.</summary>
public sealed class DemoFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> HasKcat = new(() => Tool.Works("kcat", "-V"));
    private static readonly Lazy<bool> HasPython = new(() => Tool.Works(Tool.Python, "-c", "import avro.io, confluent_kafka.avro"));
    private static readonly Lazy<bool> HasNpm = new(() => Tool.Works("npm", "--version") && Tool.Works("node", "--version"));

    public DemoFactAttribute(params DemoNeed[] needs)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") return;
        if (!Path.Exists(FetchedFiles.Find("webhooks-examples"))) Skip = "GitHub's example webhooks are not there: ./streamdeploy setup fetches them";
        else if (needs.Contains(DemoNeed.Kcat) && !HasKcat.Value) Skip = "needs kcat";
        else if (needs.Contains(DemoNeed.Python) && !HasPython.Value) Skip = "needs Debian's python3-avro and python3-confluent-kafka";
        else if (needs.Contains(DemoNeed.Npm) && !HasNpm.Value) Skip = "needs node and npm";
        else if (needs.Contains(DemoNeed.ClickHouse) && !EmbeddedClickHouse.IsInstalled) Skip = "needs libchdb: ./streamdeploy setup fetches it";
    }
}
