using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>A large log of many accounts, with tables: mixed kinds, teams and statuses, repeated deliveries, out of order by less than the grace period.</summary>
internal sealed class MixedLog
{
    private const long OutOfOrderMs = 30 * Some.Minute;

    public MixedLog(int seed, int accounts, int recordsOfEach, long startMs, long spanMs)
    {
        var random = new Random(seed);
        var records = new MixedRecords(random);
        Accounts = [.. Enumerable.Range(0, accounts).Select(i => $"account-{i}")];
        Tables = [.. Accounts.SelectMany(a => records.TablesOf(a, startMs, spanMs))];
        Records =
        [
            .. Accounts.SelectMany(a => Enumerable.Range(0, recordsOfEach).Select(i => (ArrivalMs: 0L, Record: records.Next(a, i, startMs + random.NextInt64(spanMs)))))
                .Select(x => x with { ArrivalMs = x.Record.EventTimeMs + random.NextInt64(OutOfOrderMs) })
                .SelectMany(x => random.Next(50) == 0 ? [x, x] : new[] { x })
                .OrderBy(x => x.ArrivalMs)
                .Select(x => x.Record),
        ];
    }

    public IReadOnlyList<string> Accounts { get; }

    public IReadOnlyList<TableRecord> Tables { get; }

    /// <summary>In the order in which they are sent.</summary>
    public IReadOnlyList<LogRecord> Records { get; }
}
