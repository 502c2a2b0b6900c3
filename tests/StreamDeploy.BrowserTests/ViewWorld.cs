using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Topology;

namespace StreamDeploy.BrowserTests;

/// <summary>All of it in this process, as the demo starts it: what is posted comes out on the pages.</summary>
public sealed class ViewWorld : IAsyncLifetime
{
    private const string KeyOf = "test-key-of-";

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

    private static readonly HttpClient Http = new() { Timeout = Browser.WaitLimit };

    private EmbeddedWorld _world = null!;
    private ViewServer _view = null!;

    /// <summary>Of the pages.</summary>
    public Uri Address => _view.Address;

    public Uri Url(string path) => new(Address, path);

    public async Task InitializeAsync()
    {
        // Without a browser every test of the class is skipped: then it is not worth its start.
        if (BrowserFactAttribute.Missing is not null)
            return;
        _world = await EmbeddedWorld.StartAsync(
            Catalog.Parse(Accounts, "the test's accounts"), new IngestSettings { ListenAddress = IPAddress.Loopback, Port = 0 }, new JoinSettings(), NullLoggerFactory.Instance, CancellationToken.None);
        _view = await ViewServer.StartAsync(
            new LiveViewSettings { Port = 0, Management = _world.Ingest }, _world.Kafka with { GroupId = "streamdeploy-view" }, _world.ClickHouse, NullLoggerFactory.Instance, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_world is null)
            return;
        await _view.DisposeAsync();
        await _world.DisposeAsync();
    }

    /// <summary>Signs in and goes on to a page.</summary>
    public async Task SignInAsync(IPage page, string path = "/deployments")
    {
        await page.GotoAsync(Url("/sign-in?next=" + Uri.EscapeDataString(path)).ToString());
        await page.FillAsync("input[name=key]", KeyOf + "the-page");
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
        foreach (var (name, value) in more ?? new Dictionary<string, object>())
            body[name] = value;
        using var response = await Http.PostAsJsonAsync(new Uri(_world.Ingest, path), body);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, $"ingest answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }
}
