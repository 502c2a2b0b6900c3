using System.Net;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Where the ingest listens and what it takes at most.</summary>
public sealed record IngestSettings
{
    public IPAddress ListenAddress { get; init; } = IPAddress.Any;

    /// <summary>0: a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Proxies whose X-Forwarded-For is believed, as addresses or networks (10.0.0.0/8). None: the connection's address counts.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    public int RequestsPerKeyMax { get; init; } = 600;

    /// <summary>Per IPv4 address or IPv6 /64. GitHub sends everybody's webhooks from few addresses, so this is ten keys' worth.</summary>
    public int RequestsPerAddressMax { get; init; } = 6000;

    /// <summary>What requests and recorded deliveries are counted over.</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many deliveries that were not taken are recorded for one pipeline or alert source: enough to see what is wrong, too few to fill a topic.</summary>
    public int DeliveriesRecordedMax { get; init; } = 60;

    public int GenericBodyBytesMax { get; init; } = 256 * 1024;

    /// <summary>Of the providers' webhooks: GitHub sends at most this much.</summary>
    public int WebhookBodyBytesMax { get; init; } = 25 * 1024 * 1024;

    public int JsonDepthMax { get; init; } = 64;

    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Requests being worked on. Beyond it 503: a queue would only add waiting to a server that is full.</summary>
    public int RequestsInFlightMax { get; init; } = 1000;

    /// <summary>Memory for the bodies of all requests being worked on.</summary>
    public long BodyBytesInFlightMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>A body that comes slower than this, after a grace of five seconds, is cut.</summary>
    public double BodyBytesPerSecondMin { get; init; } = 240;

    /// <summary>How long a whole body may take.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What Retry-After says when Kafka does not take a record, and for how long /readyz is red then.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stop waits for requests being worked on.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether each request is logged: without path, query and headers, which may hold keys.</summary>
    public bool AccessLog { get; init; }

    /// <summary>For the signing secrets in the tables.</summary>
    public MasterKeys MasterKeys { get; init; } = MasterKeys.None;

    /// <summary>Null: only our own API keys are believed.</summary>
    public JwtSettings? Jwt { get; init; }

    /// <summary>SHA-256 of the key that opens accounts, in lower-case hex; null: none does.</summary>
    public string? OperatorKeyHash { get; init; }

    /// <summary>What people and providers reach this server by, without a slash at the end; null: where it listens.</summary>
    public string? PublicUrl { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What is wrong, or null.</summary>
    public string? Problem()
    {
        foreach (var (name, value) in new (string, double)[]
        {
            (nameof(RequestsPerKeyMax), RequestsPerKeyMax), (nameof(RequestsPerAddressMax), RequestsPerAddressMax),
            (nameof(RateWindow), RateWindow.TotalMilliseconds), (nameof(DeliveriesRecordedMax), DeliveriesRecordedMax), (nameof(GenericBodyBytesMax), GenericBodyBytesMax),
            (nameof(WebhookBodyBytesMax), WebhookBodyBytesMax), (nameof(JsonDepthMax), JsonDepthMax), (nameof(ConnectionsMax), ConnectionsMax),
            (nameof(RequestsInFlightMax), RequestsInFlightMax), (nameof(BodyBytesPerSecondMin), BodyBytesPerSecondMin),
            (nameof(BodyTimeout), BodyTimeout.TotalMilliseconds), (nameof(HeadersTimeout), HeadersTimeout.TotalMilliseconds),
            (nameof(RetryAfter), RetryAfter.TotalMilliseconds), (nameof(StopTimeout), StopTimeout.TotalMilliseconds),
        })
        {
            if (value <= 0)
                return $"{name} is {value}: it must be greater than 0";
        }

        if (Port is < 0 or > 65_535)
            return $"{nameof(Port)} is {Port}: it must be 0 to 65535";
        // A growing buffer is at most twice its body, and is copied from one half its size.
        if (BodyBytesInFlightMax < 3L * Math.Max(GenericBodyBytesMax, WebhookBodyBytesMax))
            return $"{nameof(BodyBytesInFlightMax)} is {BodyBytesInFlightMax}: it must be at least three times the largest body";
        return TrustedProxies.FirstOrDefault(proxy => !TryParseNetwork(proxy, out _)) is { } bad
            ? $"{nameof(TrustedProxies)}: \"{bad}\" is neither an address nor a network such as 10.0.0.0/8"
            : null;
    }

    internal static bool TryParseNetwork(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
            return true;
        if (!IPAddress.TryParse(text, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
