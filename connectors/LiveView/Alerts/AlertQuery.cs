using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView.Changes;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>The alerts of an account, from the topics' tail and, where that does not go back far enough, from the history.</summary>
internal sealed class AlertQuery(LiveData data)
{
    private const int RowsMax = 100;

    /// <summary>The history is asked for this many, and what the filter says is asked of them.</summary>
    private const int RecordedMax = 500;

    public async Task<AlertsModel> ReadAsync(string accountId, AlertFilter filter, CancellationToken cancellationToken)
    {
        var (position, entries, recent) = (data.PositionOf(accountId), data.Directory.Of(accountId), data.Recent.Of(accountId).Alerts());
        var (all, note) = data.HasAllSince(filter.Range.FromMs) ? (recent, null) : await WithHistoryAsync(accountId, filter, recent, cancellationToken).ConfigureAwait(false);
        var matching = all.Where(alert => (filter with { BeforeMs = null }).Matches(alert, entries)).ToList();
        var rows = matching.Where(alert => !(alert.Key.OccurredAtMs >= filter.BeforeMs)).Order(AlertTrail.NewestFirst).Take(RowsMax);
        var services = all.Select(alert => alert.Service).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Take(500);
        return new(filter, [.. rows.Select(alert => new AlertRow(alert, entries))], matching.Count, [.. services], entries, position, note);
    }

    /// <summary>An alert with its events and answers; null where neither topics nor history know it.</summary>
    public async Task<AlertTrail?> FindAsync(string accountId, AlertKey key, CancellationToken cancellationToken)
    {
        var recent = data.Recent.Of(accountId).Find(key);
        if (data.History is not { } history || (recent is not null && data.HasAllSince(key.OccurredAtMs)))
            return recent;
        try
        {
            var recorded = await history.AlertAsync(accountId, key, cancellationToken).ConfigureAwait(false);
            return recent is null || recorded is null ? recent ?? recorded : AlertTrail.Merged([recorded, recent])[0];
        }
        catch (ClickHouseException)
        {
            return recent;
        }
    }

    private async Task<(IReadOnlyList<AlertTrail> Alerts, string? Note)> WithHistoryAsync(
        string accountId, AlertFilter filter, IReadOnlyList<AlertTrail> recent, CancellationToken cancellationToken)
    {
        if (data.History is not { } history)
            return (recent, data.OnlyTheTail("No history is connected"));
        try
        {
            // "Older" goes on where the page before it ended.
            var range = filter.BeforeMs is { } beforeMs && beforeMs < filter.Range.ToMs ? filter.Range with { ToMs = beforeMs } : filter.Range;
            var recorded = await history.AlertsAsync(accountId, range, RecordedMax, cancellationToken).ConfigureAwait(false);
            return (AlertTrail.Merged([.. recorded, .. recent]), recorded.Count < RecordedMax ? null : $"Of this time only the newest {RecordedMax} alerts were looked at: choose a shorter one to see all.");
        }
        catch (ClickHouseException)
        {
            return (recent, data.OnlyTheTail("The history does not answer now"));
        }
    }
}
