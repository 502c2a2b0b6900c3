using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class TableWriterTests(RealServers servers)
{
    private const int Writers = 3;
    private const int ChangesEach = 20;

    /// <summary>Each change adds one to what it read: a change that did not see the one before it would lose it.</summary>
    [RealServersFact]
    public async Task No_change_is_lost_however_many_write_at_once()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        var counters = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Counter.StartAsync(settings)));
        try
        {
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(counters.Select(async counter =>
            {
                for (var i = 0; i < ChangesEach; i++)
                    await counter.AddOneAsync();
            }));

            Assert.Equal(Writers * ChangesEach, counters.Max(counter => counter.Value));
            // Whoever asks after that sees it, on whichever instance.
            await Task.WhenAll(counters.Select(counter => counter.CatchUpAsync()));
            Assert.All(counters, counter => Assert.Equal(Writers * ChangesEach, counter.Value));
            Assert.Equal(Writers * ChangesEach, counters[0].Seen.Distinct().Count());
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed} for {Writers * ChangesEach} changes");
        }
        finally
        {
            foreach (var counter in counters)
                await counter.DisposeAsync();
        }
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task A_broker_that_is_killed_loses_no_change_and_makes_none_twice()
    {
        using var kafka = new RealKafka();
        var settings = servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(3) };
        await TopicSetup.CreateAsync(settings, new(), NullLoggerFactory.Instance, CancellationToken.None);
        await using var counter = await Counter.StartAsync(settings);
        await counter.AddOneAsync();
        var (done, failed) = (1, 0);
        var watch = Stopwatch.StartNew();
        var killer = Task.Run(async () =>
        {
            await Task.Delay(300);
            kafka.Kill(1);
            await Task.Delay(1000);
            kafka.Up(1);
        });
        while (!killer.IsCompleted || done < 40)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(120), $"{done} changes done and {failed} failed in {watch.Elapsed}");
            try
            {
                await counter.AddOneAsync();
                done++;
            }
            catch (BrokerUnavailableException)
            {
                failed++;
                await Task.Delay(50);
            }
        }

        await killer;
        await counter.CatchUpAsync();
        // What failed may have been written; nothing was written twice.
        Assert.InRange(counter.Value, done, done + failed);
        Assert.Equal(counter.Seen.Count, counter.Seen.Distinct().Count());
    }

    /// <summary>A team whose name is a number.</summary>
    private sealed class Counter : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, bool> _changes = new();
        private TableTail? _tail;
        private TableWriter? _writer;
        private volatile int _value;

        public int Value => _value;

        public ConcurrentQueue<string> Seen { get; } = new();

        public static async Task<Counter> StartAsync(KafkaSettings settings)
        {
            var counter = new Counter();
            counter._tail = await TableTail.StartAsync(settings, counter.Apply, NullLoggerFactory.Instance, CancellationToken.None);
            counter._writer = new TableWriter(settings, counter._tail, NullLoggerFactory.Instance);
            return counter;
        }

        public Task CatchUpAsync() => _tail!.CatchUpAsync(CancellationToken.None);

        public Task AddOneAsync() => _writer!.WriteAsync(
            () =>
            {
                var write = new TableWrite();
                write.Put(new Team { AccountId = "acme", Id = 1, Name = (_value + 1).ToString(CultureInfo.InvariantCulture) });
                write.Append(new AuditRecord { AccountId = "acme", ChangeId = write.ChangeId, OccurredAtMs = 1, Actor = "test", Entity = "Team", EntityId = "1" });
                return write;
            },
            _changes.ContainsKey, CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await _writer!.DisposeAsync();
            await _tail!.DisposeAsync();
        }

        private void Apply(TableChange change)
        {
            if (change.Value is not Team team)
                return;
            Seen.Enqueue(team.Name);
            _changes[change.Version.ChangeId!] = true;
            _value = int.Parse(team.Name, CultureInfo.InvariantCulture);
        }
    }
}
