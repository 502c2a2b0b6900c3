using System.Net;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where ingest listens and what it lets in.</summary>
internal static class IngestOptions
{
    private static readonly Setting<Uri> Listen = new("listen", "Address to listen on; port 0 takes a free one", "http://127.0.0.1:8080",
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "http" && AddressOf(uri) is not null ? uri : throw new FormatException(),
        "http:// with an IP address or localhost, and a port: http://0.0.0.0:8080");

    private static readonly Setting<string> CatalogFile = Text("catalog", "YAML file with accounts, teams, pipelines, alert sources and escalation policies");
    private static readonly Setting<int> PerKey = Integer("requests-per-key", "Requests a minute for one integration key", "600");
    private static readonly Setting<int> PerAddress = Integer("requests-per-address", "Requests a minute for one address", "6000");

    public static readonly Setting[] All = [Listen, CatalogFile, PerKey, PerAddress];

    public static IngestSettings Of(SettingsSource source)
    {
        var listen = Listen.Of(source)!;
        var settings = new IngestSettings
        {
            ListenAddress = AddressOf(listen)!,
            Port = listen.Port,
            RequestsPerKeyMax = PerKey.Of(source),
            RequestsPerAddressMax = PerAddress.Of(source),
            // The process has ten seconds to end in; the producer's flush comes after this.
            StopTimeout = TimeSpan.FromSeconds(5),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    public static string CatalogOf(SettingsSource source) => CatalogFile.Of(source)
        ?? throw new SettingException("--catalog is missing: without pipelines nobody may send. docker/catalog.example.yaml shows what one looks like.");

    private static IPAddress? AddressOf(Uri uri) => uri.Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) ? address : null;
}
