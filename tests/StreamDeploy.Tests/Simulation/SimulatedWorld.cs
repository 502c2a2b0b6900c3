using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.Tests.Simulation;

/// <summary>The broker, the clock, the workers, and who may take the next step.</summary>
internal sealed class SimulatedWorld
{
    /// <summary>How long the group waits for a member's word.</summary>
    public const int SessionMs = 3000;

    private const int TablePartitionsEach = 2;

    private readonly List<string>? _trace;
    private readonly Stack<SimulatedWorker> _inside = new();
    private int _born;

    /// <param name="random">All chance of the history.</param>
    /// <param name="log">What is produced, in time.</param>
    /// <param name="partitions">Of each topic that is joined.</param>
    /// <param name="trace">Where every event is written down; null where nobody reads it.</param>
    public SimulatedWorld(Random random, HistoryLog log, int partitions, List<string>? trace)
    {
        (Random, Partitions, SlackMs, _trace) = (random, partitions, log.SlackMs, trace);
        Settings = new()
        {
            Kafka = new() { BootstrapServers = "model:9092", Registry = new() { Url = "http://model" }, DeliveryTimeout = TimeSpan.FromSeconds(1) },
            Join = JoinRun.SettingsOf(log.Case.Settings),
            BufferRecordsMax = random.Next(3) == 0 ? 1000 : random.Next(1, 20),
            BatchBytesMax = random.Next(3) == 0 ? 1000 : 1 << 20,
            StopTimeout = TimeSpan.FromSeconds(2),
        };
        var joined = Topics.CoPartitioned.Select(t => (t, partitions));
        var tables = TableReader.TopicsOf(Topics).Select(t => (t, TablePartitionsEach));
        Broker = new(random, Clock, [.. joined, .. tables, (Topics.DeadLetters, 1)], (Pair, partitions, random.Next(3) == 0), SessionMs, transactionMs: 1000, Trace);
        FillTables(log.Tables);
    }

    public Random Random { get; }
    public SimulatedClock Clock { get; } = new();
    public ModelBroker Broker { get; }
    public WorkerSettings Settings { get; }
    public int Partitions { get; }
    public long SlackMs { get; }
    public TopicNames Topics { get; } = new("");
    public IReadOnlyList<string> Pair => [Topics.Deployments, Topics.Alerts];
    public IEnumerable<TopicPartition> TablePartitions =>
        TableReader.TopicsOf(Topics).SelectMany(t => Enumerable.Range(0, TablePartitionsEach).Select(p => new TopicPartition(t, p)));

    public IReadOnlyList<ModelLog> Inputs => [.. Pair.SelectMany(Broker.Of)];

    public List<SimulatedWorker> Workers { get; } = [];

    /// <summary>What may happen while a worker waits inside a step of its own; set by the history.</summary>
    public Action<SimulatedWorker> OnWait { get; set; } = _ => { };

    public void Trace(string what) => _trace?.Add($"{Clock.NowMs,6} {what}");

    public ILogger Log(string name) => _trace is null ? NullLogger.Instance : new TraceLog(this, name);

    public SimulatedWorker Start(string? transactionalId = null)
    {
        var name = $"w{_born++}";
        var worker = new SimulatedWorker(name, transactionalId ?? $"id-{name}", this);
        Trace($"{name} starts as {worker.TransactionalId}");
        Workers.Add(worker);
        return worker;
    }

    /// <summary>The process is gone with all it had; what it has sent stays sent.</summary>
    public void Crash(SimulatedWorker worker)
    {
        Trace($"{worker.Name} crashes");
        worker.Link.IsCut = true;
        Workers.Remove(worker);
        if (_inside.Contains(worker))
            throw new SimulatedCrashException();
    }

    /// <summary>Calls into a worker, which may wait in there and have the others go on.</summary>
    public void Enter(SimulatedWorker worker, Action act)
    {
        _inside.Push(worker);
        try
        {
            act();
        }
        catch (SimulatedCrashException) when (!Workers.Contains(worker))
        {
        }
        finally
        {
            _inside.Pop();
        }
    }

    public void Meanwhile(SimulatedWorker waiting)
    {
        Clock.Pass(Random.Next(1, 30));
        OnWait(waiting);
    }

    /// <summary>Who can take a step: runs, and does not wait inside one.</summary>
    public IReadOnlyList<SimulatedWorker> Ready => [.. Workers.Where(w => !w.IsPaused && !_inside.Contains(w))];

    /// <summary>How many wait inside a step.</summary>
    public int Depth => _inside.Count;

    public void Produce(Arrival arrival, Action<long> placed)
    {
        Broker.ArrivalMs = Math.Max(Broker.ArrivalMs, arrival.ArrivalMs);
        var offset = Broker[arrival.To].Append(arrival.Message, arrival.TimestampMs, arrival.ArrivalMs, arrival.Destiny == Destiny.Joined ? arrival.Record!.EventTimeMs : null);
        Trace($"comes {arrival} @{offset}");
        placed(offset);
    }

    private void FillTables(IReadOnlyList<TableRecord> tables)
    {
        var all = SimulatedSchemas.All;
        foreach (var table in tables.OrderBy(t => t.Offset))
        {
            var (topic, value) = (table.Table, table.Entity) switch
            {
                (TableName.Pipelines, var e) => (Topics.DeploymentPipelines, e is DeploymentPipeline x ? all.Pipelines.Encode(x) : null),
                (TableName.Sources, var e) => (Topics.AlertSources, e is AlertSource x ? all.Sources.Encode(x) : null),
                (TableName.Policies, var e) => (Topics.EscalationPolicies, e is EscalationPolicy x ? all.Policies.Encode(x) : null),
                (_, var e) => (Topics.Accounts, e is Account x ? all.Accounts.Encode(x) : null),
            };
            var key = Encoding.UTF8.GetBytes(table.Table == TableName.Accounts ? table.AccountId : RecordKey.Of(table.AccountId, table.Id));
            var log = Broker[new(topic, Murmur2.PartitionOf(key, TablePartitionsEach))];
            log.Append(new() { Key = key, Value = value }, table.KafkaTimestampMs, 0);
        }
    }

    private sealed class TraceLog(SimulatedWorld world, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            world.Trace($"{name}: {formatter(state, exception)}");
    }
}
