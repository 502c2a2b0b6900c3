using System.Globalization;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>The time a page looks at: the last hours, or from one time to another.</summary>
/// <param name="FromMs">First.</param>
/// <param name="ToMs">Last; with <paramref name="Since"/> it is now, and grows.</param>
/// <param name="Since">The choice it was made by; null where both ends are given.</param>
public readonly record struct TimeRange(long FromMs, long ToMs, string? Since)
{
    /// <summary>The choices, and how long each is.</summary>
    public static readonly IReadOnlyList<(string Name, string Words, long Ms)> Choices =
    [
        ("1h", "last hour", 3_600_000), ("6h", "last 6 hours", 6 * 3_600_000L), ("24h", "last 24 hours", 24 * 3_600_000L), ("7d", "last 7 days", 7 * 86_400_000L), ("30d", "last 30 days", 30 * 86_400_000L),
    ];

    public const string Default = "24h";

    /// <summary>What is told of the future: clocks differ, and an event may be ten minutes ahead.</summary>
    private const long AheadMs = 600_000;

    private const long SpanMaxMs = 366L * 86_400_000;

    public bool IsLive => Since is not null;

    public long SpanMs => ToMs - FromMs;

    /// <exception cref="BadQueryException">The texts are no times.</exception>
    public static TimeRange Of(string? since, string? from, string? to, long nowMs)
    {
        if (from is { Length: > 0 } || to is { Length: > 0 })
        {
            var toMs = to is { Length: > 0 } ? Parse("to", to) : nowMs + AheadMs;
            var fromMs = from is { Length: > 0 } ? Parse("from", from) : toMs - 86_400_000;
            return fromMs >= toMs ? throw new BadQueryException("from must be before to")
                : toMs - fromMs > SpanMaxMs ? throw new BadQueryException("from and to must not be more than a year apart")
                : new(fromMs, toMs, null);
        }

        var wanted = since is { Length: > 0 } ? since : Default;
        foreach (var (name, _, ms) in Choices)
        {
            if (name == wanted)
                return new(nowMs - ms, nowMs + AheadMs, name);
        }

        throw new BadQueryException($"since is \"{wanted}\", but must be one of {string.Join(", ", Choices.Select(choice => choice.Name))}");
    }

    private static long Parse(string name, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.ToUnixTimeMilliseconds()
            : throw new BadQueryException($"{name} is \"{text}\", but must be a time such as 2026-11-01T14:30:00Z");
}
