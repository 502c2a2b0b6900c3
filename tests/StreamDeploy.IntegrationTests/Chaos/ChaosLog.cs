using StreamDeploy.IntegrationTests.Kafka;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>A log without end: as much of it is sent as the faults take time for. The same seed gives the same records.</summary>
internal sealed class ChaosLog
{
    /// <summary>How much later than a newer record an older one may be sent. What is left of the grace is for what faults hold up.</summary>
    public const long OutOfOrderMs = 10 * Some.Minute;

    private const long TablesSpanMs = 8 * Some.Hour;

    private readonly Random _random;
    private readonly MixedRecords _records;
    private readonly string[] _accounts;
    private readonly long _startMs;
    private readonly double _stepMs;

    public ChaosLog(int seed, int accounts, long startMs, double stepMs)
    {
        (_random, _startMs, _stepMs) = (new Random(seed), startMs, stepMs);
        _records = new MixedRecords(_random);
        _accounts = [.. Enumerable.Range(0, accounts).Select(i => $"account-{i}")];
        Tables = [.. _accounts.SelectMany(a => _records.TablesOf(a, startMs, TablesSpanMs))];
    }

    public IReadOnlyList<TableRecord> Tables { get; }

    /// <summary>In the order in which they are sent, one every step of event time. To be read once.</summary>
    public IEnumerable<LogRecord> Records()
    {
        var waiting = new PriorityQueue<LogRecord, long>();
        for (var i = 0; ; i++)
        {
            var atMs = _startMs + (long)(i * _stepMs);
            var record = _records.Next(_accounts[_random.Next(_accounts.Length)], i, atMs);
            // One in fifty is delivered again.
            for (var delivered = _random.Next(50) == 0 ? 2 : 1; delivered > 0; delivered--)
                waiting.Enqueue(record, atMs + _random.NextInt64(OutOfOrderMs));
            while (waiting.TryPeek(out var next, out var arrivalMs) && arrivalMs <= atMs)
            {
                waiting.Dequeue();
                yield return next;
            }
        }
    }
}
