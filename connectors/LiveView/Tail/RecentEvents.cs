using System.Collections.Concurrent;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Tail;

/// <summary>The last records of all accounts, bounded by number and age.</summary>
/// <remarks>
/// What is older is the history's to tell. One thread writes (that of the <see cref="EventTail"/>), many read. A record that lies in a partition that is not its
/// account's is left out: a worker sends it on to the right one, where it is met again.
/// </remarks>
public sealed class RecentEvents(LiveViewSettings settings, int partitions, long fromMs)
{
    /// <summary>An answer weighs as much as this many events, about.</summary>
    private const int AnswerWeight = 4;

    private static readonly AccountTail Nothing = new();

    private readonly ConcurrentDictionary<string, AccountTail> _accounts = new(StringComparer.Ordinal);
    private readonly Queue<Held> _held = new();
    private long _weight;
    private long _completeFromMs = fromMs;

    /// <summary>The Kafka timestamp from which on everything is here.</summary>
    public long CompleteFromMs => Interlocked.Read(ref _completeFromMs);

    /// <summary>How many events it holds, answers weighed.</summary>
    public long Weight => Interlocked.Read(ref _weight);

    public AccountTail Of(string accountId) => _accounts.GetValueOrDefault(accountId, Nothing);

    public void Apply(TailRecord record)
    {
        switch (record.Value)
        {
            case Deployment e when IsHome(e.AccountId, record):
                Account(e.AccountId).Apply(e, record.Offset);
                Hold(new(e.AccountId, record.TimestampMs, 1, new DeploymentKey(e.PipelineId, e.DeploymentId), e.EventId, default));
                break;
            case Alert e when IsHome(e.AccountId, record):
                Account(e.AccountId).Apply(e, record.Offset);
                Hold(new(e.AccountId, record.TimestampMs, 1, default, null, new(e.AlertId, e.OccurredAtMs)));
                break;
            case Enrichment e when IsHome(e.AccountId, record):
                Account(e.AccountId).Apply(e, record.Offset);
                Hold(new(e.AccountId, record.TimestampMs, AnswerWeight, default, null, new(e.AlertId, e.AlertOccurredAtMs)));
                break;
            // Nobody sends these on: they lie where they were written.
            case Delivery e when e.AccountId.Length > 0:
                var id = new DeliveryId(record.Partition, record.Offset);
                Account(e.AccountId).Apply(e, id);
                Hold(new(e.AccountId, record.TimestampMs, 1, default, null, default) { Delivery = (DeliveryOwner.Of(e), id) });
                break;
        }
    }

    private bool IsHome(string accountId, TailRecord record) => accountId.Length > 0 && Murmur2.PartitionOf(accountId, partitions) == record.Partition;

    private AccountTail Account(string accountId) => _accounts.GetOrAdd(accountId, static _ => new AccountTail());

    private void Hold(in Held held)
    {
        _held.Enqueue(held);
        Interlocked.Add(ref _weight, held.Weight);
        var oldestMs = settings.NowMs - (long)settings.TailSpan.TotalMilliseconds;
        while (_held.TryPeek(out var oldest) && (_weight > settings.TailEventsMax || oldest.TimestampMs < oldestMs))
        {
            _held.Dequeue();
            Interlocked.Add(ref _weight, -oldest.Weight);
            Interlocked.Exchange(ref _completeFromMs, Math.Max(_completeFromMs, oldest.TimestampMs + 1));
            if (oldest.Delivery is var (owner, id))
                Account(oldest.AccountId).Forget(owner, id);
            else if (oldest.EventId is { } eventId)
                Account(oldest.AccountId).Forget(oldest.Deployment, eventId);
            else
                Account(oldest.AccountId).Forget(oldest.Alert);
        }
    }

    private readonly record struct Held(string AccountId, long TimestampMs, int Weight, DeploymentKey Deployment, string? EventId, AlertKey Alert)
    {
        public (DeliveryOwner Owner, DeliveryId Id)? Delivery { get; init; }
    }
}
