using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Kafka;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Sends a log at its pace and remembers what of it was acknowledged.</summary>
/// <remarks>
/// A few records at a time, the next only when all are acknowledged, and what was held up is not made up for: so neither topic is ever ahead of the other by
/// more than a moment, and event time passes no faster than the pace. A record is sent again until it is acknowledged; its eventId makes a second copy harmless.
/// </remarks>
internal sealed class Load(EventProducer producer, IEnumerable<LogRecord> log)
{
    private const int BacklogChunk = 200;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryLimit = TimeSpan.FromMinutes(3);

    private readonly IEnumerator<LogRecord> _log = log.GetEnumerator();
    private readonly List<LogRecord> _sent = [];
    private int _retries;

    /// <summary>All acknowledged, in the order in which they were sent. To be read when nothing is being sent.</summary>
    public IReadOnlyList<LogRecord> Sent => _sent;

    public int Retries => _retries;

    /// <summary>The greatest event time sent.</summary>
    public long EventTimeMs { get; private set; }

    /// <summary>As fast as it goes.</summary>
    public async Task SendAsync(int records, CancellationToken cancellationToken)
    {
        while (_sent.Count < records)
            await SendChunkAsync(Math.Min(BacklogChunk, records - _sent.Count), cancellationToken);
    }

    /// <summary>At a pace, until it is told to end; then it finishes what it is at.</summary>
    public async Task RunAsync(int recordsPerSecond, CancellationToken end, CancellationToken cancellationToken)
    {
        var chunk = (int)(recordsPerSecond * Tick.TotalSeconds);
        using var timer = new PeriodicTimer(Tick);
        while (!end.IsCancellationRequested && await timer.WaitForNextTickAsync(cancellationToken))
            await SendChunkAsync(chunk, cancellationToken);
    }

    /// <summary>What is no part of the log: table entries and clocks.</summary>
    public Task SendAsync(Func<Task> send, CancellationToken cancellationToken) => UntilAcknowledgedAsync(send, cancellationToken);

    private async Task SendChunkAsync(int count, CancellationToken cancellationToken)
    {
        var chunk = new List<LogRecord>(count);
        for (var i = 0; i < count && _log.MoveNext(); i++)
            chunk.Add(_log.Current);
        await Task.WhenAll(chunk.Select(r => UntilAcknowledgedAsync(() => producer.SendAsync(r), cancellationToken)));
        _sent.AddRange(chunk);
        EventTimeMs = chunk.Max(r => r.EventTimeMs) is var latest && latest > EventTimeMs ? latest : EventTimeMs;
    }

    private async Task UntilAcknowledgedAsync(Func<Task> send, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await send();
                return;
            }
            catch (BrokerUnavailableException) when (waited.Elapsed < RetryLimit)
            {
                Interlocked.Increment(ref _retries);
            }
            await Task.Delay(RetryPause, cancellationToken);
        }
    }
}
