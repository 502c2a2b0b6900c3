using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Topology;

namespace StreamDeploy.BrowserTests;

/// <summary>The whole of it in this process, with the live view; one for all tests, each of which makes an account of its own.</summary>
public sealed class ViewWorld : IAsyncLifetime
{
    private const string OperatorKey = "operator-key-of-the-browser-tests";
    private const string KeyOf = "test-key-of-";
    private const string MasterKey = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// <summary>An account with teams, for tests of what claims do.</summary>
    private const string Accounts = """
        accounts:
          - accountId: acme
            name: Acme Corp
            validFrom: 2020-01-01T00:00:00Z
            teams:
              - {id: 1, name: Payments}
              - {id: 2, name: Storefront}
            apiKeys:
              - {id: 1, name: the page, key: test-key-of-the-page, scopes: [ADMIN]}
            escalationPolicies:
              - {id: 1, name: Payments on call, teamIds: [1], validFrom: 2020-01-01T00:00:00Z}
            alertSources:
              - {id: 1, name: Monitoring of payments, integrationKey: test-key-of-alerts-of-payments, escalationPolicyId: 1, validFrom: 2020-01-01T00:00:00Z}
              - {id: 2, name: Monitoring of everything else, integrationKey: test-key-of-alerts, validFrom: 2020-01-01T00:00:00Z}
            deploymentPipelines:
              - {id: 1, name: payments, integrationType: API, integrationKey: test-key-of-payments, teamIds: [1], validFrom: 2020-01-01T00:00:00Z}
              - {id: 2, name: storefront, integrationType: API, integrationKey: test-key-of-storefront, teamIds: [2], validFrom: 2020-01-01T00:00:00Z}
              - {id: 3, name: anything else, integrationType: API, integrationKey: test-key-of-anything, validFrom: 2020-01-01T00:00:00Z}
        """;

    private static int accounts;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Lazy<Task<(EmbeddedWorld World, ViewServer View)>> _started = new(StartAsync);

    internal EmbeddedWorld Embedded => _started.Value.Result.World;

    public Uri Address => _started.Value.Result.View.Address;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_started.IsValueCreated)
        {
            var (world, view) = await _started.Value;
            await view.DisposeAsync();
            await world.DisposeAsync();
        }
    }

    private static async Task<(EmbeddedWorld World, ViewServer View)> StartAsync()
    {
        var ingest = new IngestSettings
        {
            ListenAddress = IPAddress.Loopback,
            Port = 0,
            OperatorKeyHash = IntegrationKey.Hash(OperatorKey),
            MasterKeys = MasterKeys.Parse(MasterKey),
            RequestsPerAddressMax = 100_000,
        };
        var world = await EmbeddedWorld.StartAsync(Catalog.Parse(Accounts, "the accounts of the tests"), ingest, new JoinSettings(), NullLoggerFactory.Instance, CancellationToken.None);
        return (world, await ViewServer.StartAsync(new() { Port = 0, Management = world.Ingest }, world.Kafka with { GroupId = "view" }, world.ClickHouse, NullLoggerFactory.Instance));
    }

    public Uri Url(string path) => new(Address, path);

    /// <summary>Signs in and goes on to a page.</summary>
    public async Task SignInAsync(IPage page, string path = "/deployments")
    {
        await _started.Value;
        await page.GotoAsync(Url("/sign-in?next=" + Uri.EscapeDataString(path)).ToString());
        await page.FillAsync("#key", KeyOf + "the-page");
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync(Url(path).ToString());
    }

    /// <summary>Posts a change to one of the pipelines: payments, storefront, anything.</summary>
    /// <param name="summary">What it is.</param>
    /// <param name="minutesAgo">When it ended.</param>
    /// <param name="more">Further fields of the API.</param>
    /// <param name="pipeline">By its key.</param>
    public Task PostDeploymentAsync(string summary, double minutesAgo, IReadOnlyDictionary<string, object>? more = null, string pipeline = "anything") =>
        PostAsync("api/deployment-events", new() { ["integrationKey"] = KeyOf + pipeline, ["summary"] = summary, ["timestamp"] = Ago(minutesAgo) }, more);

    /// <summary>Raises an alert from one of the sources: alerts, alerts-of-payments.</summary>
    public Task PostAlertAsync(string id, string summary, double minutesAgo, IReadOnlyDictionary<string, object>? more = null, string source = "alerts") =>
        PostAsync("api/alerts", new() { ["integrationKey"] = KeyOf + source, ["alertId"] = id, ["summary"] = summary, ["priority"] = "HIGH", ["occurredAt"] = Ago(minutesAgo), ["updatedAt"] = Ago(minutesAgo) }, more);

    /// <summary>A time as the API takes it.</summary>
    public static string Ago(double minutes) => DateTimeOffset.UtcNow.AddMinutes(-minutes).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private async Task PostAsync(string path, Dictionary<string, object> body, IReadOnlyDictionary<string, object>? more)
    {
        await _started.Value;
        foreach (var (name, value) in more ?? new Dictionary<string, object>())
            body[name] = value;
        using var response = await Http.PostAsJsonAsync(new Uri(Embedded.Ingest, path), body);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, $"ingest answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>A new account with a key that may do everything, a pipeline and an alert source.</summary>
    internal async Task<ViewAccount> NewAccountAsync(string name = "Acme Corp")
    {
        // Started by whichever test comes first.
        await _started.Value;
        var id = $"account-{Interlocked.Increment(ref accounts)}";
        var made = await SendAsync("POST", "api/accounts", OperatorKey, new { accountId = id, name });
        var key = made.GetProperty("apiKey").GetString()!;
        var pipeline = await SendAsync("POST", "api/deployment-pipelines", key, new { name = "deploys", integrationType = "API" });
        var source = await SendAsync("POST", "api/alert-sources", key, new { name = "monitoring", integrationType = "API" });
        return new(this, id, key, pipeline.GetProperty("id").GetInt64(), pipeline.GetProperty("integrationKey").GetString()!, source.GetProperty("integrationKey").GetString()!);
    }

    /// <summary>Asks the ingest; an answer that is no success fails the test.</summary>
    internal async Task<JsonElement> SendAsync(string method, string path, string key, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Embedded.Ingest, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}

/// <summary>An account of one test, with its keys.</summary>
internal sealed record ViewAccount(ViewWorld World, string Id, string ApiKey, long PipelineId, string DeploymentKey, string AlertKey)
{
    /// <param name="deployment">As the generic event: summary, service, ...</param>
    public Task DeployAsync(object deployment) => World.SendAsync("POST", "api/deployment-events", DeploymentKey, deployment);

    /// <param name="alert">As the generic alert: alertId, summary, ...</param>
    public Task RaiseAsync(object alert) => World.SendAsync("POST", "api/alerts", AlertKey, alert);

    /// <summary>Signs in and opens a page, as a visitor of their own.</summary>
    public async Task<Tab> OpenAsync(Visit visit, string path, BrowserNewContextOptions? options = null, Uri? view = null)
    {
        var tab = await visit.OpenAsync(new Uri(view ?? World.Address, "/sign-in?next=" + Uri.EscapeDataString(path)), options);
        await tab.Page.FillAsync("#key", ApiKey);
        await tab.Page.ClickAsync("main button[type=submit]");
        await tab.Page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        return tab;
    }
}
