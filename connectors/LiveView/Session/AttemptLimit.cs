using System.Net;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>Wrong keys that an address may try in a minute. Keys are long and random: this is against noise, and for the ingest's sake.</summary>
internal sealed class AttemptLimit(TimeProvider clock)
{
    private const int PerMinute = 20;
    private const int AddressesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _refused = [];
    private long _minute;

    public bool Allows(IPAddress? address)
    {
        lock (_lock)
        {
            var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
            if (minute != _minute || _refused.Count > AddressesMax)
                _refused.Clear();
            _minute = minute;
            return _refused.GetValueOrDefault(address ?? IPAddress.None) < PerMinute;
        }
    }

    public void CountRefused(IPAddress? address)
    {
        lock (_lock)
            _refused[address ?? IPAddress.None] = _refused.GetValueOrDefault(address ?? IPAddress.None) + 1;
    }
}
