using System.Net;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>Where the live view listens, and how much it holds.</summary>
public sealed record LiveViewSettings
{
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>0: a free one.</summary>
    public int Port { get; init; } = 8090;

    /// <summary>What browsers reach it by; null: where it listens.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The ingest, whose management API says who may see what and changes pipelines.</summary>
    public required Uri Management { get; init; }

    /// <summary>Where people may sign in besides; null: by API key alone.</summary>
    public OidcSettings? Oidc { get; init; }

    /// <summary>Under which sessions are sealed, at least 32 bytes; null: a key of this process, with which they end.</summary>
    public byte[]? SessionKey { get; init; }

    /// <summary>How long a sign-in lasts.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How far back the topics are read at the start, a little more than a day; what is older comes from ClickHouse.</summary>
    public TimeSpan TailSpan { get; init; } = TimeSpan.FromHours(25);

    /// <summary>Events held in memory at most; an answer counts as four.</summary>
    public int TailEventsMax { get; init; } = 200_000;

    /// <summary>How often a browser is told of what is new, at most.</summary>
    public TimeSpan UpdateInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Browsers that are kept up to date at once; more are asked to come again later.</summary>
    public int BrowsersMax { get; init; } = 1000;

    /// <summary>How answers are found, as the workers have it: for what other claims would change, and for when an answer settles.</summary>
    public JoinSettings Join { get; init; } = new();

    /// <summary>How long after an alert its answer settles.</summary>
    public TimeSpan SettlesAfter => TimeSpan.FromMilliseconds(Join.SettleMs + Join.GraceMs);

    /// <summary>The group of the workers, whose lag the page of health shows.</summary>
    public string JoinGroup { get; init; } = "streamdeploy";

    /// <summary>The group of the sinks.</summary>
    public string SinkGroup { get; init; } = "streamdeploy-sink";

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What is wrong, or null.</summary>
    public string? Problem() =>
        Port is < 0 or > 65_535 ? $"{nameof(Port)} is {Port}: it must be 0 to 65535"
        : SessionKey is { Length: < 32 } ? $"{nameof(SessionKey)} has {SessionKey.Length} bytes: it must have at least 32"
        : TailEventsMax < 1000 ? $"{nameof(TailEventsMax)} is {TailEventsMax}: it must be at least 1000"
        : TailSpan < TimeSpan.FromMinutes(1) ? $"{nameof(TailSpan)} is {TailSpan}: it must be at least a minute"
        : UpdateInterval < TimeSpan.FromMilliseconds(100) ? $"{nameof(UpdateInterval)} is {UpdateInterval}: it must be at least 100 ms"
        : BrowsersMax < 1 ? $"{nameof(BrowsersMax)} is {BrowsersMax}: it must be at least 1"
        : null;
}
