using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;

namespace StreamDeploy.Cli.Demo;

/// <summary>What happens in the demo, told to ingest over HTTP as GitHub and a monitoring would.</summary>
internal sealed class DemoStory(HttpClient http, DemoPayloads payloads, DateTimeOffset start, Action<string> tell)
{
    private const string Secret = "It's a Secret to Everybody";

    /// <summary>The alerts that are raised, in the order they are told.</summary>
    public static readonly IReadOnlyList<string> AlertIds = ["quiet-night", "checkout-errors", "login-latency"];

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        tell("2 h ago     an alert, and nothing had changed anywhere near it");
        await AlertAsync("demo-key-of-alerts", "quiet-night", "Disk of the build server is 90 % full", start.AddHours(-2), null, null, cancellationToken);

        tell("47 min ago  GitHub: push to master of Codertocat/Hello-World       → payments");
        await GitHubAsync("demo-key-of-payments", "push", payloads.Push(start.AddMinutes(-47)), cancellationToken);
        tell("46 min ago  GitHub: pull request merged                            → payments");
        await GitHubAsync("demo-key-of-payments", "pull_request", payloads.MergedPullRequest(start.AddMinutes(-46)), cancellationToken);
        tell("12 min ago  GitHub: release 0.0.1 published                        → storefront");
        await GitHubAsync("demo-key-of-storefront", "release", payloads.PublishedRelease(start.AddMinutes(-12)), cancellationToken);
        tell("5 min ago   GitHub: deployment to production succeeded             → payments");
        await GitHubAsync("demo-key-of-payments", "deployment_status", payloads.DeploymentStatus(start.AddMinutes(-5)), cancellationToken);

        tell("2 min ago   an alert that the payments team claims");
        await AlertAsync("demo-key-of-payments-alerts", "checkout-errors", "Checkout: 5 % of payments fail", start.AddMinutes(-2), null, "production", cancellationToken);
        tell("1 min ago   an alert that no team claims");
        await AlertAsync("demo-key-of-alerts", "login-latency", "Login is slow", start.AddMinutes(-1), "login", null, cancellationToken);
    }

    private async Task GitHubAsync(string key, string name, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/deployment-events/github/{key}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", name);
        request.Headers.Add("X-GitHub-Delivery", Guid.NewGuid().ToString());
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body)));
        await SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task AlertAsync(string key, string id, string summary, DateTimeOffset at, string? service, string? environment, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/alerts")
        {
            Content = JsonContent.Create(new { integrationKey = key, alertId = id, summary, priority = "HIGH", occurredAt = at, updatedAt = at, service, environment }),
        };
        await SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if ((int)response.StatusCode == 202) return;
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        throw new IOException($"ingest answered {(int)response.StatusCode} to {request.RequestUri?.AbsolutePath}: {body}");
    }
}
