using System.Globalization;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>A row of a table or view: its columns by name.</summary>
/// <remarks>A cell is null, a string, bool, long, int, double or DateOnly, a time as text, a list of these, or a dictionary of texts.</remarks>
public sealed class OracleRow : Dictionary<string, object?>;

/// <summary>Days and times as ClickHouse writes them, in UTC.</summary>
public static class Calendar
{
    public const long DayMs = 86_400_000;

    public static DateOnly Day(long ms) => DateOnly.FromDateTime(DateTime.UnixEpoch.AddMilliseconds(ms));

    public static string Time(long ms) => DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static string? Time(long? ms) => ms is { } value ? Time(value) : null;
}

/// <summary>Quantiles with linear interpolation between the two nearest values.</summary>
public static class Quantile
{
    public static double? Median(IEnumerable<double> values) => Of(0.5, values);

    public static double? Of(double level, IEnumerable<double> values)
    {
        List<double> sorted = [.. values.Order()];
        if (sorted.Count == 0)
            return null;
        double place = level * (sorted.Count - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
