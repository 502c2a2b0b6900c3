using System.Globalization;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>How good or bad something is; the greater, the worse.</summary>
public enum HealthLevel
{
    Well,
    Notice,
    Wrong,
}

/// <summary>A sentence on what is, and how bad it is.</summary>
public sealed record Finding(HealthLevel Level, string Text);

/// <summary>Whether all is well, in words. Pure: the same looks, the same words.</summary>
/// <param name="Samples">The last hour, the oldest first.</param>
/// <param name="Dead">How many records were given up in the last ten minutes, by reason.</param>
/// <param name="ReadsTopics">Whether the live view itself still reads.</param>
/// <param name="NowMs">When it is asked.</param>
/// <param name="HistoryAnswers">Whether ClickHouse does; true where there is none.</param>
public sealed record HealthRule(IReadOnlyList<ClusterSample> Samples, IReadOnlyDictionary<string, long> Dead, bool ReadsTopics, long NowMs, bool HistoryAnswers = true)
{
    /// <summary>Fewer than this are on their way, not behind: a join that keeps up with thousands a second has as many in its hands.</summary>
    public const long BehindMin = 1000;

    /// <summary>Where records wait for so long and no offset moves, something stands still.</summary>
    public const long StandingMs = 60_000;

    /// <summary>How far back it is looked to tell whether the lag grows: a look or two say nothing.</summary>
    private const long TrendMs = 60_000, TrendMinMs = 20_000;

    /// <summary>The worst first; at least one.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            Finding?[] all = [OfKafka(), OfView(), OfGroup("The join", "worker", sample => sample.Join), OfGroup("The sink", "sink", sample => sample.Sink), OfHistory(), OfDead()];
            Finding[] found = [.. all.OfType<Finding>().OrderByDescending(finding => finding.Level)];
            return found.Length > 0 ? found : [new(HealthLevel.Well, AllIsWell())];
        }
    }

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Records(long count) => $"{Number(count)} record{(count == 1 ? "" : "s")}";

    private Finding? OfKafka()
    {
        if (Samples.Count == 0)
            return new(HealthLevel.Notice, "Kafka is being asked for the first time: a few seconds");
        if (Samples[^1].Join is not null)
            return null;
        var silent = Samples.Reverse().TakeWhile(sample => sample.Join is null).Last().AtMs;
        return new(HealthLevel.Wrong, $"Kafka does not answer, for {Duration(NowMs - silent)} by now: the rest of this page is from before");
    }

    private Finding? OfView() => ReadsTopics ? null : new(HealthLevel.Wrong, "This live view has stopped reading the topics: its pages are from before, and it has to be started anew");

    private Finding? OfHistory() => HistoryAnswers ? null : new(HealthLevel.Notice, "ClickHouse does not answer: pages lack what is older than what they read from Kafka themselves");

    private Finding? OfGroup(string who, string worker, Func<ClusterSample, GroupFigures?> figuresOf)
    {
        var known = Samples.Where(sample => figuresOf(sample) is not null).Select(sample => (sample.AtMs, Figures: figuresOf(sample)!.Value)).ToList();
        if (known.Count == 0)
            return null;
        var (atMs, now) = known[^1];
        var isJoin = worker == "worker";
        if (!now.HasCommitted)
        {
            // A sink need not be: not everybody keeps a history.
            return !isJoin ? null
                : now.Members > 0 ? now.Lag == 0 ? null : new(HealthLevel.Notice, $"{Members(now, worker)} {(now.Members == 1 ? "has" : "have")} committed nothing yet, and {Records(now.Lag)} {(now.Lag == 1 ? "waits" : "wait")}")
                : now.Lag > 0 ? new(HealthLevel.Wrong, $"Nothing is committed: no worker runs, and {Records(now.Lag)} {(now.Lag == 1 ? "waits" : "wait")}")
                : now.Members == 0 ? new(HealthLevel.Wrong, "Nothing is committed: no worker runs")
                : null;
        }

        if (now.Members == 0 && (isJoin || now.Lag > 0))
            return new(HealthLevel.Wrong, now.Lag == 0 ? $"No {worker} runs; nothing waits for one yet" : $"No {worker} runs, and {Records(now.Lag)} {(now.Lag == 1 ? "waits" : "wait")}");
        var standsFrom = known.AsEnumerable().Reverse().TakeWhile(sample => sample.Figures.Lag > 0 && sample.Figures.Committed == now.Committed).Select(sample => sample.AtMs).LastOrDefault(atMs);
        if (now.Lag > 0 && atMs - standsFrom >= StandingMs)
            return new(HealthLevel.Wrong, $"{who} has not moved for {Duration(atMs - standsFrom)}, {Records(now.Lag)} behind");
        if (now.Lag < BehindMin)
            return null;
        var before = known.FirstOrDefault(sample => atMs - sample.AtMs <= TrendMs);
        if (atMs - before.AtMs < TrendMinMs)
            return new(HealthLevel.Notice, $"{who} is {Records(now.Lag)} behind");
        var perSecond = (before.Figures.Lag - now.Lag) * 1000.0 / (atMs - before.AtMs);
        return perSecond >= 1
            ? new(HealthLevel.Notice, $"{who} is {Records(now.Lag)} behind and catching up: about {Duration((long)(now.Lag / perSecond * 1000))}")
            : new(HealthLevel.Wrong, $"{who} is {Records(now.Lag)} behind and {(perSecond <= -1 ? "falls further behind" : "does not catch up")}");
    }

    private Finding? OfDead()
    {
        var total = Dead.Values.Sum();
        if (total == 0)
            return null;
        var (reason, most) = Dead.MaxBy(reason => reason.Value);
        return new(HealthLevel.Notice, $"{Records(total)} {(total == 1 ? "was" : "were")} given up in the last 10 min, {(most == total ? "" : "most of them ")}{WordsOf(reason)}");
    }

    private string AllIsWell()
    {
        var join = Samples[^1].Join!.Value;
        var lag = join.Lag + (Samples[^1].Sink is { HasCommitted: true } sink ? sink.Lag : 0);
        return "All is well: " + (join.Members is > 0 ? $"{Members(join, "worker")} {(join.Members == 1 ? "runs" : "run")}, and " : "")
            + (lag == 0 ? "nothing waits" : $"{Records(lag)} {(lag == 1 ? "is" : "are")} on {(lag == 1 ? "its" : "their")} way");
    }

    /// <summary>Why records were given up.</summary>
    public static string WordsOf(string reason) => reason switch
    {
        "LATE" => "too late for the join",
        "IMPOSSIBLE_TIME" => "with a time that cannot be",
        "MISSING_ID" => "without an id",
        "NOT_AVRO" => "that are not Avro",
        "UNKNOWN_SCHEMA" => "of an unknown schema",
        "UNREADABLE_SCHEMA" => "of a schema that cannot be read",
        "INCOMPATIBLE_SCHEMA" => "of a schema that does not fit",
        "MALFORMED" => "that do not keep to their schema",
        "REFUSED_BY_CLICKHOUSE" => "refused by ClickHouse",
        "UNWRITABLE" => "that ClickHouse cannot hold",
        _ => "for another reason",
    };

    private static string Members(GroupFigures figures, string name) => Sentences.Count(figures.Members ?? 0, name);

    private static string Duration(long ms) => Sentences.Duration(ms);
}
