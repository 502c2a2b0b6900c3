namespace StreamDeploy.Connectors.Kafka;

/// <summary>Keeps what is said again and again from filling the log: so many of a kind in ten seconds, and how many were kept back.</summary>
/// <remarks>A broker that is down is reported by librdkafka twenty times a second, and a producer of bad records makes a line for each. Safe for concurrent use.</remarks>
internal sealed class RepeatLimit(int linesMax, TimeProvider? clock = null)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private const int KindsMax = 1000;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Dictionary<string, (long Since, int Said, int KeptBack)> _kinds = new(StringComparer.Ordinal);

    /// <param name="kind">What makes two lines the same.</param>
    /// <param name="keptBack">How many of the kind were not said in the span that has just ended.</param>
    public bool Allows(string kind, out int keptBack)
    {
        lock (_kinds)
        {
            keptBack = 0;
            if (_kinds.Count >= KindsMax) _kinds.Clear();
            var now = _clock.GetTimestamp();
            if (!_kinds.TryGetValue(kind, out var state) || _clock.GetElapsedTime(state.Since, now) >= Span)
            {
                keptBack = state.KeptBack;
                _kinds[kind] = (now, 1, 0);
                return true;
            }
            var allowed = state.Said < linesMax;
            _kinds[kind] = allowed ? state with { Said = state.Said + 1 } : state with { KeptBack = state.KeptBack + 1 };
            return allowed;
        }
    }
}
