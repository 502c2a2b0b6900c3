using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>The process dies where it is.</summary>
internal sealed class SimulatedCrashException : Exception;

/// <summary>One thread of a worker as <see cref="WorkerThread"/> puts it together, on the model and one step at a time.</summary>
internal sealed class SimulatedWorker : IWorkerKafka, IDisposable
{
    private readonly Random _random;
    private readonly SimulatedClock _clock;
    private readonly ModelBroker _broker;
    private readonly SimulatedWorld _world;
    private readonly TableReader _tables;
    private readonly List<(Func<IReadOnlyList<PairStart>> Plan, TaskCompletionSource<IReadOnlyList<PairStart>> Made)> _aside = [];
    private WorkerLoop? _loop;
    private int _members;

    public SimulatedWorker(string name, string transactionalId, SimulatedWorld world)
    {
        (Name, TransactionalId, _world) = (name, transactionalId, world);
        (_random, _clock, _broker) = (world.Random, world.Clock, world.Broker);
        _tables = new(new ModelReader(_random, _broker, Link, patient: true), world.Topics, SimulatedSchemas.All.Registry, world.TablePartitions, _clock, world.Log(name));
    }

    public string Name { get; }

    public string TransactionalId { get; }

    public ModelLink Link { get; } = new();

    /// <summary>It does not run: its process hangs, or its machine sleeps.</summary>
    public bool IsPaused { get; set; }

    public ModelWriter? Writer { get; private set; }

    public IGroupInput OpenInput(IPolled polled) =>
        new ModelInput(_random, _clock, _broker, Link, _world.Pair, _world.SlackMs, () => $"{Name}.{_members++}", polled);

    public IBatchWriter OpenWriter(IGroupInput input) =>
        Writer = new(_random, _clock, _broker, Link, TransactionalId, _world.Settings.Kafka.DeliveryTimeout, () => _world.Meanwhile(this), _world.Trace);

    public IConsumer<byte[]?, byte[]?> OpenReader() => new ModelReader(_random, _broker, Link, patient: false);

    public void Step()
    {
        if (_loop is null)
        {
            if (_tables.CatchUp(TimeSpan.Zero))
                Begin();
            return;
        }
        if (_aside.Count > 0 && _random.Next(3) == 0)
            MakePlan();
        _loop.Turn(_loop.Rest(), CancellationToken.None);
    }

    public void Stop(bool finish)
    {
        _loop?.Stop(finish);
        Dispose();
    }

    /// <summary>After a stop only: one that crashes has no time for it.</summary>
    public void Dispose() => _tables.Dispose();

    private void Begin()
    {
        var (join, registry) = (_world.Settings.Join, SimulatedSchemas.All.Registry);
        var deployments = Sources.Deployments(_world.Topics, registry, _world.Partitions, join);
        var alerts = Sources.Alerts(_world.Topics, registry, _world.Partitions, join);
        _loop = new(_world.Settings, this, deployments, alerts, _world.Partitions, _tables, SimulatedSchemas.All.Enrichments, Aside, _clock, _world.Log(Name));
        _loop.Begin();
    }

    /// <summary>Now, or between two later turns; what was found out then may be known to the loop later still.</summary>
    private Task<IReadOnlyList<PairStart>> Aside(Func<IReadOnlyList<PairStart>> plan)
    {
        var made = new TaskCompletionSource<IReadOnlyList<PairStart>>();
        _aside.Add((plan, made));
        if (_random.Next(2) == 0)
            MakePlan();
        return made.Task;
    }

    private void MakePlan()
    {
        var (plan, made) = _aside[0];
        _aside.RemoveAt(0);
        try
        {
            var starts = plan();
            if (_random.Next(2) == 0)
                made.SetResult(starts);
            else
                _aside.Insert(0, (() => starts, made));
        }
        catch (KafkaException e)
        {
            made.SetException(e);
        }
    }
}
