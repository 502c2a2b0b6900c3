using System.Net;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>Sign-ins that an address may try in a minute. Keys are long and random: this is against noise, and for the ingest's sake.</summary>
internal sealed class AttemptLimit(TimeProvider clock)
{
    private const int PerMinute = 20;
    private const int AddressesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _attempts = [];
    private long _minute;

    public bool Allows(IPAddress? address)
    {
        lock (_lock)
        {
            var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
            if (minute != _minute || _attempts.Count > AddressesMax)
                _attempts.Clear();
            _minute = minute;
            var known = address ?? IPAddress.None;
            return (_attempts[known] = _attempts.GetValueOrDefault(known) + 1) <= PerMinute;
        }
    }
}
