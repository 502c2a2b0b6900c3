using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Cli.Demo;

/// <summary>GitHub's own example webhooks, their times moved so that they happened just now.</summary>
internal sealed partial class DemoPayloads
{
    private readonly JsonArray _examples;

    private DemoPayloads(JsonArray examples) => _examples = examples;

    /// <exception cref="FileNotFoundException">The examples were not fetched.</exception>
    public static DemoPayloads Load()
    {
        if (FetchedFiles.Find("webhooks-examples", "api.github.com", "index.json") is not { } path || !File.Exists(path))
            throw new FileNotFoundException("GitHub's example webhooks are not there: run ./streamdeploy setup, with npm installed, which fetches them.");
        return new DemoPayloads(JsonNode.Parse(File.ReadAllBytes(path))!.AsArray());
    }

    public byte[] Push(DateTimeOffset at) => Moved(Find("push", static e => (string?)e["ref"] == "refs/heads/master" && (bool?)e["deleted"] == false), at);

    /// <summary>The examples hold no merged pull request: the one that was closed is marked as merged.</summary>
    public byte[] MergedPullRequest(DateTimeOffset at)
    {
        var example = Find("pull_request", static e => (string?)e["action"] == "closed");
        var pullRequest = example["pull_request"]!;
        pullRequest["merged"] = true;
        pullRequest["merged_at"] = (string?)pullRequest["closed_at"];
        return Moved(example, at);
    }

    public byte[] PublishedRelease(DateTimeOffset at) => Moved(Find("release", static e => (string?)e["action"] == "published"), at);

    public byte[] DeploymentStatus(DateTimeOffset at) =>
        Moved(Find("deployment_status", static e => (string?)e["deployment_status"]?["state"] == "success"), at);

    private JsonObject Find(string name, Func<JsonNode, bool> isIt)
    {
        var examples = _examples.First(e => (string?)e!["name"] == name)!["examples"]!.AsArray();
        return (JsonObject)examples.First(e => isIt(e!))!.DeepClone();
    }

    /// <summary>Moves every time in it by as much as brings its latest to the given one: what lay between two of them still does.</summary>
    private static byte[] Moved(JsonObject example, DateTimeOffset to)
    {
        var times = new List<(JsonNode Node, DateTimeOffset Time)>();
        FindTimes(example, times);
        var by = to - times.Max(found => found.Time);
        foreach (var (node, time) in times)
        {
            var moved = (time + by).ToUniversalTime();
            // GitHub writes the times of a pushed repository in epoch seconds and all others in ISO 8601.
            if (node.GetValueKind() == JsonValueKind.Number) node.ReplaceWith(moved.ToUnixTimeSeconds());
            else node.ReplaceWith(moved.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        }
        return Encoding.UTF8.GetBytes(example.ToJsonString());
    }

    private static void FindTimes(JsonNode node, List<(JsonNode, DateTimeOffset)> times)
    {
        IEnumerable<(string Name, JsonNode? Value)> children = node switch
        {
            JsonObject properties => properties.Select(property => (property.Key, property.Value)),
            JsonArray items => items.Select(item => ("", item)),
            _ => [],
        };
        foreach (var (name, value) in children)
        {
            if (value is null) continue;
            if (value.GetValueKind() == JsonValueKind.String && IsoTime().IsMatch((string)value!))
                times.Add((value, DateTimeOffset.Parse((string)value!, CultureInfo.InvariantCulture)));
            else if (value.GetValueKind() == JsonValueKind.Number && name.EndsWith("_at", StringComparison.Ordinal))
                times.Add((value, DateTimeOffset.FromUnixTimeSeconds((long)value)));
            else
                FindTimes(value, times);
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex IsoTime();
}
