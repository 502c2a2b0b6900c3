using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.LiveView;

/// <summary>An ingest with a provider of OpenID Connect beside it; each test starts live views of its own, with a clock of their own.</summary>
public sealed class SignInWorld : IAsyncLifetime
{
    private EmbeddedWorld? _kafka;
    private ManagementWorld? _ingest;
    private OpenIdProvider? _provider;

    internal ManagementWorld Ingest => _ingest!;

    internal OpenIdProvider Provider => _provider!;

    public async Task InitializeAsync()
    {
        _kafka = await EmbeddedWorld.StartAsync();
        _provider = await OpenIdProvider.StartAsync();
        _ingest = await ManagementWorld.StartAsync(_kafka.Settings, 1, settings => settings with { PublicUrl = null, Jwt = _provider.Settings });
    }

    public async Task DisposeAsync()
    {
        if (_ingest is not null)
            await _ingest.DisposeAsync();
        if (_provider is not null)
            await _provider.DisposeAsync();
        if (_kafka is not null)
            await _kafka.DisposeAsync();
    }

    internal async Task<SignInView> StartAsync(Func<LiveViewSettings, LiveViewSettings>? change = null)
    {
        // Whole seconds: a cookie's end has no fractions.
        var clock = new ManualClock { UtcNow = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()) };
        var settings = new LiveViewSettings { Port = 0, Management = Ingest.Address, Clock = clock };
        return new(await ViewServer.StartAsync(change?.Invoke(settings) ?? settings, _kafka!.Settings, null, _kafka.Log), clock);
    }

    internal Task<SignInView> StartWithProviderAsync(string? secret = null, string scopes = "", string? authority = null) => StartAsync(settings => settings with
    {
        Oidc = new OidcSettings { Authority = authority ?? Provider.Address, ClientId = OpenIdProvider.ClientId, ClientSecret = secret, Scopes = scopes, RequireHttps = false },
    });
}

internal sealed record SignInView(ViewServer Server, ManualClock Clock) : IAsyncDisposable
{
    public SignInClient Client() => new(Server.Address);

    public async Task<SignInClient> SignInAsync(string key = IngestWorld.AdminKey)
    {
        var client = Client();
        var answer = await client.SignInAsync(key);
        Assert.Equal("/deployments", answer.Location);
        return client;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
