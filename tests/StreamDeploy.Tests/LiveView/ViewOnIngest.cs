using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.LiveView;

/// <summary>The live view beside an ingest, on one Kafka; the accounts are those of <see cref="IngestWorld"/>.</summary>
public sealed class ViewOnIngest : IAsyncLifetime
{
    private EmbeddedWorld? _kafka;
    private ManagementWorld? _ingest;
    private ViewServer? _view;

    internal EmbeddedWorld Kafka => _kafka!;

    internal ManagementWorld Ingest => _ingest!;

    internal ViewServer View => _view!;

    public async Task InitializeAsync()
    {
        _kafka = await EmbeddedWorld.StartAsync();
        _ingest = await ManagementWorld.StartAsync(_kafka.Settings, 1, settings => settings with { PublicUrl = null });
        _view = await StartViewAsync(_kafka.Settings);
    }

    public async Task DisposeAsync()
    {
        if (_view is not null)
            await _view.DisposeAsync();
        if (_ingest is not null)
            await _ingest.DisposeAsync();
        if (_kafka is not null)
            await _kafka.DisposeAsync();
    }

    internal Task<ViewServer> StartViewAsync(KafkaSettings kafka) => ViewServer.StartAsync(
        new LiveViewSettings { Port = 0, Management = Ingest.Address, UpdateInterval = TimeSpan.FromMilliseconds(100) }, kafka, null, Kafka.Log);

    internal Task<ViewClient> SignInAsync(string key = IngestWorld.AdminKey) => ViewClient.SignInAsync(View.Address, key);
}
