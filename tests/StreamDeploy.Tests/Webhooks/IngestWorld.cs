using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>A running ingest with a catalog of its own, in front of a Kafka on the wire.</summary>
internal sealed class IngestWorld : IAsyncDisposable
{
    public const string PipelineKey = "api-pipeline-key-1";
    public const string SecondPipelineKey = "api-pipeline-key-2";
    public const string SignedKey = "github-signed-key-1";
    public const string UnsignedKey = "github-unsigned-key-1";
    public const string GitLabKey = "gitlab-signed-key-1";
    public const string UnsignedGitLabKey = "gitlab-unsigned-key-1";
    public const string AdminKey = "admin-key-of-acme-1";
    public const string ReadKey = "read-key-of-acme-2";
    public const string WriteKey = "write-key-of-acme-3";
    public const string SendKey = "send-key-of-acme-4";
    public const string OtherAdminKey = "admin-key-of-other-1";
    public const string OperatorKey = "the-key-of-the-operator";
    public const string ArgoCdKey = "argocd-signed-key-1";
    public const string UnsignedArgoCdKey = "argocd-unsigned-key-1";
    public const string CdEventsKey = "cdevents-signed-key-1";
    public const string UnsignedCdEventsKey = "cdevents-unsigned-key-1";
    public const string PagerDutyKey = "e93facc04764012d7bfb002500d5d1a6";
    public const string AlertKey = "alert-source-key-1";
    public const string AlertmanagerKey = "alertmanager-key-1";
    public const string ProvenAlertmanagerKey = "alertmanager-key-2";
    public const string IlertKey = "ilert-alerts-key-1";
    public const string ProvenIlertKey = "ilert-alerts-key-2";
    public const string Secret = "the signing secret of now";
    public const string OldSecret = "the signing secret of before";
    public const string GenericRoute = "/api/deployment-events";
    public const string PagerDutyRoute = "/v2/change/enqueue";
    public const string AlertRoute = "/api/alerts";

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string CatalogText = $$"""
        accounts:
          - accountId: acme
            teams: [{id: 1, name: Payments}]
            escalationPolicies: [{id: 4, name: On call, teamIds: [1]}]
            alertSources:
              - {id: 5, name: Monitoring, integrationKey: {{AlertKey}}, escalationPolicyId: 4}
              - {id: 8, name: Alertmanager, integrationType: ALERTMANAGER, integrationKey: {{AlertmanagerKey}}}
              - {id: 9, name: Alertmanager with proof, integrationType: ALERTMANAGER, integrationKey: {{ProvenAlertmanagerKey}}, signingSecrets: [{{OldSecret}}, {{Secret}}]}
              - {id: 10, name: ilert, integrationType: ILERT, integrationKey: {{IlertKey}}, serviceLabels: [service], environmentLabels: [env]}
              - {id: 11, name: ilert with proof, integrationType: ILERT, integrationKey: {{ProvenIlertKey}}, signingSecrets: [{{Secret}}]}
            deploymentPipelines:
              - {id: 1, name: one, integrationKey: {{PipelineKey}}, teamIds: [1]}
              - {id: 2, name: signed, integrationType: GITHUB, integrationKey: {{SignedKey}}, signingSecrets: [{{OldSecret}}, {{Secret}}]}
              - {id: 6, name: lab, integrationType: GITLAB, integrationKey: {{GitLabKey}}, signingSecrets: [{{Secret}}]}
              - {id: 7, name: open lab, integrationType: GITLAB, integrationKey: {{UnsignedGitLabKey}}}
              - {id: 8, name: cd, integrationType: ARGOCD, integrationKey: {{ArgoCdKey}}, signingSecrets: [{{Secret}}], service: "{app}"}
              - {id: 9, name: open cd, integrationType: ARGOCD, integrationKey: {{UnsignedArgoCdKey}}}
              - {id: 10, name: events, integrationType: CDEVENTS, integrationKey: {{CdEventsKey}}, signingSecrets: [{{Secret}}]}
              - {id: 11, name: open events, integrationType: CDEVENTS, integrationKey: {{UnsignedCdEventsKey}}}
              - {id: 12, name: duty, integrationType: PAGERDUTY, integrationKey: {{PagerDutyKey}}}
              - {id: 3, name: unsigned, integrationType: GITHUB, integrationKey: {{UnsignedKey}}, service: "{repository}"}
            apiKeys:
              - {id: 1, name: admin, key: {{AdminKey}}, scopes: [ADMIN]}
              - {id: 2, name: reader, key: {{ReadKey}}, scopes: [READ]}
              - {id: 3, name: writer, key: {{WriteKey}}, scopes: [WRITE]}
              - {id: 4, name: sender, key: {{SendKey}}, scopes: [INGEST]}
          - accountId: other
            apiKeys: [{id: 1, name: admin, key: {{OtherAdminKey}}, scopes: [ADMIN]}]
            deploymentPipelines: [{id: 1, name: two, integrationKey: {{SecondPipelineKey}}}]
        """;

    private readonly IngestBroker _broker;
    private readonly TopicNames _topics;
    private readonly EventProducer _producer;

