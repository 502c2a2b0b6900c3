using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>How much one address, one key and all together may ask for.</summary>
internal sealed class RequestLimits(IngestSettings settings) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _perKey =
        PartitionedRateLimiter.Create<string, string>(keyHash => Window(keyHash, settings.RequestsPerKeyMax, settings.RateWindow));

    /// <summary>First the address, so that one that sends too much does not fill the places; then a place among the requests in flight.</summary>
    public PartitionedRateLimiter<HttpContext> Global { get; } = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<HttpContext, IPAddress>(
            context => Window(Sender(context.Connection.RemoteIpAddress), settings.RequestsPerAddressMax, settings.RateWindow)),
        PartitionedRateLimiter.Create<HttpContext, int>(_ => RateLimitPartition.GetConcurrencyLimiter(
            0, _ => new ConcurrencyLimiterOptions { PermitLimit = settings.RequestsInFlightMax, QueueLimit = 0 })));

    /// <summary>Null, or 429: the key of this hash has had its requests for now. Known keys only, so that there are not more windows than keys.</summary>
    public Refusal? CheckKey(string keyHash)
    {
        using var lease = _perKey.AttemptAcquire(keyHash);
        return lease.IsAcquired ? null : Rejected(lease);
    }

    /// <summary>What to answer when a lease was refused: a window knows when it opens again, the places in flight do not.</summary>
    public Refusal Rejected(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
            ? new Refusal(429, "TOO_MANY_REQUESTS", "too many requests, try again later")
            {
                RetryAfterSeconds = (int)Math.Ceiling(Math.Clamp(wait.TotalSeconds, 1, Math.Max(1, settings.RateWindow.TotalSeconds))),
            }
            : new Refusal(503, "BUSY", "too many requests in flight, try again") { RetryAfterSeconds = 1 };

    public void Dispose()
    {
        _perKey.Dispose();
        Global.Dispose();
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

    private static RateLimitPartition<T> Window<T>(T sender, int requestsMax, TimeSpan window) =>
        RateLimitPartition.GetSlidingWindowLimiter(sender, _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = requestsMax,
            Window = window,
            SegmentsPerWindow = 6,
            QueueLimit = 0,
        });
}
