using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Deployments;

/// <summary>The changes of an account that a filter asks for, from the topics' tail and, where that does not go back far enough, from the history.</summary>
/// <remarks>
/// The two overlap, and neither has all: the history is a second or two late, the tail begins somewhere. So the newest of both are taken, the events of these are read
/// from the history and put together with the tail's, and what the filter says is asked of the whole.
/// </remarks>
internal sealed class ChangeQuery(LiveData data)
{
    public const int RowsMax = 100;

    private const int AlertsMax = 200;

    public async Task<DeploymentsModel> ReadAsync(string accountId, ChangeFilter filter, CancellationToken cancellationToken)
    {
        var (position, entries, tail) = (data.PositionOf(accountId), data.Directory.Of(accountId), data.Recent.Of(accountId));
        var recent = tail.Changes();
        var matching = recent.Where(change => (filter with { BeforeMs = null }).Matches(change, entries)).ToList();
        DeploymentsModel OfTail(string? note) =>
            Model(filter, Newest(matching, filter), matching.Count, PictureOf(filter, matching, tail.Alerts(), entries), ChoicesOf(recent), entries, tail, position, note);

        if (data.HasAllSince(filter.Range.FromMs))
            return OfTail(null);
        if (data.History is null)
            return OfTail(data.OnlyTheTail("No history is connected"));
        try
        {
            return await ReadWithHistoryAsync(data.History, accountId, filter, matching, entries, tail, position, cancellationToken).ConfigureAwait(false);
        }
        catch (ClickHouseException)
        {
            return OfTail(data.OnlyTheTail("The history does not answer now"));
        }
    }

    /// <summary>A change by one of its deployments; null where neither topics nor history know it.</summary>
    public async Task<Change?> FindAsync(string accountId, DeploymentKey key, CancellationToken cancellationToken)
    {
        var tail = data.Recent.Of(accountId);
        var known = tail.Find(key) is { } deployment ? tail.Find(ChangeKey.Of(deployment)) : null;
        if (data.History is not { } history)
            return known;
        try
        {
            var all = new TimeRange(0, data.Settings.NowMs, null);
            var keys = known?.Deployments.Select(d => d.Key).ToHashSet() ?? [key];
            var events = await history.EventsAsync(accountId, keys, all, cancellationToken).ConfigureAwait(false);
            return Whole(keys, events, tail).FirstOrDefault(change => change.Deployments.Any(d => d.Key == key)) ?? known;
        }
        catch (ClickHouseException)
        {
            return known;
        }
    }

    private static async Task<DeploymentsModel> ReadWithHistoryAsync(
        History.HistoryReader history, string accountId, ChangeFilter filter, List<Change> matching, Entries entries, AccountTail tail, Position position, CancellationToken cancellationToken)
    {
        // What they have in common is the time that it takes: so all at once.
        var choices = history.ChoicesAsync(accountId, filter.Range, cancellationToken);
        var alerts = history.AlertsAsync(accountId, filter.Range, AlertsMax, cancellationToken);
        var cells = history.CellsAsync(accountId, filter, entries, Timeline.PartMs(filter.Range), cancellationToken);
        var page = await history.NewestAsync(accountId, filter, entries, RowsMax, cancellationToken).ConfigureAwait(false);
        var keys = Newest(matching, filter).SelectMany(change => change.Deployments).Select(d => d.Key).Concat(page.Deployments.SelectMany(of => of)).ToHashSet();
        var events = await history.EventsAsync(accountId, keys, filter.Range, cancellationToken).ConfigureAwait(false);
        var changes = Whole(keys, events, tail).Where(change => filter.Matches(change, entries)).ToList();
        var total = Math.Max(page.Total, matching.Count);
        // What fits into the list is drawn one by one; of more there is only how many.
        var (known, parts, found) = (AlertTrail.Merged([.. await alerts.ConfigureAwait(false), .. tail.Alerts()]), await cells.ConfigureAwait(false), await choices.ConfigureAwait(false));
        var picture = total <= changes.Count
            ? PictureOf(filter, changes, known, entries)
            : Timeline.Of(filter.Range, parts.GroupBy(part => (LaneOf(part, entries), part.Part)).Select(group => new LanePart(group.Key.Item1, group.Key.Part, group.Sum(p => p.Deployments), group.Sum(p => p.Bad))), known);
        return Model(filter, Newest(changes, filter), total, picture, found, entries, tail, position, null);
    }

    private static List<Change> Newest(List<Change> changes, ChangeFilter filter) =>
        [.. changes.Where(change => !(change.LatestMs >= filter.BeforeMs)).Order(Change.NewestFirst).Take(RowsMax)];

    /// <summary>The deployments, each of all its events that either side knows.</summary>
    private static List<Change> Whole(IReadOnlyCollection<DeploymentKey> keys, IReadOnlyList<Deployment> events, AccountTail tail)
    {
        var recorded = events.ToLookup(e => new DeploymentKey(e.PipelineId, e.DeploymentId));
        var deployments = keys.Select(key => (Recorded: recorded[key], Recent: tail.Find(key)?.Events ?? [])).Where(d => d.Recent.Count > 0 || d.Recorded.Any())
            .Select(d => DeploymentTrail.Of(d.Recent.Concat(d.Recorded)));
        return [.. deployments.GroupBy(ChangeKey.Of).Select(group => new Change(group))];
    }

    private static string LaneOf(History.HistoryCell cell, Entries entries) => cell.Service ?? entries.PipelineName(cell.PipelineId);

    private static Timeline PictureOf(ChangeFilter filter, List<Change> changes, IReadOnlyList<AlertTrail> alerts, Entries entries) =>
        Timeline.Of(filter.Range, changes, alerts, (change, d) => d.Service ?? change.Service ?? entries.PipelineName(d.Key.PipelineId));

    private static Choices ChoicesOf(IReadOnlyList<Change> changes)
    {
        var (services, environments) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var deployment in changes.SelectMany(change => change.Deployments))
        {
            if (deployment.Service is { } service)
                services.Add(service);
            if (deployment.Environment is { } environment)
                environments.Add(environment);
        }

        return new([.. services.Order(StringComparer.OrdinalIgnoreCase).Take(500)], [.. environments.Order(StringComparer.OrdinalIgnoreCase).Take(100)]);
    }

    private static DeploymentsModel Model(
        ChangeFilter filter, List<Change> rows, int total, Timeline picture, Choices choices, Entries entries, AccountTail tail, Position position, string? note) =>
        new(filter, [.. rows.Select(change => new ChangeRow(change, entries, tail.SuspicionsOf(change)))], total, picture, choices, entries, position, note);
}
