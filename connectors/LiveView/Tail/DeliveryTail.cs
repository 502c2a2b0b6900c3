using System.Globalization;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Tail;

/// <summary>Whom deliveries were for: a pipeline, an alert source, or neither.</summary>
public readonly record struct DeliveryOwner(long? PipelineId, long? AlertSourceId)
{
    public static DeliveryOwner Of(Delivery delivery) => new(delivery.PipelineId, delivery.AlertSourceId);
}

/// <summary>Where in its topic a delivery stands.</summary>
public readonly record struct DeliveryId(int Partition, long Offset)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Partition}-{Offset}");
}

/// <summary>A delivery that was not taken, as it was read.</summary>
public readonly record struct RefusedDelivery(DeliveryId Id, Delivery Delivery);

/// <summary>An account's last deliveries that were not taken: so many of each pipeline and alert source, so that a noisy one does not push the others out.</summary>
/// <remarks>Not safe for several threads: its <see cref="AccountTail"/> locks.</remarks>
internal sealed class DeliveryTail
{
    public const int PerOwnerMax = 200;

    private readonly Dictionary<DeliveryOwner, Queue<RefusedDelivery>> _owners = [];

    public void Add(Delivery delivery, DeliveryId id)
    {
        var owner = DeliveryOwner.Of(delivery);
        if (!_owners.TryGetValue(owner, out var known))
            _owners[owner] = known = new();
        if (known.Count == PerOwnerMax)
            known.Dequeue();
        known.Enqueue(new(id, delivery));
    }

    /// <summary>Lets go of one, unless it went before; those of an owner go in the order they came.</summary>
    public void Forget(DeliveryOwner owner, DeliveryId id)
    {
        if (!_owners.TryGetValue(owner, out var known) || known.Peek().Id != id)
            return;
        known.Dequeue();
        if (known.Count == 0)
            _owners.Remove(owner);
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RefusedDelivery> Of(DeliveryOwner owner) => _owners.TryGetValue(owner, out var known) ? [.. known.Reverse()] : [];
}
