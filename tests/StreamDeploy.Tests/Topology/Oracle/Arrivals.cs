namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>Other ways in which the same records may arrive.</summary>
public static class Arrivals
{
    /// <summary>
    /// The records in another order, in which none is late. A record arrives at its event time and a delay of at most grace. So whatever was read
    /// before it has event time ≤ its own + grace: stream time is never past that, which is what late asks of a deployment event; and an alert event
    /// of interest has event time ≤ a + settle, so stream time is never past a + settle + grace.
    /// </summary>
    public static IReadOnlyList<LogRecord> WithinGrace(LogCase of, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. of.Log
                .Select(record => (Record: record, ArrivalMs: record.EventTimeMs + Delay(), Tie: random.Next()))
                .OrderBy(r => r.ArrivalMs)
                .ThenBy(r => r.Tie)
                .Select(r => r.Record),
        ];

        long Delay() => random.Next(4) switch
        {
            0 => 0,
            1 => of.Settings.GraceMs,
            _ => random.NextInt64(of.Settings.GraceMs + 1),
        };
    }

    /// <summary>The same log with some of its records delivered again, at any later place; a record may come back long after its time.</summary>
    public static IReadOnlyList<LogRecord> Redelivered(IReadOnlyList<LogRecord> log, int seed)
    {
        var random = new Random(seed);
        List<LogRecord> records = [.. log];
        for (int times = random.Next(1, 8); times > 0 && records.Count > 0; times--)
        {
            int from = random.Next(records.Count);
            records.Insert(random.Next(from + 1, records.Count + 1), records[from]);
        }
        return records;
    }

    /// <summary>
    /// What a task is rebuilt from when it had read the first records of a log: of each topic those from the first whose Kafka timestamp is not before what
    /// can still count. T is the greater event time of the last record of each topic that could be. An alert may be raised skew after its event time, which
    /// may lie skew after its Kafka timestamp: hence twice.
    /// </summary>
    public static IEnumerable<LogRecord> ToRebuild(LogCase of, int committed)
    {
        OracleSettings s = of.Settings;
        IReadOnlyList<Fate> fates = new NaiveReading(of.Log, s).Fates;
        List<LogRecord> read = [.. of.Log.Take(committed)];
        long t = Math.Max(LastOf(r => r.Deployment is not null), LastOf(r => r.Alert is not null));
        return t == long.MinValue ? [] : read.Where((r, i) => i >= From(i));

        long LastOf(Func<LogRecord, bool> topic) => read.Where((r, i) => topic(r) && fates[i] != Fate.Rejected).LastOrDefault()?.EventTimeMs ?? long.MinValue;

        int From(int i) => read[i].Deployment is not null
            ? read.FindIndex(r => r.Deployment is not null && r.KafkaTimestampMs >= t - (s.BeforeMaxMs + s.SettleMs + s.GraceMs) - s.SkewMs)
            : read.FindIndex(r => r.Alert is not null && r.KafkaTimestampMs >= t - (s.SettleMs + s.GraceMs) - (2 * s.SkewMs));
    }

    /// <summary>Which records end a batch.</summary>
    public static bool[] Batches(int records, int seed)
    {
        var random = new Random(seed);
        int size = random.Next(1, 8);
        return [.. Enumerable.Range(0, records).Select(_ => random.Next(size) == 0)];
    }
}
