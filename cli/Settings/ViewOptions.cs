using System.Net;
using StreamDeploy.Cli.Commands;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.LiveView.Session;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where the live view listens, and how much it holds.</summary>
internal static class ViewOptions
{
    private static readonly Setting<IPEndPoint> Listen = new("view-listen", "Address and port of the pages; port 0 takes a free one", "127.0.0.1:8090",
        static text => IPEndPoint.TryParse(text, out var address) && text.Contains(':', StringComparison.Ordinal) ? address : throw new FormatException(), "an IP address and a port, such as 127.0.0.1:8090");

    private static readonly Setting<Uri> Url = Address("view-url", "What browsers reach it by, as in https://changes.example.com; with https, cookies go over https only [default: where it listens]", null);
    private static readonly Setting<Uri> Ingest = Address("ingest-url", "The ingest, whose management API says who may see what, and changes pipelines", "http://127.0.0.1:8080");

    private static readonly Setting<byte[]> SessionKey = new("session-key",
        "BASE64 of 32 bytes or more, under which sessions are sealed; the same for all views. Better in the environment [default: a key of this process, with which its sessions end]", null,
        static text => Convert.FromBase64String(text) is { Length: >= 32 } key ? key : throw new FormatException(), "BASE64 with at least 32 bytes of key (openssl rand -base64 32)")
    { IsSecret = true };

    private static readonly Setting<long> Lifetime = DurationMs("session-lifetime", "How long a sign-in lasts", "12h");
    private static readonly Setting<long> Span = DurationMs("tail", "How far back the topics are read at the start", "25h");
    private static readonly Setting<int> Events = Integer("tail-events", "Events held in memory at most, the latest; an answer counts as four", "200000");
    private static readonly Setting<string> History = OneOf("view-history", "Where what is older than the tail comes from: clickhouse or none", "clickhouse", "clickhouse", "none");
    private static readonly Setting<int> Browsers = Integer("browsers", "Browsers kept up to date at once", "1000");

    private static readonly Setting<string> OidcClientId = Text("oidc-client-id", "As whom people are sent to the OpenID Connect provider of --oidc-authority to sign in [default: none, only API keys]");
    private static readonly Setting<string> OidcClientSecret = new("oidc-client-secret", "Of that client, where it has one. Better in the environment [default: none, a public client]", null,
        static text => text.Length > 0 ? text : throw new FormatException(), "a text that is not empty")
    { IsSecret = true };

    private static readonly Setting<string> OidcScopes = Text("oidc-scopes", "What is asked for besides openid and profile, with spaces: what makes the provider issue a token for --oidc-audience [default: nothing]");

    public static readonly Setting[] All = [Listen, Url, Ingest, SessionKey, Lifetime, Span, Events, History, Browsers, OidcClientId, OidcClientSecret, OidcScopes];

    /// <summary>Settings of other commands: the groups that the pages tell about, and the provider whose tokens the management API believes.</summary>
    public static readonly Setting[] Others = [WorkerOptions.Group, SinkCommand.Group, IngestOptions.OidcAuthority];

    public static LiveViewSettings Of(SettingsSource source)
    {
        var listen = Listen.Of(source)!;
        var settings = new LiveViewSettings
        {
            ListenAddress = listen.Address,
            Port = listen.Port,
            PublicUrl = Url.Of(source),
            Management = Ingest.Of(source)!,
            SessionKey = SessionKey.Of(source),
            SessionLifetime = TimeSpan.FromMilliseconds(Lifetime.Of(source)),
            TailSpan = TimeSpan.FromMilliseconds(Span.Of(source)),
            TailEventsMax = Events.Of(source),
            BrowsersMax = Browsers.Of(source),
            Oidc = OidcOf(source),
            JoinGroup = WorkerOptions.Group.Of(source)!,
            SinkGroup = SinkCommand.Group.Of(source)!,
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    /// <summary>Null where there is none.</summary>
    public static ClickHouseSettings? HistoryOf(SettingsSource source) => History.Of(source) == "none" ? null : ClickHouseOptions.Of(source);

    private static OidcSettings? OidcOf(SettingsSource source) => (IngestOptions.OidcAuthority.Of(source), OidcClientId.Of(source)) switch
    {
        ({ } authority, { } clientId) => new() { Authority = authority.ToString(), ClientId = clientId, ClientSecret = OidcClientSecret.Of(source), Scopes = OidcScopes.Of(source) ?? "" },
        (null, not null) => throw new SettingException("--oidc-client-id needs --oidc-authority, the provider that it is a client of."),
        // The provider alone is what the ingest needs; one file may serve both.
        _ => null,
    };

    private static Setting<Uri> Address(string name, string description, string? fallback) => new(name, description, fallback,
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" } ? uri : throw new FormatException(),
        "an http or https address");
}
