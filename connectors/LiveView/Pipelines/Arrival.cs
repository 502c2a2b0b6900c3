using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>What became of a delivery.</summary>
public enum ArrivalOutcome { ACCEPTED, FILTERED, REFUSED }

/// <summary>Something that a pipeline was sent, and what became of it.</summary>
/// <param name="AtMs">When it arrived; of an event that does not say, when it happened.</param>
/// <param name="Outcome">Whether it was taken.</param>
/// <param name="Text">The event's summary, or why it is none: the filter, or the rule.</param>
/// <param name="Href">Where what came of it is shown; null where nothing did.</param>
/// <param name="Status">The event's; null where none came of it.</param>
/// <param name="Untaken">As the ingest wrote it down; null where it was taken.</param>
public sealed record Arrival(long AtMs, ArrivalOutcome Outcome, string Text, string? Href, DeploymentStatus? Status, Delivery? Untaken)
{
    public static Arrival Of(Deployment e) =>
        new(e.ReceivedAtMs ?? e.OccurredAtMs, ArrivalOutcome.ACCEPTED, e.Summary, Words.PathOf(e.PipelineId, e.DeploymentId), e.Status, null);

    public static Arrival Of(Delivery delivery) => new(
        delivery.OccurredAtMs, delivery.Outcome == DeliveryOutcome.FILTERED ? ArrivalOutcome.FILTERED : ArrivalOutcome.REFUSED, delivery.Message, null, null, delivery);
}

/// <summary>What a pipeline was sent lately, newest first.</summary>
/// <param name="PipelineId">Of the pipeline.</param>
/// <param name="Newest">As many as are shown.</param>
/// <param name="Accepted">How many of each there are, those not shown too.</param>
/// <param name="Filtered">Likewise, of the last that are known.</param>
/// <param name="Refused">Likewise.</param>
/// <param name="IsWhole">False where only what was accepted is known: there is no topic of deliveries.</param>
public sealed record Arrivals(long PipelineId, IReadOnlyList<Arrival> Newest, int Accepted, int Filtered, int Refused, bool IsWhole)
{
    public const int ShownMax = 50;

    public bool IsEmpty => Newest.Count == 0;

    public Arrival? FirstAccepted => Newest.FirstOrDefault(arrival => arrival.Outcome == ArrivalOutcome.ACCEPTED);

    public static Arrivals Of(AccountTail tail, long pipelineId, bool hasDeliveries) => Of(
        pipelineId, tail.DeploymentsOf(pipelineId).SelectMany(deployment => deployment.Events), tail.DeliveriesOf(new(pipelineId, null)).Select(d => d.Delivery), hasDeliveries);

    public static Arrivals Of(long pipelineId, IEnumerable<Deployment> events, IEnumerable<Delivery> untaken, bool hasDeliveries)
    {
        var accepted = events.Select(Arrival.Of).ToList();
        var others = untaken.Select(Arrival.Of).ToList();
        // Of the same millisecond what was not taken goes on top: that is what one looks for.
        var newest = others.Concat(accepted).OrderByDescending(arrival => arrival.AtMs).Take(ShownMax).ToList();
        // A pipeline that was sent much may still have taken something, and the page that waits for it must see it.
        if (accepted.Count > 0 && newest.TrueForAll(arrival => arrival.Outcome != ArrivalOutcome.ACCEPTED))
            newest[^1] = accepted.MaxBy(arrival => arrival.AtMs)!;
        return new(pipelineId, newest, accepted.Count, others.Count(arrival => arrival.Outcome == ArrivalOutcome.FILTERED), others.Count(arrival => arrival.Outcome == ArrivalOutcome.REFUSED), hasDeliveries);
    }

    /// <summary>Whether a page that shows the other has nothing new to show.</summary>
    public bool IsLike(Arrivals? other) => other is not null && (Accepted, Filtered, Refused) == (other.Accepted, other.Filtered, other.Refused) && Newest.SequenceEqual(other.Newest);
}
