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

    private static readonly Setting<string> CatalogFile = Text("catalog", "YAML file with accounts, teams, pipelines, alert sources, escalation policies and API keys [default: none; the tables are what the management API made them]");
    private static readonly Setting<int> PerKey = Integer("requests-per-key", "Requests a minute for one integration key", "600");
    private static readonly Setting<int> PerAddress = Integer("requests-per-address", "Requests a minute for one address", "6000");

    private static readonly Setting<int> InFlight = Integer("requests-in-flight", "Requests worked on at once; more are answered with 503", "1000");
    private static readonly Setting<string> Proxies = Text("trusted-proxies", "Addresses or networks, with commas, of load balancers whose X-Forwarded-For is believed [default: none]");
    private static readonly Setting<bool> AccessLog = Flag("access-log", "Logs each request, without path, query and headers");
    private static readonly Setting<MasterKeys> MasterKey = new("master-key",
        "ID:BASE64 of 32 bytes, under which signing secrets are sealed in the topics; several with commas, the first seals. Better in the environment [default: none]", null,
        MasterKeys.Parse, "ID:BASE64 with 32 bytes of key (openssl rand -base64 32), several with commas")
    { IsSecret = true };
    private static readonly Setting<string> OperatorKey = new("operator-key", "The key that makes and deletes accounts, at least 16 characters. Better in the environment [default: none]", null,
        static text => IntegrationKey.IsWellFormed(text) ? text : throw new FormatException(), "16 to 200 letters, digits or any of - _ . ~")
    { IsSecret = true };
    private static readonly Setting<Uri> PublicUrl = new("public-url", "What senders reach this server by, for the integrationUrl of the management API [default: where it listens]", null,
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new FormatException(), "an http or https address");
    public static readonly Setting<Uri> OidcAuthority = new("oidc-authority", "OpenID Connect provider whose tokens the management API believes besides its own API keys [default: none]", null,
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "https" ? uri : throw new FormatException(), "an https address");
    private static readonly Setting<string> OidcAudience = Text("oidc-audience", "Whom its tokens must be for", "streamdeploy");
    private static readonly Setting<string> OidcAccountClaim = Text("oidc-account-claim", "Which claim names the account", "account");
    private static readonly Setting<string> OidcRoleClaim = Text("oidc-role-claim", "Which claim holds the roles: read, write, admin", "roles");
    private static readonly Setting<string> OidcRolePrefix = Text("oidc-role-prefix", "What stands before them, as in streamdeploy: [default: nothing]");

    public static readonly Setting[] All =
    [
        Listen, CatalogFile, PerKey, PerAddress, InFlight, Proxies, AccessLog, MasterKey, OperatorKey, PublicUrl, OidcAuthority, OidcAudience, OidcAccountClaim, OidcRoleClaim, OidcRolePrefix,
    ];

    public static IngestSettings Of(SettingsSource source)
    {
        var listen = Listen.Of(source)!;
        var settings = new IngestSettings
        {
            ListenAddress = AddressOf(listen)!,
            Port = listen.Port,
            RequestsPerKeyMax = PerKey.Of(source),
            RequestsPerAddressMax = PerAddress.Of(source),
            RequestsInFlightMax = InFlight.Of(source),
            TrustedProxies = Proxies.Of(source)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            AccessLog = AccessLog.Of(source),
            MasterKeys = MasterKey.Of(source) ?? MasterKeys.None,
            OperatorKeyHash = OperatorKey.Of(source) is { } key ? IntegrationKey.Hash(key) : null,
            PublicUrl = PublicUrl.Of(source)?.ToString().TrimEnd('/'),
            Jwt = OidcAuthority.Of(source) is { } authority
                ? new JwtSettings
                {
                    Authority = authority.ToString(),
                    Audience = OidcAudience.Of(source)!,
                    AccountClaim = OidcAccountClaim.Of(source)!,
                    RoleClaim = OidcRoleClaim.Of(source)!,
                    RolePrefix = OidcRolePrefix.Of(source) ?? "",
                }
                : null,
            // The process has ten seconds to end in; the producer's flush comes after this.
            StopTimeout = TimeSpan.FromSeconds(5),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    public static Catalog CatalogOf(SettingsSource source) => CatalogFile.Of(source) is { } path ? Catalog.Load(path) : Catalog.Empty;

    private static IPAddress? AddressOf(Uri uri) => uri.Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) ? address : null;
}
