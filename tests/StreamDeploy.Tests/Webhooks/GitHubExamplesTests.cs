using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Real payloads, as collected in npm's @octokit/webhooks-examples.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class GitHubExamplesTests(IngestBroker broker)
{
    private static readonly long TodayMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private static readonly CatalogPipeline Pipeline = SomeWebhook.GitHubPipeline(service: "{repository}");

    private static IEnumerable<(string Name, JsonElement Payload)> Examples() =>
        from file in Directory.EnumerateFiles(WebhookExamples.Folder!, "index.json", SearchOption.AllDirectories).Order()
        from entry in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.EnumerateArray()
        from example in entry.GetProperty("examples").EnumerateArray()
        select (entry.GetProperty("name").GetString()!, example);

    private static Reading<Deployment> Read(string name, JsonElement payload) => GitHub.Read(name, "delivery-1", payload, Pipeline, TodayMs);

    [WebhookExamplesFact]
    public void Every_example_is_an_event_or_has_a_reason()
    {
        var outcomes = Examples().Select(example => (example.Name, Reading: Read(example.Name, example.Payload))).ToList();

        Assert.True(outcomes.Count > 700, $"only {outcomes.Count} examples");
        Assert.All(outcomes, outcome => Assert.True(outcome.Reading.Event is not null || outcome.Reading.Refusal!.Status == 200, outcome.Name));
        Assert.Equal(
            ["deployment_status: 11", "push: 2", "release: 10"],
            outcomes.Where(outcome => outcome.Reading.Event is not null).GroupBy(outcome => outcome.Name).Select(group => $"{group.Key}: {group.Count()}").Order());
    }

    [WebhookExamplesFact]
    public void A_real_push_a_real_release_and_a_real_deployment_are_read_whole()
    {
        var events = Examples().Select(example => Read(example.Name, example.Payload).Event).OfType<Deployment>().ToList();

        Assert.All(events, e => Assert.Equal("Codertocat/Hello-World", e.Repository));
        Assert.All(events, e => Assert.Equal("Hello-World", e.Service));
        Assert.All(events, e => Assert.NotEmpty(e.Summary));
        Assert.All(events, e => Assert.NotNull(e.Author));
        Assert.All(events, e => Assert.NotEmpty(e.Links));
        Assert.All(events, e => Assert.Null(e.CustomDetails));
        var push = events.First(e => e.Kind == DeploymentKind.PUSH);
        Assert.Equal(("master", 1_557_933_657_000L, 40), (push.Branch, push.OccurredAtMs, push.Commit!.Length));
        var release = events.First(e => e.Kind == DeploymentKind.RELEASE);
        Assert.Equal(("0.0.1", "release/17372790", 1_557_933_653_000L), (release.Version, release.DeploymentId, release.OccurredAtMs));
        var deployment = events.First(e => e.Kind == DeploymentKind.DEPLOYMENT);
        Assert.Equal(
            ("production", DeploymentStatus.SUCCEEDED, "deployment/145988746", 1_557_933_653_000L, 1_557_933_655_000L),
            (deployment.Environment, deployment.Status, deployment.DeploymentId, deployment.StartedAtMs, deployment.FinishedAtMs));
        var running = events.Single(e => e.Status == DeploymentStatus.STARTED);
        Assert.Equal("deploy master to github-pages", running.Summary);
    }

    [WebhookExamplesFact]
    public void A_real_pull_request_is_a_merge_once_it_is_merged()
    {
        var closed = Examples().Where(example => example.Name == "pull_request" && example.Payload.NameAt("action") == "closed").ToList();
        Assert.NotEmpty(closed);
        foreach (var (name, payload) in closed)
        {
            Assert.Equal("ACTION_NOT_WANTED", Read(name, payload).Refusal?.Code);
            var merged = JsonNode.Parse(payload.GetRawText())!.AsObject().With("pull_request.merged", "true").With("pull_request.merged_at", "\"2020-01-01T00:00:00Z\"");

            var merge = Read(name, SomeWebhook.Element(merged)).Event!;

            Assert.Equal(payload.NameAt("pull_request", "merge_commit_sha"), merge.Commit);
            Assert.Equal(("master", 1_577_836_800_000L), (merge.Branch, merge.OccurredAtMs));
        }
    }

    [WebhookExamplesFact]
    public async Task Every_example_is_answered_over_HTTP()
    {
        await using var world = await StartAsync(broker, new() { RequestsPerKeyMax = 100_000, RequestsPerAddressMax = 100_000 });
        var accepted = 0;
        foreach (var (name, payload) in Examples())
        {
            var body = Encoding.UTF8.GetBytes(payload.GetRawText());
            var answer = await world.PostGitHubAsync(name, body, SignedKey, (GitHubSignature.Header, Sign(body, Secret)));
            Assert.True(answer.Status is HttpStatusCode.Accepted or HttpStatusCode.OK, $"{name}: {answer}");
            accepted += answer.Status == HttpStatusCode.Accepted ? 1 : 0;
        }

        Assert.Equal(23, accepted);
        Assert.Equal(23, (await world.DeploymentsAsync()).Count);
    }
}

/// <summary>Where the payloads are: STREAMDEPLOY_DEPS, else .deps in the repository.</summary>
internal static class WebhookExamples
{
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("STREAMDEPLOY_DEPS") is { Length: > 0 } deps)
            return Existing(deps);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamDeploy.sln")))
                return Existing(Path.Combine(folder.FullName, ".deps"));
        }

        return null;
    }

    private static string? Existing(string deps) => Path.Combine(deps, "webhooks-examples") is var folder && Directory.Exists(folder) ? folder : null;
}

/// <summary>Skipped where the payloads are absent; on CI they must be there.</summary>
internal sealed class WebhookExamplesFactAttribute : FactAttribute
{
    public WebhookExamplesFactAttribute()
    {
        if (WebhookExamples.Folder is null && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "webhooks-examples is not there: run ./streamdeploy setup";
    }
}
