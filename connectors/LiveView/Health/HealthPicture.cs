using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Pictures;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>Makes the page of what was seen.</summary>
internal sealed class HealthPicture(ClusterWatch watch, Throughput throughput)
{
    private const long HourMs = 3_600_000, TableMs = 300_000, MinuteMs = 60_000;
    private const int OwnMax = 20, RecentMinutes = 10;

    public HealthModel Of(string accountId, bool readsTopics, bool historyAnswers, long nowMs)
    {
        var (samples, latest, dead) = (watch.Samples, watch.Latest, watch.DeadLetters.PerMinute(nowMs));
        var recent = dead.Select(reason => (reason.Key, Count: reason.Value[^RecentMinutes..].Sum())).Where(reason => reason.Count > 0).ToDictionary(reason => reason.Key, reason => reason.Count);
        IReadOnlyList<HealthChart> charts = [.. Charts(samples, dead, nowMs)];
        return new(
            new HealthRule(samples, recent, readsTopics, nowMs, historyAnswers).Findings,
            charts,
            [.. dead.Select(reason => new DeadReason(HealthRule.WordsOf(reason.Key), reason.Value.Sum(), recent.GetValueOrDefault(reason.Key))).OrderByDescending(reason => reason.LastHour)],
            [.. watch.DeadLetters.Of(accountId).Where(letter => letter.AtMs > nowMs - HourMs).Take(OwnMax)],
            [.. Partitions(latest)],
            [.. Table(charts, nowMs)],
            latest?.Join.Members is not null,
            nowMs - watch.StartedMs < HourMs ? watch.StartedMs : null,
            nowMs);
    }

    private IEnumerable<HealthChart> Charts(IReadOnlyList<ClusterSample> samples, IReadOnlyDictionary<string, long[]> dead, long nowMs)
    {
        var last = samples.LastOrDefault(sample => sample.Join is not null);
        yield return Chart("The join's lag", last.Join is { } join ? Behind(join) : "not known yet", "records behind", false, Points(samples, sample => sample.Join?.Lag), nowMs);
        yield return Chart(
            "The sink's lag", last.Sink switch { { HasCommitted: true } sink => Behind(sink), null => "not known yet", _ => "there was no sink yet" },
            "records behind", false, Points(samples, sample => sample.Sink is { HasCommitted: true } figures ? figures.Lag : null), nowMs);
        yield return Chart(
            "Workers", last.Join switch { { Members: { } members } => $"{members} share the partitions", null => "not known yet", _ => "this Kafka does not tell" },
            "workers", false, Points(samples, sample => sample.Join?.Members), nowMs);
        foreach (var (flow, name) in new[] { (Flow.Deployments, "Deployments written"), (Flow.Alerts, "Alerts written"), (Flow.Answers, "Answers written") })
        {
            var points = throughput.Of(flow);
            var now = points.TakeLast(6).Average(point => point.Value ?? 0);
            yield return Chart(name, $"{HealthChart.Number(now)} a second", "a second", false, points, nowMs) with { Span = "last minute; " };
        }

        foreach (var (isLate, name) in new[] { (true, "Late records"), (false, "Dead records") })
        {
            var counts = dead.Where(reason => reason.Key == "LATE" == isLate).Select(reason => reason.Value).ToList();
            var first = (nowMs / MinuteMs) - DeadLetterCounts.Minutes + 1;
            var points = Enumerable.Range(0, DeadLetterCounts.Minutes).Select(i => ((first + i) * MinuteMs, (double?)counts.Sum(minutes => minutes[i]))).ToList();
            var total = points.Sum(point => point.Item2 ?? 0);
            yield return Chart(name, watch.KnowsDeadLetters ? total == 0 ? "none in the last hour" : $"{HealthChart.Number(total)} in the last hour" : "cannot be told now", "a minute", total > 0, watch.KnowsDeadLetters ? points : [], nowMs, 2 * MinuteMs);
        }
    }

    private static string Behind(GroupFigures figures) => figures.Lag == 0 ? "nothing waits" : HealthRule.Records(figures.Lag) + " behind";

    private static HealthChart Chart(string name, string now, string unit, bool isBad, IReadOnlyList<(long AtMs, double? Value)> points, long nowMs, long gapMs = 45_000) =>
        new(name, now, unit, isBad, points, Sparkline.Of(points, nowMs - HourMs, nowMs, gapMs));

    private static List<(long AtMs, double? Value)> Points(IReadOnlyList<ClusterSample> samples, Func<ClusterSample, double?> value) =>
        [.. samples.Select(sample => (sample.AtMs, value(sample)))];

    private static IEnumerable<PartitionState> Partitions(ClusterLook? look)
    {
        if (look is null)
            yield break;
        var workers = (look.Join.Members ?? []).SelectMany((member, i) => member.Partitions.Select(p => (p.Partition, Worker: i + 1))).ToLookup(p => p.Partition, p => p.Worker);
        var sink = look.Sink.Figures.HasCommitted ? look.Sink.Partitions.ToLookup(p => p.Partition, p => p.Lag) : null;
        foreach (var pair in look.Join.Partitions.GroupBy(p => p.Partition).OrderBy(pair => pair.Key))
            yield return new(pair.Key, pair.Sum(p => p.Lag), sink?[pair.Key].Sum(), workers[pair.Key].Cast<int?>().FirstOrDefault());
    }

    private static IEnumerable<(long FromMs, IReadOnlyList<double?> Highest)> Table(IReadOnlyList<HealthChart> charts, long nowMs)
    {
        // Whole five minutes, so that a row keeps its name from one look to the next; the last is not over.
        for (var from = (nowMs / TableMs * TableMs) - HourMs + TableMs; from <= nowMs; from += TableMs)
            yield return (from, [.. charts.Select(chart => chart.Points.Where(point => point.AtMs > from && point.AtMs <= from + TableMs).Max(point => point.Value))]);
    }
}
