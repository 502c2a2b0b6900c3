using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>What has come of an alert's question.</summary>
public enum AlertOutcome { UNANSWERED, SUSPECTS, NOTHING_NEAR, OUT_OF_SCOPE }

/// <summary>Which alerts a page shows. It stands in the address, so that a view can be shared.</summary>
public sealed record AlertFilter
{
    public required TimeRange Range { get; init; }

    public AlertStatus? Status { get; init; }

    public AlertOutcome? Outcome { get; init; }

    public long? TeamId { get; init; }

    public string? Service { get; init; }

    /// <summary>Words that must all occur.</summary>
    public string? Search { get; init; }

    /// <summary>Where the page ends that is on: only what is older. For "older" links.</summary>
    public long? BeforeMs { get; init; }

    /// <summary>Whether only some of the alerts of the time are shown.</summary>
    public bool IsNarrow => Status is not null || Outcome is not null || TeamId is not null || Service is not null || Search is not null;

    /// <exception cref="BadQueryException">Names the parameter that is wrong.</exception>
    public static AlertFilter Of(IQueryCollection query, long nowMs) => new()
    {
        Range = TimeRange.Of(query["since"], query["from"], query["to"], nowMs),
        Status = query.Symbol<AlertStatus>("status"),
        Outcome = query.Symbol<AlertOutcome>("outcome"),
        TeamId = query.Number("team"),
        Service = query.Text("service"),
        Search = query.Text("q"),
        BeforeMs = query.Number("before"),
    };

    /// <summary>The address's part behind the question mark, with it; empty for the default.</summary>
    public string ToQuery()
    {
        var query = new QueryBuilder();
        query.AddRange(Range);
        query.AddGiven("status", Status?.ToString());
        query.AddGiven("outcome", Outcome?.ToString());
        query.AddGiven("team", TeamId?.ToString(CultureInfo.InvariantCulture));
        query.AddGiven("service", Service);
        query.AddGiven("q", Search);
        query.AddGiven("before", BeforeMs?.ToString(CultureInfo.InvariantCulture));
        return query.ToString();
    }

    /// <param name="alert">What is asked about.</param>
    /// <param name="entries">Of its account.</param>
    public bool Matches(AlertTrail alert, Entries entries)
    {
        var raisedMs = alert.Key.OccurredAtMs;
        if (raisedMs < Range.FromMs || (raisedMs > Range.ToMs && !Range.IsLive) || raisedMs >= BeforeMs)
            return false;
        return (Status is not { } status || alert.Status == status)
            && (Outcome is not { } outcome || alert.Outcome == outcome)
            && (TeamId is not { } team || alert.TeamIds(entries).Contains(team))
            && (Service is not { } service || alert.Service == service)
            && (Search is not { } search || MatchesWords(alert, entries, search));
    }

    private static bool MatchesWords(AlertTrail alert, Entries entries, string search)
    {
        string?[] texts =
        [
            alert.Summary, alert.Key.AlertId, alert.Service, alert.Environment, alert.Priority, alert.Answer?.Headline, entries.Source(alert.SourceId)?.Name,
            .. alert.TeamIds(entries).Select(entries.TeamName),
        ];
        return search.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => texts.Any(text => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true));
    }
}