    private IngestWorld(IngestBroker broker, TopicNames topics, EventProducer producer, Ingest ingest, EverythingLog log)
    {
        _broker = broker;
        _topics = topics;
        _producer = producer;
        Ingest = ingest;
        Log = log;
        // A sender may put anything into a header; this client would only put ASCII.
        Http = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 })
        {
            BaseAddress = ingest.Address,
            Timeout = Limit,
        };
    }

    /// <summary>Topics of this world.</summary>
    public TopicNames Topics => _topics;

    public static Catalog SomeCatalog => Catalog.Parse(CatalogText, "catalog.yaml");

    public Ingest Ingest { get; }

    public EverythingLog Log { get; }

    public HttpClient Http { get; }

    /// <param name="broker">Where the tables are read.</param>
    /// <param name="settings">Of the ingest.</param>
    /// <param name="kafka">What is different where events are written.</param>
    public static async Task<IngestWorld> StartAsync(IngestBroker broker, IngestSettings? settings = null, Func<KafkaSettings, KafkaSettings>? kafka = null)
    {
        var log = new EverythingLog();
        var kafkaSettings = new KafkaSettings
        {
            BootstrapServers = broker.BootstrapServers,
            Registry = new SchemaRegistrySettings { Url = broker.RegistryUrl },
            TopicPrefix = Guid.NewGuid().ToString("N") + ".",
            DeliveryTimeout = Limit,
        };
        var tables = kafkaSettings;
        kafkaSettings = kafka?.Invoke(kafkaSettings) ?? kafkaSettings;
        var producer = EventProducer.Open(kafkaSettings, log);
        settings = (settings ?? new IngestSettings()) with { ListenAddress = IPAddress.Loopback, Port = 0 };
        await using (var publisher = EventProducer.Open(tables, log))
            await CatalogPublisher.PublishAsync(SomeCatalog, publisher, CancellationToken.None);
        var ingest = await Ingest.StartAsync(settings, tables, SomeCatalog, producer, log);
        return new IngestWorld(broker, kafkaSettings.Topics, producer, ingest, log);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Ingest.DisposeAsync();
        await _producer.DisposeAsync();
    }

    public async Task<List<Deployment>> DeploymentsAsync() => [.. (await _broker.ReadAllAsync<Deployment>(_topics.Deployments)).Select(record => record.Value)];

    public async Task<List<Alert>> AlertsAsync() => [.. (await _broker.ReadAllAsync<Alert>(_topics.Alerts)).Select(record => record.Value)];

    public Task<Answer> PostAsync(string route, string body, params (string Name, string Value)[] headers) => PostAsync(route, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>Posts JSON unless a header Content-Type says otherwise (or is empty: then none is sent).</summary>
    public async Task<Answer> PostAsync(string route, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                request.Content.Headers.Remove(name);
                if (value.Length > 0)
                    request.Content.Headers.TryAddWithoutValidation(name, value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    public async Task<Answer> GetAsync(string route)
    {
        using var response = await Http.GetAsync(new Uri(route, UriKind.Relative));
        return await Answer.OfAsync(response);
    }

    public Task<Answer> PostEventAsync(string key = PipelineKey, string summary = "x") =>
        PostAsync(GenericRoute, $$"""{"integrationKey":"{{key}}","summary":"{{summary}}"}""");

    public Task<Answer> PostGitHubAsync(string eventName, byte[] body, string key = UnsignedKey, params (string Name, string Value)[] headers) =>
        PostAsync(GitHubRoute(key), body, [("X-GitHub-Event", eventName), ("X-GitHub-Delivery", "delivery-1"), .. headers]);

    public static string GitHubRoute(string key) => "/api/v1/deployment-events/github/" + key;

    public static string GitLabRoute(string key) => "/api/v1/deployment-events/gitlab/" + key;

    public static string AlertmanagerRoute(string key) => "/api/v1/alerts/alertmanager/" + key;

    public static string IlertRoute(string key) => "/api/v1/alerts/ilert/" + key;
    public static string ArgoCdRoute(string key) => "/api/v1/deployment-events/argocd/" + key;

    public static string CdEventsRoute(string key) => "/api/v1/deployment-events/cdevents/" + key;

    public static string Sign(byte[] body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>A connection for what no HTTP client would send.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Ingest.Address.Port);
        return socket;
    }

    /// <summary>What the server says until it closes the connection.</summary>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Limit);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and var read)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Reset: closed all the same.
        }

        return text.ToString();
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException($"{what}: not within {Limit}");
            await Task.Yield();
        }
    }
}

/// <summary>What the ingest answered.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, int? RetryAfterSeconds)
{
    public string? Code => Field("code");

    public string? FieldName => Field("field");

    public static async Task<Answer> OfAsync(HttpResponseMessage response) => new(
        response.StatusCode, await response.Content.ReadAsStringAsync(), (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);

    private string? Field(string name)
    {
        if (Body.Length == 0 || Body[0] != '{')
            return null;
        using var json = JsonDocument.Parse(Body);
        return json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset UtcNow { get; set; } = DateTimeOffset.FromUnixTimeMilliseconds(Some.Noon);

    public override DateTimeOffset GetUtcNow() => UtcNow;
}
