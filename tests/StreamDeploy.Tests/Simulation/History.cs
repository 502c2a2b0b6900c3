namespace StreamDeploy.Tests.Simulation;

/// <summary>One history of a group of workers: everything in it follows from its seed.</summary>
internal sealed class History
{
    private const int HealingStepsMax = 40_000;

    private readonly Random _random;
    private readonly HistoryLog _log;
    private readonly SimulatedWorld _world;
    private readonly HistoryFaults _faults;
    private readonly Dictionary<Arrival, long> _offsets = new(ReferenceEqualityComparer.Instance);
    private int _produced;

    private History(int seed, List<string>? trace)
    {
        _random = new Random(seed);
        var partitions = _random.Next(1, 5);
        _log = new(_random, partitions);
        _world = new(_random, _log, partitions, trace) { OnWait = GoOnDuringWait };
        _faults = new(_world, _log);
    }

    /// <returns>What is wrong with it; null where all is as it must be.</returns>
    public static string? Run(int seed, List<string>? trace = null)
    {
        var history = new History(seed, trace);
        try
        {
            return history.Run();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"a worker ended with {e}";
        }
    }

    private string? Run()
    {
        _faults.Begin();
        for (var left = _random.Next(100, 1200); left > 0; left--)
        {
            GoOn();
            _faults.MayHappen();
        }
        _faults.Heal();
        while (_produced < _log.Arrivals.Count)
            Produce();
        for (var left = HealingStepsMax; !IsDone(); left--)
        {
            if (left == 0)
                return $"stuck: {string.Join(", ", _world.Inputs.Where(l => !IsRead(l)).Select(l => $"{l.Partition} is committed up to {_world.Broker.Offsets.Committed(l.Partition)} of {l.High}"))}";
            GoOn();
        }
        // Nothing more may come.
        for (var i = 0; i < 100; i++)
            GoOn();
        return new HistoryCheck(_world, _log, _offsets).Difference();
    }

    private void Produce()
    {
        var arrival = _log.Arrivals[_produced++];
        _world.Produce(arrival, offset => _offsets.Add(arrival, offset));
    }

    /// <summary>Somebody takes a step.</summary>
    private void GoOn()
    {
        _world.Clock.Pass(_random.Next(4));
        var ready = _world.Ready;
        switch (_random.Next(10))
        {
            case < 2:
                _world.Broker.Tick();
                break;
            case 2 when _produced < _log.Arrivals.Count && !_world.Broker.IsDown:
                for (var i = Math.Min(_random.Next(1, 6), _log.Arrivals.Count - _produced); i > 0; i--)
                    Produce();
                break;
            case < 5 when ready.Count > 0:
                ready[_random.Next(ready.Count)].Writer?.Step();
                break;
            default:
                if (ready.Count > 0)
                    Step(ready[_random.Next(ready.Count)]);
                break;
        }
    }

    private void Step(SimulatedWorker worker) => _world.Enter(worker, worker.Step);

    /// <summary>While one worker waits inside a step, the rest of the world does not.</summary>
    private void GoOnDuringWait(SimulatedWorker waiting)
    {
        _world.Broker.Tick();
        if (_world.Depth < 3)
            GoOn();
        _faults.MayHappenTo(waiting);
    }

    private bool IsDone() => _world.Broker.IsQuiet && _world.Inputs.All(IsRead);

    private bool IsRead(ModelLog log)
    {
        var last = log.High - 1;
        while (last >= log.Low && !log.IsVisible(last))
            last--;
        var committed = _world.Broker.Offsets.Committed(log.Partition);
        return last < log.Low || committed != Confluent.Kafka.Offset.Unset && committed.Value > last;
    }
}
