using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;
using StreamDeploy.Connectors.LiveView.Changes;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>Reads what stands in an address. Each names the parameter that is wrong.</summary>
internal static class Query
{
    private const int TextMax = 200;

    /// <exception cref="BadQueryException">It is too long.</exception>
    public static string? Text(this IQueryCollection query, string name) => query[name].ToString().Trim() switch
    {
        "" => null,
        { Length: > TextMax } => throw new BadQueryException($"{name} is longer than {TextMax} characters"),
        var text => text,
    };

    /// <exception cref="BadQueryException">It is no number.</exception>
    public static long? Number(this IQueryCollection query, string name) => StringValues.IsNullOrEmpty(query[name]) ? null
        : long.TryParse(query[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new BadQueryException($"{name} is \"{query[name]}\", but must be a whole number");

    /// <exception cref="BadQueryException">It is none of them.</exception>
    public static T? Symbol<T>(this IQueryCollection query, string name)
        where T : struct, Enum => StringValues.IsNullOrEmpty(query[name]) ? null
        : Enum.TryParse<T>(query[name], ignoreCase: true, out var symbol) && Enum.IsDefined(symbol) ? symbol
        : throw new BadQueryException($"{name} is \"{query[name]}\", but must be one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>Where there is a value.</summary>
    public static void AddGiven(this QueryBuilder query, string name, string? value)
    {
        if (value is not null)
            query.Add(name, value);
    }

    /// <summary>As <see cref="TimeRange.Of"/> reads it; nothing for the default.</summary>
    public static void AddRange(this QueryBuilder query, TimeRange range)
    {
        query.AddGiven("since", range.Since is TimeRange.Default ? null : range.Since);
        if (range.IsLive)
            return;
        query.Add("from", Iso(range.FromMs));
        query.Add("to", Iso(range.ToMs));
    }

    /// <summary>A time as an address has it.</summary>
    public static string Iso(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}
