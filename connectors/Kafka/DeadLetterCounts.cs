namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record that was given up.</summary>
/// <param name="AtMs">When.</param>
/// <param name="AccountId">Whose it was; null where that cannot be told for certain.</param>
/// <param name="Topic">Where it stood.</param>
/// <param name="Partition">Where it stood.</param>
/// <param name="Offset">Where it stood.</param>
/// <param name="Reason">In a word, as in LATE.</param>
/// <param name="Error">In a sentence.</param>
/// <param name="Reader">Who gave it up; null for the join.</param>
public sealed record DeadLetter(long AtMs, string? AccountId, string Topic, string Partition, string Offset, string Reason, string Error, string? Reader);

/// <summary>Dead letters of the last hour, counted by minute and reason, and the last of them. Safe for concurrent use.</summary>
public sealed class DeadLetterCounts
{
    public const int Minutes = 60;

    private const int ReasonsMax = 32, LettersMax = 200;
    private const long MinuteMs = 60_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<long, long>> _reasons = new(StringComparer.Ordinal);
    private readonly RingBuffer<DeadLetter> _last = new(LettersMax);

    internal void Add(DeadLetter letter)
    {
        _last.Add(letter);
        lock (_lock)
        {
            // Reasons are a handful; what another program wrote there must not grow without a bound.
            var reason = _reasons.ContainsKey(letter.Reason) || _reasons.Count < ReasonsMax ? letter.Reason : "OTHER";
            if (!_reasons.TryGetValue(reason, out var minutes))
                _reasons.Add(reason, minutes = []);
            var minute = letter.AtMs / MinuteMs;
            minutes[minute] = minutes.GetValueOrDefault(minute) + 1;
            if (minutes.Count > 2 * Minutes)
            {
                var newest = minutes.Keys.Max();
                foreach (var old in minutes.Keys.Where(key => key <= newest - Minutes).ToList())
                    minutes.Remove(old);
            }
        }
    }

    /// <summary>Of each reason how many there were in each of the last minutes, that of now last.</summary>
    public IReadOnlyDictionary<string, long[]> PerMinute(long nowMs)
    {
        var first = (nowMs / MinuteMs) - Minutes + 1;
        lock (_lock)
        {
            return _reasons.Select(reason => (reason.Key, Counts: (long[])[.. Enumerable.Range(0, Minutes).Select(i => reason.Value.GetValueOrDefault(first + i))]))
                .Where(reason => reason.Counts.Any(count => count > 0)).ToDictionary(reason => reason.Key, reason => reason.Counts, StringComparer.Ordinal);
        }
    }

    /// <summary>The account's own among the last ones of all, the newest first.</summary>
    public IReadOnlyList<DeadLetter> Of(string accountId) => [.. _last.ToList().Where(letter => letter.AccountId == accountId).Reverse()];
}
