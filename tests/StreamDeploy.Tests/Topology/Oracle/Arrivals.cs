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

    /// <summary>Which records end a batch.</summary>
    public static bool[] Batches(int records, int seed)
    {
        var random = new Random(seed);
        int size = random.Next(1, 8);
        return [.. Enumerable.Range(0, records).Select(_ => random.Next(size) == 0)];
    }
}
