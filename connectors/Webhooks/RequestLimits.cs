using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>How much one address, one key and all together may ask for.</summary>
internal sealed class RequestLimits(IngestSettings settings) : IDisposable
{
    private const int Segments = 6;

    private readonly PartitionedRateLimiter<string> _perKey =
        PartitionedRateLimiter.Create<string, string>(keyHash => Window(keyHash, settings.RequestsPerKeyMax, settings.RateWindow));

    private readonly ConcurrencyLimiter _inFlight = new(new ConcurrencyLimiterOptions { PermitLimit = settings.RequestsInFlightMax, QueueLimit = 0 });

    public PartitionedRateLimiter<HttpContext> PerAddress { get; } = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
        context => Window(Sender(context.Connection.RemoteIpAddress), settings.RequestsPerAddressMax, settings.RateWindow));

    // A sliding window's lease does not say when to come back, whatever its documentation says; a segment later something is free again.
    public Refusal TooMany { get; } = new(429, "TOO_MANY_REQUESTS", "too many requests, try again later")
    {
        RetryAfterSeconds = (int)Math.Ceiling(settings.RateWindow.TotalSeconds / Segments),
    };

    /// <summary>Null, or 429: the key of this hash has had its requests for now. Known keys only, so that there are not more windows than keys.</summary>
    public Refusal? CheckKey(string keyHash)
    {
        using var lease = _perKey.AttemptAcquire(keyHash);
        return lease.IsAcquired ? null : TooMany;
    }

    /// <summary>The same route with a bounded number of requests being worked on; beyond it 503.</summary>
    public RequestDelegate InFlight(RequestDelegate route) => async context =>
    {
        using var lease = _inFlight.AttemptAcquire();
        await (lease.IsAcquired
            ? route(context)
            : Answers.Refused(context, new Refusal(503, "BUSY", "too many requests in flight, try again") { RetryAfterSeconds = 1 }));
    };

    public void Dispose()
    {
        _perKey.Dispose();
        _inFlight.Dispose();
        PerAddress.Dispose();
    }

    // A sender of IPv6 has a whole /64 to choose addresses from.
    internal static IPAddress Sender(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    internal static RateLimitPartition<T> Window<T>(T sender, int requestsMax, TimeSpan window) =>
        RateLimitPartition.GetSlidingWindowLimiter(sender, _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = requestsMax,
            Window = window,
            SegmentsPerWindow = Segments,
            QueueLimit = 0,
        });
}
