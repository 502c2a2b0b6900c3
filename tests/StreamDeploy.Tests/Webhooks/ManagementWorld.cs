using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Instances of the ingest that share their topics, asked over the management API.</summary>
internal sealed class ManagementWorld : IAsyncDisposable
{
    public const string MasterKey = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    public const string NextMasterKey = "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    private readonly KafkaSettings _kafka;
    private readonly List<(Ingest Ingest, EventProducer Producer, HttpClient Http)> _instances = [];

    private ManagementWorld(KafkaSettings kafka) => _kafka = kafka;

    public EverythingLog Log { get; } = new();

    public TopicNames Topics => _kafka.Topics;

    /// <summary>Where the first instance listens.</summary>
    public Uri Address => _instances[0].Ingest.Address;

    public static Task<ManagementWorld> StartAsync(IngestBroker broker, int instances = 1, Func<IngestSettings, IngestSettings>? change = null) => StartAsync(
        new KafkaSettings
        {
            BootstrapServers = broker.BootstrapServers,
            Registry = new SchemaRegistrySettings { Url = broker.RegistryUrl },
            TopicPrefix = Guid.NewGuid().ToString("N") + ".",
            DeliveryTimeout = Limit,
        },
        instances, change);

    public static async Task<ManagementWorld> StartAsync(KafkaSettings kafka, int instances, Func<IngestSettings, IngestSettings>? change = null)
    {
        var world = new ManagementWorld(kafka);
        await using (var publisher = EventProducer.Open(world._kafka, world.Log))
            await CatalogPublisher.PublishAsync(SomeCatalog, publisher, CancellationToken.None);
        for (var i = 0; i < instances; i++)
            await world.AddInstanceAsync(change);
        return world;
    }

    public async Task<int> AddInstanceAsync(Func<IngestSettings, IngestSettings>? change = null)
    {
        var settings = new IngestSettings
        {
            ListenAddress = IPAddress.Loopback,
            Port = 0,
            RequestsPerKeyMax = 100_000,
            RequestsPerAddressMax = 100_000,
            MasterKeys = MasterKeys.Parse(MasterKey),
            OperatorKeyHash = IntegrationKey.Hash(OperatorKey),
            PublicUrl = "https://events.acme.example",
        };
        var producer = EventProducer.Open(_kafka, Log);
        var ingest = await Ingest.StartAsync(change?.Invoke(settings) ?? settings, _kafka, SomeCatalog, producer, Log);
        _instances.Add((ingest, producer, new HttpClient { BaseAddress = ingest.Address, Timeout = Limit }));
        return _instances.Count - 1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (ingest, producer, http) in _instances)
        {
            http.Dispose();
            await ingest.DisposeAsync();
            await producer.DisposeAsync();
        }
    }

    public async Task<Reply> SendAsync(string method, string path, string? body = null, string? key = AdminKey, int instance = 0, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _instances[instance].Http.SendAsync(request);
        return new Reply(
            response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString(), response.Headers.Location?.ToString(),
            response.Headers.TryGetValues("X-Total-Count", out var total) ? total.Single() : null);
    }

    public Task<Reply> GetAsync(string path, string? key = AdminKey, int instance = 0) => SendAsync("GET", path, null, key, instance);

    public Task<Reply> PostAsync(string path, string body, string? key = AdminKey, int instance = 0) => SendAsync("POST", path, body, key, instance);

    /// <summary>A pipeline that was made.</summary>
    public async Task<Reply> PipelineAsync(string name, string type = "API", string more = "", string key = AdminKey, int instance = 0)
    {
        var reply = await PostAsync("/api/deployment-pipelines", $$"""{"name":"{{name}}","integrationType":"{{type}}"{{more}}}""", key, instance);
        Assert.True(reply.Status == HttpStatusCode.Created, reply.ToString());
        return reply;
    }

    public Task<Reply> EventAsync(string integrationKey, int instance = 0, string summary = "x") =>
        PostAsync("/api/deployment-events", $$"""{"summary":"{{summary}}"}""", integrationKey, instance);

}

/// <summary>What the management API answered.</summary>
internal sealed record Reply(HttpStatusCode Status, string Body, string? ETag, string? Location, string? Total)
{
    private readonly JsonElement _json = Body.Length > 0 && Body[0] is '{' or '[' ? JsonDocument.Parse(Body).RootElement : default;

    public JsonElement Json => _json;

    public string? Code => Text("code");

    public long Id => Json.GetProperty("id").GetInt64();

    public override string ToString() => $"{Status} {Body}";

    public string? Text(string name) => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value.ToString() : null;
}
