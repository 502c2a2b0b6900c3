namespace StreamDeploy.Tests.Simulation;

/// <summary>What goes wrong in a history, and the end of it.</summary>
internal sealed class HistoryFaults
{
    private const int WorkersMax = 3;

    private readonly SimulatedWorld _world;
    private readonly HistoryLog _log;
    private readonly Random _random;
    private int _perThousand;

    public HistoryFaults(SimulatedWorld world, HistoryLog log)
    {
        (_world, _log, _random) = (world, log, world.Random);
        _perThousand = _random.Next(4) switch { 0 => 0, 1 => 5, 2 => 20, _ => 60 };
        if (_perThousand > 0 && _random.Next(2) == 0)
            world.Broker.Weather = new(_random.Next(6), _random.Next(20));
    }

    public void Begin()
    {
        DeleteSomeBeforehand();
        for (var i = _random.Next(1, WorkersMax + 1); i > 0; i--)
            _world.Start();
    }

    public void MayHappen()
    {
        if (_random.Next(1000) >= _perThousand)
            return;
        switch (_random.Next(16))
        {
            case 0 or 1:
                OfOne(Crash);
                break;
            case 2:
                OfOne(Stop);
                break;
            case 3:
                if (_world.Workers.Count < WorkersMax)
                    _world.Start();
                break;
            case 4:
                OfOne(w => Set(w.Name, "paused", w.IsPaused = !w.IsPaused));
                break;
            case 5:
                OfOne(w => Set(w.Name, "cut off", w.Link.IsCut = !w.Link.IsCut));
                break;
            case 6:
                Set("broker", "down", _world.Broker.IsDown = !_world.Broker.IsDown);
                break;
            case 7:
                Set("coordinator", "loading", _world.Broker.IsLoading = !_world.Broker.IsLoading);
                break;
            case 8:
                Pass(_random.Next(500, 5000));
                break;
            case 9:
                Pass(_random.Next(2) == 0 ? 31_000 : 3_600_000);
                break;
            case 10:
                _world.Clock.JumpWall(_random.NextInt64(-Some.Hour, Some.Hour));
                break;
            case 11:
                Retain();
                break;
            case 12 or 13:
                OfOne(MakeZombie);
                break;
            default:
                // Outages do not last for ever.
                _world.Broker.IsDown = _world.Broker.IsLoading = false;
                foreach (var worker in _world.Workers)
                    worker.Link.IsCut = worker.IsPaused = false;
                break;
        }
    }

    /// <summary>A worker that waits inside a step, for instance in giving partitions up, may die there or wait for long.</summary>
    public void MayHappenTo(SimulatedWorker waiting)
    {
        if (_random.Next(1000) >= _perThousand)
            return;
        if (_random.Next(2) == 0)
            Crash(waiting);
        else
            Pass(_random.Next(500, 5000));
    }

    public void Heal()
    {
        _world.Trace("everything heals");
        _world.Broker.Weather = new(0, 0);
        _world.Broker.IsDown = _world.Broker.IsLoading = false;
        foreach (var worker in _world.Workers)
            worker.IsPaused = worker.Link.IsCut = false;
        if (_world.Workers.Count == 0)
            _world.Start();
        _perThousand = 0;
    }

    private void OfOne(Action<SimulatedWorker> act)
    {
        if (_world.Workers.Count > 0)
            act(_world.Workers[_random.Next(_world.Workers.Count)]);
    }

    private void Crash(SimulatedWorker worker)
    {
        // The next process may have the same id, a new one, or not be there for a while.
        var again = _random.Next(3);
        if (again < 2)
            _world.Start(again == 0 ? worker.TransactionalId : null);
        _world.Crash(worker);
    }

    /// <summary>It hangs for so long that the group forgets it. When it wakes up it goes on where it was.</summary>
    private void MakeZombie(SimulatedWorker worker)
    {
        Set(worker.Name, "a zombie", worker.IsPaused = true);
        // Others are not to be forgotten with it.
        for (var passed = 0; passed <= SimulatedWorld.SessionMs; passed += 250)
        {
            _world.Clock.Pass(250);
            foreach (var other in _world.Ready.Where(_world.Workers.Contains))
                _world.Enter(other, other.Step);
            _world.Broker.Tick();
        }
    }

    private void Stop(SimulatedWorker worker)
    {
        _world.Trace($"{worker.Name} stops");
        _world.Enter(worker, () => worker.Stop(finish: _random.Next(4) > 0));
        if (!_world.Workers.Remove(worker))
            return;
        worker.Link.IsCut = true;
        if (_random.Next(2) == 0)
            _world.Start(worker.TransactionalId);
    }

    private void Set(string who, string what, bool on) => _world.Trace($"{who} is {(on ? "" : "no longer ")}{what}");

    private void Pass(long ms)
    {
        _world.Trace($"{ms} ms pass");
        _world.Clock.Pass(ms);
    }

    /// <summary>A topic does not begin at 0.</summary>
    private void DeleteSomeBeforehand()
    {
        foreach (var log in _world.Inputs)
        {
            if (_random.Next(3) > 0)
                continue;
            for (var i = _random.Next(1, 4); i > 0; i--)
                log.Append(new(), timestampMs: 0, arrivalMs: 0);
            log.DeleteBefore(log.High);
        }
    }

    /// <summary>Retention takes what is committed and older than whatever a restore may still need.</summary>
    private void Retain()
    {
        for (var p = 0; p < _world.Partitions; p++)
        {
            var logs = _world.Inputs.Where(l => l.Partition.Partition.Value == p).ToList();
            var times = logs.SelectMany(l => Committed(l).TakeLast(64).Select(r => r.EventMs)).OfType<long>().ToList();
            if (times.Count == 0)
                continue;
            var cutMs = times.Max() - _log.NeededMs;
            foreach (var log in logs)
            {
                var kept = Committed(log).FirstOrDefault(r => r.TimestampMs >= cutMs)?.Offset ?? log.Low;
                if (kept > log.Low)
                    _world.Trace($"{log.Partition} begins at {kept}");
                log.DeleteBefore(kept);
            }
        }
    }

    private IEnumerable<ModelRecord> Committed(ModelLog log)
    {
        var committed = _world.Broker.Offsets.Committed(log.Partition);
        return committed == Confluent.Kafka.Offset.Unset ? [] : log.Visible().TakeWhile(r => r.Offset < committed.Value);
    }
}
