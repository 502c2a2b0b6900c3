using System.Text;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>The value of the latest event that has one: by event time, then how far it is, and two values of the same order by the greater text, byte by byte.</summary>
internal static class LatestValue
{
    /// <param name="events">Of one deployment or alert.</param>
    /// <param name="order">Event time, and the rank of the status.</param>
    /// <param name="text">The value as text; null or empty: the event has none.</param>
    public static string Of<T>(IEnumerable<T> events, Func<T, (long TimeMs, int Rank)> order, Func<T, string?> text) => events
        .Where(e => !string.IsNullOrEmpty(text(e)))
        .OrderBy(e => order(e).TimeMs).ThenBy(e => order(e).Rank).ThenBy(e => Encoding.UTF8.GetBytes(text(e)!), ByteOrder)
        .Select(text).LastOrDefault() ?? "";

    private static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));
}
