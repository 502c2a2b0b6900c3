using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>A kind of record that flows.</summary>
public enum Flow
{
    Deployments,
    Alerts,
    Answers,
}

/// <summary>How many records of all accounts were written in each ten seconds of the last hour, by their Kafka timestamp. Safe for concurrent use.</summary>
/// <remarks>Records, not offsets: the marks that end transactions have offsets too.</remarks>
public sealed class Throughput(TimeProvider clock)
{
    public const long SlotMs = 10_000;
    public const int Slots = 360;

    // One more, for the slot of now, which is not full yet.
    private const int Kept = Slots + 1;

    private readonly Lock _lock = new();
    private readonly (long Slot, long Count)[][] _flows = [.. Enum.GetValues<Flow>().Select(_ => new (long, long)[Kept])];

    public void Count(TailRecord record)
    {
        var flow = record.Value switch
        {
            Deployment => Flow.Deployments,
            Alert => Flow.Alerts,
            _ => Flow.Answers,
        };
        var now = NowMs / SlotMs;
        // Clocks of senders differ.
        var slot = Math.Min(record.TimestampMs / SlotMs, now);
        if (slot <= now - Kept)
            return;
        lock (_lock)
        {
            ref var held = ref _flows[(int)flow][slot % Kept];
            held = held.Slot == slot ? (slot, held.Count + 1) : (slot, 1);
        }
    }

    /// <summary>Records a second in each full slot, the oldest first, each dated by its end.</summary>
    public IReadOnlyList<(long AtMs, double? Value)> Of(Flow flow)
    {
        var now = NowMs / SlotMs;
        lock (_lock)
        {
            var held = _flows[(int)flow];
            return [.. Enumerable.Range(0, Slots).Select(i =>
            {
                var slot = now - Slots + i;
                return ((slot + 1) * SlotMs, (double?)(held[slot % Kept].Slot == slot ? held[slot % Kept].Count * 1000.0 / SlotMs : 0));
            })];
        }
    }

    private long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
